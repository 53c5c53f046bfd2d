"""A route that can't keep its promises is not registered."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from chalice.app import Chalice

from chalicelib.core import bounds, log, routes
from chalicelib.core.bounds import MINUTE, Bound
from chalicelib.core.routes import Asked, PromiseError, Routes
from chalicelib.core.who import ANYONE, AUTHOR, CURATOR, SHARED, SIGNED_IN, Who, member, owner
from tests.support.events import ADA as CLAIMS_OF_ADA
from tests.support.events import CONTEXT, claims

NOTES = Bound("notes", 3, MINUTE, "notes")
THEIRS = "Only who wrote a note, or a curator, may change it."


class Note(NamedTuple):
    person: str
    id: str


def own_note(person_id: str, id: str) -> Note:
    return Note(person_id, id)


def adas_note(person_id: str, id: str) -> Note:
    """A faulty way in: it leads everyone to hers."""
    return Note("ada", id)


def any_note(id: str) -> dict[str, str]:
    return {"writer": "ada", "id": id}


def register(handler: Callable[..., Any], path: str = "/notes/{id}", **promise: Any) -> Routes:
    made = Routes()
    made.route(path, gives={200: None}, **promise)(handler)
    return made


def take_asked(asked: Asked) -> None: ...
def take_id(asked: Asked, id: str) -> None: ...
def take_note(asked: Asked, note: Note) -> None: ...
def take_note_and_id(asked: Asked, note: Note, id: str) -> None: ...
def take_note_and_permit(asked: Asked, note: Note, permit: Any) -> None: ...
def take_permit(asked: Asked, permit: Any) -> None: ...


@pytest.mark.parametrize(
    ("who", "handler", "more", "reason"),
    [
        ("its owner", take_id, {}, "each one is a check"),
        (Who("its owner"), take_id, {}, "checks nothing"),
        (SIGNED_IN, take_id, {}, "who owns what its path names"),
        (owner(lambda person_id, slug: None), take_note, {}, "not in the path"),
        (owner(any_note), take_note, {}, "must take `person_id`"),
        (member(any_note), take_note, {}, "must take `person_id`"),
        (owner(own_note), take_asked, {}, "what its way in returns"),
        (owner(own_note), take_note_and_id, {}, "what its way in returns"),
        (owner(own_note), take_note_and_permit, {}, "what its way in returns"),
        (SHARED, take_asked, {}, "must take asked, id"),
        (SIGNED_IN, take_permit, {"path": "/notes"}, "must take asked"),
        (ANYONE, take_asked, {"path": "/notes", "bound": NOTES}, "a bound applies to one person"),
    ],
)
def test_what_nothing_keeps_is_not_registered(who: Any, handler: Any, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(PromiseError, match=reason):
        register(handler, who=who, **more)


@pytest.mark.parametrize(
    ("who", "handler"),
    [
        (owner(own_note), take_note),
        (member(own_note), take_note),
        (owner(any_note, whose=itemgetter("writer")), take_note),
        (owner(lambda person_id: None), take_note_and_id),
        *((word, take_id) for word in (ANYONE, SHARED, CURATOR, AUTHOR)),
    ],
)
def test_what_is_kept_is_registered(who: Who, handler: Any) -> None:
    [operation] = register(handler, who=who).operations
    assert operation.who is who


class Door:
    """One route, as the gateway calls it."""

    def __init__(self, handler: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, **promise: Any) -> None:
        monkeypatch.setattr(routes, "operations", [])
        self.failures: list[Exception] = []
        monkeypatch.setattr(log, "failure", self.failures.append)
        self.app = Chalice("notes")
        self.app.register_blueprint(register(handler, **promise))

    def status(self, who: dict[str, Any]) -> int:
        context = {"resourcePath": "/notes/{id}", "httpMethod": "GET", "authorizer": {"claims": who}}
        asked = {
            "requestContext": {**context, "path": "/notes/n1"},
            "pathParameters": {"id": "n1"},
            **dict.fromkeys(("multiValueQueryStringParameters", "stageVariables", "body")),
            "headers": {},
            "isBase64Encoded": False,
        }
        return int(self.app(asked, CONTEXT)["statusCode"])


BOB, CLEO = claims("bob"), claims("cleo", "curators")


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        (owner(own_note), [200, 200, 200]),
        (owner(adas_note), [200, 404, 404]),
        (member(adas_note), [200, 404, 404]),
        (owner(any_note, whose=itemgetter("writer")), [200, 404, 404]),
        (owner(any_note, whose=itemgetter("writer"), or_a=CURATOR), [200, 404, 200]),
        (owner(any_note, whose=itemgetter("writer"), or_a=CURATOR, refusal=THEIRS), [200, 403, 200]),
        (owner(any_note, whose=itemgetter("writer"), or_a=AUTHOR, refusal=THEIRS), [200, 403, 403]),
    ],
)
def test_a_handler_sees_nothing_of_somebody_else(
    who: Who, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def get_note(asked: Asked, note: Any) -> None:
        seen.append(asked.person.id)

    door = Door(get_note, monkeypatch, who=who)
    assert [door.status(each) for each in (CLAIMS_OF_ADA, BOB, CLEO)] == statuses
    assert len(seen) == statuses.count(200)


@pytest.fixture
def permit(monkeypatch: pytest.MonkeyPatch) -> Any:
    permit = SimpleNamespace(is_used=False)
    permit.take = lambda: setattr(permit, "is_used", True)
    monkeypatch.setattr(bounds, "once", lambda person, bound: permit)
    return permit


def test_what_has_a_bound_is_counted_before(permit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def change_note(asked: Asked, note: Note) -> None:
        assert permit.is_used

    assert Door(change_note, monkeypatch, who=owner(own_note), bound=NOTES).status(BOB) == 200


def test_a_stranger_s_attempts_are_counted_too(permit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Door(take_note, monkeypatch, who=owner(adas_note), bound=NOTES).status(BOB) == 404
    assert permit.is_used


def test_a_permit_that_is_asked_for_is_used(permit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def add_note(asked: Asked, note: Note, permit: Any) -> None:
        permit.take()

    for handler, status in ((take_note_and_permit, 500), (add_note, 200)):
        door = Door(handler, monkeypatch, who=owner(own_note), bound=NOTES)
        assert door.status(BOB) == status
        assert [type(failure).__name__ for failure in door.failures] == ["UnusedPermitError"] * (status == 500)
