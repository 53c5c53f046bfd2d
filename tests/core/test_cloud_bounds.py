"""Bounds on a deployed stage: every bounded route enforces its bound, and an erased person's token begins nothing."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

import app
from chalicelib.chat.api import TYPING
from chalicelib.core import bounds
from chalicelib.core.bounds import Bound, Count, Counter
from chalicelib.core.routes import Operation, operations
from chalicelib.core.tables import Table
from chalicelib.live.connections import MOST_SOCKETS
from chalicelib.wall.api import POSTS
from tests.core.test_cloud_who_may import DEMO_ARTICLE, END_IT_ALL, Call, a_person_of_every_group, call_of
from tests.support.cloud import problem, root
from tests.support.sockets import Socket, a_ticket, refused
from tests.support.stage import RunningStage, User, until

assert app.app.routes
BOUNDED = [operation for operation in operations if operation.bound]
SPOKEN_A_DAY, SPOKEN_A_DAY_FOR_ALL = 100_000, 2_000_000
named = pytest.mark.parametrize("operation", BOUNDED, ids=lambda operation: operation.name)


@pytest.fixture(scope="module")
def person(stage: RunningStage) -> User:
    return a_person_of_every_group(stage, "Often Here")


@contextmanager
def counted(stage: RunningStage, owner: str, bound: Bound, used: int) -> Iterator[None]:
    """Set the counters, in this window and those that begin during the test."""
    table, now = f"commonplace-{stage.name}-counters", time.time()
    counters: Table[Counter] = Table(root(stage, "dynamodb"), table, ("person", "id"))
    windows = {int(now + seconds) // bound.seconds: now + seconds for seconds in range(120)}
    keys = [Count(bound, owner).key(at) for at in windows.values()]
    try:
        for person, id in keys:
            counters.put({"person": person, "id": id, "used": used, "expiresAt": int(now) + 600})
        yield
    finally:
        for key in keys:
            counters.remove(key)


def rows(stage: RunningStage) -> dict[str, list[str]]:
    """Everything in the stage's tables."""
    database = root(stage, "dynamodb")
    names = [name for name in database.list_tables()["TableNames"] if name.startswith(f"commonplace-{stage.name}-")]
    return {
        name: sorted(
            json.dumps(item, sort_keys=True, default=str)
            for page in database.get_paginator("scan").paginate(TableName=name)
            for item in page["Items"]
        )
        for name in names
    }


@named
def test_beyond_its_bound_a_route_answers_429_and_does_nothing(
    stage: RunningStage, person: User, operation: Operation
) -> None:
    assert operation.bound
    if operation.name in END_IT_ALL:
        person = stage.sign_up()
    call = call_of(operation, person)
    with counted(stage, person.id, operation.bound, operation.bound.most):
        answer = call.send(stage, person.token)
    told = problem(answer, 429)
    seconds = int(answer.headers["Retry-After"])
    assert 1 <= seconds <= operation.bound.seconds
    assert told["detail"].startswith(operation.bound.says)
    until_when = datetime.fromisoformat(told["detail"].rpartition("after ")[2].replace(" UTC.", "+00:00"))
    assert 0 <= (until_when - datetime.now(UTC)).total_seconds() + 2 <= operation.bound.seconds + 2
    answer = call.send(stage, person.token)  # what was refused had no effect: it still has to be done
    assert answer.status_code in operation.gives, (answer.status_code, answer.text)


def test_whatever_the_signed_in_can_change_has_a_bound() -> None:
    """Also what only takes back: with the bound comes the check that the sign-in has not been ended."""
    may_not_be_felt = {
        "eraseMe": "once, and it checks the sign-in itself",
        "previewArticle": "nothing is kept or sent, and authors only",
        "addSpeech": "by characters a day",
    }
    free = {one.name for one in operations if not one.who.is_open and one.method != "GET" and not one.bound}
    assert free == may_not_be_felt.keys()


def test_the_document_tells_every_bound(stage: RunningStage) -> None:
    paths = stage.call("GET", "/openapi.json").json()["paths"]
    for operation in BOUNDED:
        assert operation.bound
        told = paths[operation.path][operation.method.lower()]
        assert operation.bound.says in told["description"]
        assert "Retry-After" in told["responses"]["429"]["headers"]


def test_a_socket_keeps_to_bounds_too(stage: RunningStage, person: User) -> None:
    friend = stage.sign_up(name="Friend")
    friend.get("/me")
    conversation = person.post("/conversations", {"members": [friend.id]}).json()["id"]
    with Socket(person) as mine, Socket(friend) as other:
        for bound, action, body in (
            (TYPING, "typing", {"conversationId": conversation}),
            (POSTS, "sendpost", {"text": "Too often", "clientId": secrets.token_hex(6)}),
        ):
            with counted(stage, person.id, bound, bound.most):
                mine.ask(action, **body)
                error = mine.of("error")
            assert (error["status"], error["detail"][:7]) == (429, "At most"), error
        mine.ask("typing", conversationId=conversation)
        assert other.of("typing")["person"]["id"] == person.id
        assert [heard["type"] for heard in other.heard].count("typing") == 1
        assert not any(heard["type"] == "post" and heard["post"]["text"] == "Too often" for heard in other.heard)


