"""Notices on a deployed stage: from what happens to the list and the open pages, and gone with those they concern."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User, until


def mention(person: User) -> str:
    return f"@[Ben]({person.id})"


def say(user: User, path: str, text: str) -> Any:
    answer = user.post(path, {"text": text, "clientId": secrets.token_hex(6)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def told(user: User) -> list[str]:
    return [notice["text"] for notice in user.get("/notices").json()["items"]]


@pytest.fixture
def people(stage: RunningStage) -> list[User]:
    people = [stage.sign_up(name=name) for name in ("Ada Ash", "Ben Birch", "Cyd Cedar")]
    assert all(person.get("/me").status_code == 200 for person in people)
    return people


def test_from_what_happens_to_the_list_and_the_open_pages(stage: RunningStage, people: list[User]) -> None:
    ada, ben, cyd = people
    with Socket(ben) as page, Socket(ada) as other:
        talk = ada.post("/conversations", {"members": [ben.id]}).json()["id"]
        pushed = page.until(lambda heard: heard["type"] == "notice")["notice"]
        assert (pushed["text"], pushed["url"], pushed["read"]) == (
            "Ada Ash started a conversation with you.",
            f"/chat/{talk}",
            False,
        )
        message = say(ada, f"/conversations/{talk}/messages", f"{mention(ben)} {mention(cyd)}")
        other.post(f"{mention(ben)} look", "c1")
        say(ada, "/blog/articles/letters-that-wait/comments", mention(ben))
        expected = {
            "Ada Ash mentioned you in a conversation.",
            "Ada Ash mentioned you on the wall.",
            "Ada Ash mentioned you in a comment.",
            pushed["text"],
        }
        until(lambda: set(told(ben)) == expected and len(told(ben)) == 4)
        newest = ben.get("/notices", params={"limit": 1}).json()["items"][0]["id"]
        assert ben.put("/notices/read", {"id": newest}).status_code == 204
        assert page.until(lambda heard: heard["type"] == "notices.read")["id"] == newest
        assert all(notice["read"] for notice in ben.get("/notices").json()["items"])
    assert ada.delete(f"/conversations/{talk}/messages/{message['id']}").status_code == 204
    until(lambda: "Ada Ash mentioned you in a conversation." not in told(ben))
    assert told(cyd) == [], "she is not in the conversation"


def test_gone_with_whom_they_tell_of(people: list[User]) -> None:
    ada, ben, _ = people
    ada.post("/conversations", {"members": [ben.id]})
    until(lambda: told(ben))
    assert ada.delete("/me").status_code == 204
    until(lambda: told(ben) == [], 30)
