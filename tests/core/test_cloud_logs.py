"""What the functions log: one line per invocation, and nothing personal."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import pytest

from laptop.embedded.root_key import root_secret
from tests.support.cloud import an_album, outputs, root
from tests.support.stage import PASSWORD, RunningStage, User, until
from tests.support.template import template

Line = dict[str, Any]
FRAME = re.compile(r"(START|END|REPORT|INIT_START) ")  # Lambda's own


def messages(stage: RunningStage, function: str = "") -> list[str]:
    """A function's log, oldest first; the cloud keeps the latest few hundred invocations."""
    group = f"/aws/lambda/commonplace-{stage.name}{function}"
    pages = root(stage, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    events = [event for page in pages for event in page["events"]]
    return [str(event["message"]).strip() for event in sorted(events, key=lambda event: event["timestamp"])]


def lines(found: list[str]) -> list[Line]:
    """What our code has logged: each line must be JSON."""
    return [json.loads(message) for message in found if not FRAME.match(message)]


@pytest.fixture(scope="module")
def secrets_of_mine() -> dict[str, str]:
    word = secrets.token_hex(6)
    return {"title": f"Title {word}", "artist": f"Artist {word}", "name": f"Name {word}", "search": f"word{word}"}


@pytest.fixture(scope="module")
def visit(stage: RunningStage, secrets_of_mine: dict[str, str]) -> tuple[User, list[tuple[str, int]]]:
    """A visit with all that must not be logged; the requests and answers, in order."""
    mine = secrets_of_mine
    user = stage.sign_up(name=mine["name"])
    before = {line["requestId"] for line in lines(messages(stage))}
    album = an_album(title=mine["title"], artist=mine["artist"])
    asked = [
        ("GET /me", user.get("/me")),
        ("GET /albums", user.get("/albums", params={"q": mine["search"]})),
        ("POST /albums", added := user.post("/albums", album)),
        ("POST /albums", user.post("/albums", album)),
        ("POST /albums", user.post("/albums", {"title": mine["title"]})),
        ("GET /albums/{id}", user.get(f"/albums/{added.json()['id']}")),
        ("DELETE /albums/{id}", user.delete(f"/albums/{added.json()['id']}", 7)),
        ("PUT /me", user.put("/me", {"name": mine["name"] + " again"})),
        ("GET /people", user.get("/people", params={"email": user.email})),
        ("GET /people", user.get("/people", params={"email": f"{mine['search']}@example.com"})),
        ("GET /albums", user.call("GET", f"/albums?after={mine['search']}")),
        ("DELETE /me", user.delete("/me")),
        ("GET /me", user.get("/me")),
    ]
    expected = [(route, answer.status_code) for route, answer in asked]
    until(lambda: len([one for one in lines(messages(stage)) if one["requestId"] not in before]) >= len(asked))
    new = [one for one in lines(messages(stage)) if one["requestId"] not in before]
    assert len(new) == len({one["requestId"] for one in new}) == len(asked), "one line each"
    assert sorted((one["route"], one["status"]) for one in new) == sorted(expected)
    assert [status for _, status in expected] == [200, 200, 201, 409, 422, 200, 412, 200, 200, 404, 400, 204, 401]
    return user, expected


def test_one_line_an_invocation(stage: RunningStage, visit: object) -> None:
    for line in lines(messages(stage)):
        assert line.keys() <= {"requestId", "route", "status", "ms", "failure"}
        assert re.fullmatch(r"[0-9a-f-]{36}", line["requestId"])
        method, path = line["route"].split()
        assert re.fullmatch(r"GET|PUT|POST|PATCH|DELETE", method)
        assert re.fullmatch(r"/[a-z_./{}]+", path), "with names for ids, not the ids"
        assert 200 <= line["status"] < 600 and line["ms"] >= 0
    started = [message for message in messages(stage) if message.startswith("START ")]
    assert len(started) == len(lines(messages(stage)))


def test_events_have_their_line(stage: RunningStage, visit: object) -> None:
    found = until(lambda: lines(messages(stage, "-erase_people")))
    for line in found:
        assert line.keys() <= {"requestId", "event", "function", "status", "ms", "failure"}
        assert line["event"] == "DynamoDBEvent" and line["function"].endswith("-erase_people")
    assert found[-1]["status"] == "ok"


def test_nothing_private_is_written_down(
    stage: RunningStage, visit: tuple[User, Any], secrets_of_mine: dict[str, str]
) -> None:
    """Neither by the functions nor by the embedded cloud, nor on the terminal."""
    user, _ = visit
    written = {
        "functions": "\n".join(messages(stage) + messages(stage, "-erase_people")),
        "cloud.log": (stage.data / "cloud.log").read_text("utf-8", errors="replace"),
        "terminal": stage.output if (stage.data / "output.txt").exists() else "",
    }
    tokens = {name: user.tokens[name].rpartition(".")[2] for name in ("IdToken", "AccessToken", "RefreshToken")}
    private = {**secrets_of_mine, **tokens, "email": user.email, "password": PASSWORD}
    private["the root's secret"] = root_secret(stage.data)
    for where, text in written.items():
        told = [what for what, value in private.items() if value in text]
        assert told == [], where
    assert "@" not in written["functions"] and "eyJ" not in written["functions"], "no address and no token of anybody's"
    told_to_all = {*template()["Parameters"], "Region", "AccountId", "Partition"}
    made_of = [value for name, value in outputs(stage).items() if value and name not in told_to_all]
    assert all(value not in written["functions"] for value in made_of), "nor what the stage is made of"