def test_one_person_has_so_many_sockets_and_the_others_have_theirs(stage: RunningStage) -> None:
    person, friend = stage.sign_up(), stage.sign_up()
    sockets: list[Socket] = []
    try:
        while len(sockets) < MOST_SOCKETS:
            sockets.append(Socket(person).__enter__())
        ticket = a_ticket(person)
        assert refused(stage, f"?ticket={ticket}", (429, 403))
        with Socket(friend):
            pass
        sockets.pop().__exit__()
        until(lambda: not refused(stage, f"?ticket={a_ticket(person)}", (429, 403)))
    finally:
        for socket in sockets:
            socket.__exit__()


class TestSpeech:
    """What costs by its length."""

    text = "Bore da"  # fails at once: nothing translates from Welsh

    def ask(self, person: User) -> Any:
        return person.post("/speech", {"text": self.text, "voice": "Suvi", "source": "cy"})

    def test_so_many_characters_a_day(self, stage: RunningStage) -> None:
        person = stage.sign_up()
        spoken = Bound("spoken", SPOKEN_A_DAY, bounds.DAY, "")
        with counted(stage, person.id, spoken, SPOKEN_A_DAY - len(self.text)):
            assert person.get("/speech/allowance").json()["left"] == len(self.text)
            accepted = self.ask(person)
            assert accepted.status_code == 202
            assert person.delete(f"/speech/{accepted.json()['id']}").status_code == 204
            assert person.get("/speech/allowance").json()["left"] == 0, "a text that is deleted gives nothing back"
            answer = self.ask(person)
            told = problem(answer, 429)
            assert told["detail"].startswith("At most 100,000 characters to be spoken a day for each person. Try again")
            assert 1 <= int(answer.headers["Retry-After"]) <= bounds.DAY
            assert person.get("/speech").json()["items"] == []

    def test_so_many_for_everybody_together(self, stage: RunningStage) -> None:
        person = stage.sign_up()
        whole = Bound("spoken", SPOKEN_A_DAY_FOR_ALL, bounds.DAY, "")
        with counted(stage, "everyone", whole, SPOKEN_A_DAY_FOR_ALL - len(self.text) + 1):
            assert problem(self.ask(person), 429)["detail"].startswith("At most 2,000,000 characters a day")
            assert person.get("/speech/allowance").json()["left"] == len(self.text) - 1
        assert person.get("/speech/allowance").json()["left"] == SPOKEN_A_DAY, "nothing was counted for the refused"


def test_the_token_of_an_erased_person_writes_nothing(stage: RunningStage) -> None:
    gone = a_person_of_every_group(stage, "Often Here")
    id, friend = gone.id, stage.demo(1)
    ticket = a_ticket(gone)
    signed_in = [one for one in operations if not one.who.is_open and one.method != "GET"]
    writing = [one for one in signed_in if one.name not in ("eraseMe", "previewArticle")]
    calls = {one.name: call_of(one, gone) for one in writing}
    with Socket(gone) as socket:
        assert gone.delete("/me").status_code == 204
        until(lambda: _owned(stage, id) == OWNED_BY_NOBODY)
        before = _with(stage, id)
        calls["startConversation"] = Call("POST", "/conversations", options={"json": {"members": [friend.id]}})
        for name, call in calls.items():
            answer = call.send(stage, gone.token)
            assert answer.status_code in (401, 404), (name, answer.status_code, answer.text)
        with pytest.raises(Exception):  # noqa: B017 - closed, or told that it is nobody's
            socket.ask("sendpost", text="From beyond", clientId=secrets.token_hex(6))
            assert socket.next()["type"] != "error"
    assert refused(stage, f"?ticket={ticket}")
    assert stage.call("POST", f"{DEMO_ARTICLE}/comments", json={"text": "x", "clientId": "y"}).status_code == 401
    assert _owned(stage, id) == OWNED_BY_NOBODY
    assert all(count <= before[name] for name, count in _with(stage, id).items())


OWNED_BY_NOBODY = dict.fromkeys(("albums", "articles", "comments", "connections", "posts", "speech", "todos"), 0)


def _owned(stage: RunningStage, person: str) -> dict[str, int]:
    """How many rows this person has in the tables where an erased person has none."""
    return {name: count for name, count in _with(stage, person).items() if name in OWNED_BY_NOBODY}


def _with(stage: RunningStage, person: str) -> dict[str, int]:
    """How many rows of each table contain this person's id. A mark stays for what was said in company."""
    return {
        name.rpartition("-")[2]: sum(person in row and '"expiresAt"' not in row for row in found)
        for name, found in rows(stage).items()
    }
