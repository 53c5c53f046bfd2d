"""The worst bodies of the size that a route takes: answered after little work, and briefly. Counted, not timed."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest

import app  # noqa: F401  its routes and actions register as it is imported
from chalicelib.core import schemas
from chalicelib.core.bounds import Permit
from chalicelib.core.routes import Operation, operations
from chalicelib.live import actions
from tests.support.counting import counted
from tests.support.events import Api, claims
from tests.support.persons import signed

EVERYBODY = claims("ada", "curators,authors")
TAKING = [operation for operation in operations if operation.takes]
# A route takes up to 5 MB; one call per byte would be a thousand times as many.
MOST_CALLS = 60_000
MOST_ANSWER = 10_000


def worst(most_bytes: int, takes: str) -> dict[str, str]:
    """As long as allowed, wherever length is allowed."""
    schema = schemas.whole(takes)
    bodies = {
        "unknown fields": _object(f'"f{n}":1' for n in range(most_bytes // 12)),
        "long unknown names": _object(f'"{n:06}{"é" * 100}":1' for n in range(most_bytes // 215)),
        "deep lists": "[" * (most_bytes // 2) + "]" * (most_bytes // 2),
        "deep objects": '{"a":' * (most_bytes // 6) + "1" + "}" * (most_bytes // 6),
        "a bit deep": "[" * 400 + "]" * 400,
        "long numbers": "[" + ",".join(["9" * 4000] * (most_bytes // 4001)) + "]",
        "a longer number": "9" * most_bytes,
        "large exponents": "[" + ",".join(["1e99999"] * (most_bytes // 8 - 1)) + "]",
        "a list": "[" + ",".join(["1"] * (most_bytes // 2 - 1)) + "]",
        "a text": json.dumps("\u0001" * (most_bytes // 6 - 2)),
    }
    for name, field in schema.get("properties", {}).items():
        given = "text " * (most_bytes // 6)
        bodies[f"{name} is long"] = json.dumps({name: given})
        bodies[f"{name} is many unknown fields"] = f'{{"{name}":{bodies["unknown fields"][: -len(name) - 8]}0}}}}'
        bodies[f"{name} is a list"] = f'{{"{name}":[{",".join(["1"] * (most_bytes // 2 - 20))}]}}'
        bodies[f"{name} is a list of objects"] = f'{{"{name}":[{",".join(["{}"] * (most_bytes // 3 - 20))}]}}'
        if field.get("type") == "array":
            entry = _object(f'"f{n}":1' for n in range(most_bytes // 12 // field["maxItems"] - 5))
            bodies[f"{name} is as long as it may be"] = json.dumps({name: [json.loads(entry)] * field["maxItems"]})
    return bodies


def _object(fields: Any) -> str:
    return "{" + ",".join(fields) + "}"


CASES = [
    pytest.param(operation, body, id=f"{operation.name}, {what}")
    for operation in TAKING
    for what, body in worst(min(operation.max_bytes, 300_000), operation.takes or "").items()
]


@pytest.mark.parametrize(("operation", "body"), CASES)
@pytest.mark.usefixtures("signed_clients")
def test_no_body_makes_much_work_or_a_long_answer(
    operation: Operation, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(body.encode()) <= operation.max_bytes
    for name in ("ALBUMS_TABLE", "COUNTERS_TABLE", "PEOPLE_TABLE"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setattr(Permit, "take", lambda permit: None)  # what it asks of the cloud is not the point
    path = re.sub(r"{\w+}", "0" * 26, operation.path)
    headers = {"Content-Type": "application/json", "If-Match": '"1"'}
    schemas.faults(operation.takes or "", None)  # compiled once
    answer, calls = counted(lambda: Api().call(operation.method, path, who=EVERYBODY, headers=headers, body=body))
    if answer.status == 200:
        assert operation.takes == "albums/album-rows" and answer.body["created"] == 0
    else:
        assert answer.status in (400, 413, 422), answer.text
        assert len(answer.body.get("errors", [])) <= schemas.MOST_FAULTS + 1
    assert len(answer.text) < (MOST_ANSWER if answer.status != 200 else 1_000_000)
    assert calls < MOST_CALLS if answer.status != 200 else 1_000_000


@pytest.mark.parametrize("name", sorted(actions._actions))
def test_no_message_on_a_socket_does(name: str) -> None:
    takes = actions._actions[name].takes
    schemas.faults(takes, None)
    for what, body in worst(actions.MOST_BYTES - 100, takes).items():
        text = f'{{"action":"{name}",{body[1:]}' if body.startswith("{") and body != "{}" else body
        answer, calls = counted(partial(actions.handle, text, lambda: signed("ada")))
        assert answer and answer["type"] == "error", what
        assert calls < MOST_CALLS and len(json.dumps(answer)) < MOST_ANSWER, what


def test_every_list_that_a_route_takes_has_an_end() -> None:
    def lists(schema: Any) -> list[Any]:
        if isinstance(schema, list):
            return [found for entry in schema for found in lists(entry)]
        if not isinstance(schema, dict):
            return []
        own = [schema] if schema.get("type") == "array" else []
        return own + [found for value in schema.values() for found in lists(value)]

    taken = {operation.takes for operation in TAKING} | {each.takes for each in actions._actions.values()}
    found = [each for name in taken for each in lists(schemas.whole(name or ""))]
    assert len(found) >= 4 and all(each["maxItems"] <= 2000 for each in found)


def test_the_first_faults_are_told_and_how_many_more_there_are() -> None:
    album = {"rank": 1, "title": "T", "artist": "A", "year": 1999, "genre": "G"}
    few = schemas.faults("albums/new-album", {**album, **{f"f{n:02}": 1 for n in range(20)}})
    assert [fault["pointer"] for fault in few] == [f"/f{n:02}" for n in range(20)]
    many = schemas.faults("albums/new-album", {**album, **{f"f{n:02}": 1 for n in range(21)}})
    assert many[:-1] == few and many[-1] == {"pointer": "", "detail": "and 1 more"}
    assert schemas.faults("albums/new-album", {f"f{n:02}": 1 for n in range(15)}, most=3) == [
        {"pointer": "/artist", "detail": "is required"},
        {"pointer": "/f00", "detail": "is not a known field"},
        {"pointer": "/f01", "detail": "is not a known field"},
        {"pointer": "", "detail": "and 17 more"},
    ]
    files = {"title": "T", "files": [{f"f{n:02}": 1 for n in range(30)}] * 3}
    told = schemas.faults("todos/new-todo", files)
    assert len(told) == 21 and told[0]["pointer"] == "/files/0/f00" and told[-1]["detail"] == "and 70 more"
