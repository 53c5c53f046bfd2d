"""Searches on a deployed stage: who finds what, and what is left of what is gone."""

from __future__ import annotations

import secrets
import subprocess
import sys
from typing import Any

import pytest

from tests.chat.test_cloud_chat import said, started
from tests.support.cloud import added, problem, root
from tests.support.sockets import Socket
from tests.support.stage import PROJECT, RunningStage, User, environment_of, until
from tests.support.tokens import bad_tokens


def found(user: User | RunningStage, q: str, **more: Any) -> list[str]:
    """The kinds of what is found."""
    answer = user.call("GET", "/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return sorted(item["kind"] for item in answer.json()["items"])


def a_word() -> str:
    return f"w{secrets.token_hex(6)}"


def an_article(curator: User, word: str, **more: Any) -> str:
    body = {"title": f"About {word}", "body": "Text", "status": "published", **more}
    answer = curator.post("/blog/articles", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["slug"])


def rows_with(stage: RunningStage, word: str) -> list[Any]:
    """Whatever the table has in which this word, or id, stands anywhere."""
    pages = root(stage, "dynamodb").get_paginator("scan").paginate(TableName=f"commonplace-{stage.name}-search")
    return [item for page in pages for item in page["Items"] if word in str(item)]


def test_everybody_finds_what_they_may_see(stage: RunningStage, curator: User, bruno: User, chidi: User) -> None:
    word = a_word()
    with Socket(bruno) as socket:
        socket.post(f"A post {word}", secrets.token_hex(6))
    an_article(curator, word)
    an_article(curator, word, status="draft")
    an_article(curator, word, publishAt="2099-01-01T00:00:00Z")
    added(bruno, title=f"Album {word}")
    bruno.post("/todos", {"title": f"To-do {word}"})
    talk = started(bruno, curator, title=f"Talk {word}")["id"]
    said(bruno, talk, f"Message {word}")
    shared = ["album", "article", "conversation", "message", "post"]
    until(lambda: found(bruno, word) == sorted([*shared, "todo"]), 60)
    assert found(curator, word) == shared
    assert found(chidi, word[:8]) == ["album", "article", "post"]
    assert found(stage, word.upper()) == ["article", "post"]
    assert found(bruno, f"{word} do") == ["todo"] == found(bruno, word, kind="todo")
    bruno.delete(f"/conversations/{talk}")
    assert found(bruno, word) == ["album", "article", "post", "todo"]


def test_a_token_is_checked_although_none_is_needed(stage: RunningStage, somebody: User) -> None:
    given = {name: token for name, token in bad_tokens(stage, somebody).items() if token}
    for name, token in given.items():
        answer = stage.call("GET", "/search", params={"q": "a"}, headers={"Authorization": token})
        assert answer.status_code == 401, name
        problem(answer, 401)
    assert stage.call("GET", "/search", params={"q": "a"}).status_code == 200


def test_nothing_is_left_of_who_leaves(stage: RunningStage, somebody: User, chidi: User) -> None:
    word, id = a_word(), somebody.id
    with Socket(somebody) as socket:
        socket.post(f"A post {word}", secrets.token_hex(6))
    somebody.post("/todos", {"title": f"To-do {word}"})
    said(somebody, started(somebody, chidi)["id"], f"Message {word}")
    until(lambda: found(somebody, word) == ["message", "post", "todo"], 30)
    assert somebody.delete("/me").status_code == 204
    until(lambda: not rows_with(stage, word) and not rows_with(stage, id), 60)
    assert found(chidi, word) == []


def test_the_index_is_made_again(stage: RunningStage, bruno: User) -> None:
    word = a_word()
    bruno.post("/todos", {"title": f"To-do {word}"})
    until(lambda: found(bruno, word) == ["todo"], 30)
    table = f"commonplace-{stage.name}-search"
    for row in rows_with(stage, word):
        key = {name: row[name] for name in ("place", "word")}
        root(stage, "dynamodb").delete_item(TableName=table, Key=key)
    assert found(bruno, word) == []
    command = [sys.executable, "-m", "cloud", "index", "--stage", stage.name]
    done = subprocess.run(command, cwd=PROJECT, env=environment_of(stage), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert found(bruno, word) == ["todo"]


@pytest.mark.parametrize(("q", "kind"), [("letters wait", "article"), ("blue joni", "album")])
def test_what_the_demo_has_is_found(bruno: User, q: str, kind: str) -> None:
    until(lambda: kind in found(bruno, q), 60)
