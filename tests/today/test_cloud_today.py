"""Today on the deployed stage: the functions may read all that it tells, and it changes with what happens."""

from __future__ import annotations

import secrets
from typing import Any

from tests.chat.test_cloud_chat import said, started
from tests.files.test_browser_files import Folder
from tests.speech.test_cloud_speech import added, ended
from tests.support.cloud import problem
from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User, until

DAY = "2026-12-24"


def told(user: User, **query: str) -> dict[str, Any]:
    answer = user.get("/today", params={"day": DAY, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["missing"] == []
    return found


def done(user: User) -> set[str]:
    return {step["id"] for step in told(user)["steps"] if step["done"]}


def test_only_for_who_is_signed_in(stage: RunningStage) -> None:
    problem(stage.call("GET", "/today"), 401)


def test_a_day_goes_by(stage: RunningStage, somebody: User, bruno: User) -> None:
    assert somebody.id and done(somebody) == set()
    with Socket(somebody) as socket:
        post = socket.post("A first thought", secrets.token_hex(6))["post"]
    assert somebody.post("/todos", {"title": "Milk", "due": DAY}).status_code == 201
    assert somebody.get("/folder").json()["files"] == 0  # as its page does
    Folder.of(somebody).put("notes.txt")
    talk = started(bruno, somebody)
    message = said(bruno, talk["id"])
    text = ended(somebody, added(somebody, "Good morning."))
    until(lambda: len(done(somebody)) == 5)
    found = told(somebody)
    assert post in found["posts"] and found["album"] and found["articles"]
    assert [todo["title"] for todo in found["todos"]["due"]] == ["Milk"]
    assert [one["id"] for one in found["speech"]] == [text["id"]]
    until(lambda: [one["unread"] for one in told(somebody)["conversations"]] == [1])
    assert somebody.put(f"/conversations/{talk['id']}/read", {"messageId": message["id"]}).status_code == 204
    assert somebody.put(f"/speech/{text['id']}/heard", None).status_code == 204
    found = told(somebody)
    assert (found["conversations"], found["speech"]) == ([], [])
