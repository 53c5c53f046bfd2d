"""The full demo data, as a person meets it after `bin/run`."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.laptop.test_cloud_run import a_name
from tests.support.credentials import folder_of
from tests.support.stage import PROJECT, RunningStage, User, forget_settings, until

LIFE = tomllib.loads((PROJECT / "laptop" / "demo" / "life.toml").read_text("utf-8"))
NAMES = ("ada", "bruno", "chidi")


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStage]:
    running = RunningStage(tmp_path_factory.mktemp("demo"), name=a_name(), options=())
    try:
        yield running
    finally:
        if running.process and running.process.poll() is None:
            running.stop()
        forget_settings(running.name)


def test_every_area_is_filled_once_however_often_it_was_started(own: RunningStage) -> None:
    own.start()
    until(lambda: own.call("GET", "/posts").json()["items"], 60)
    own.kill()
    assert "Demo data" not in own.output

    own.start()
    until(lambda: "✓ Demo data (" in own.output, 120)
    persons = signed_in(own)
    until(lambda: all(spoken(person) for person in persons.values()), 60)
    filled = everything(own, persons)
    assert Counter(filled["posts"]) == Counter(told["text"] for told in LIFE["posts"])
    assert filled["days"] > 1
    check_conversations(persons)
    check_comments(filled)
    assert [slug for slug, picture in filled["pictures"].items() if picture] == [
        "notes-on-the-making-of-this-page",
        "letters-that-wait",
    ]
    for name, person in persons.items():
        check_todos(person, filled["todos"][name])
        assert filled["files"][name] == sorted(told["path"] for told in LIFE["files"] if told["of"] == name)
    assert own.stop() == 0

    own.start()
    assert everything(own, signed_in(own)) == filled
    assert all(spoken(person) for person in signed_in(own).values())
    assert own.stop() == 0
    assert "Demo data" not in own.output


def signed_in(own: RunningStage) -> dict[str, User]:
    return {name: own.demo(number) for number, name in enumerate(NAMES)}


def everything(own: RunningStage, persons: dict[str, User]) -> dict[str, Any]:
    posts = own.call("GET", "/posts", params={"limit": 100}).json()["items"]
    articles = own.call("GET", "/blog/articles").json()["items"]
    comments = {each["slug"]: own.call("GET", f"/blog/articles/{each['slug']}/comments").json() for each in articles}
    return {
        "posts": [post["text"] for post in posts],
        "days": (date.fromisoformat(posts[0]["at"][:10]) - date.fromisoformat(posts[-1]["at"][:10])).days,
        "pictures": {each["slug"]: bool(each["picture"]) for each in articles},
        "comments": {slug: [comment["text"] for comment in page["items"]] for slug, page in comments.items()},
        "messages": {name: messages(person) for name, person in persons.items()},
        "todos": {name: person.get("/todos").json()["items"] for name, person in persons.items()},
        "files": {name: files(own, person) for name, person in persons.items()},
    }


def messages(person: User) -> list[list[str]]:
    found = person.get("/conversations").json()["items"]
    pages = [person.get(f"/conversations/{each['id']}/messages").json()["items"] for each in found]
    return [[message["text"] for message in page] for page in pages]


def check_conversations(persons: dict[str, User]) -> None:
    def seen(name: str) -> set[tuple[str | None, int, int]]:
        found = persons[name].get("/conversations").json()["items"]
        return {(each["title"], len(each["members"]), each["unread"]) for each in found}

    assert seen("ada") == {(None, 2, 2), ("Reading group", 3, 0)}
    assert seen("bruno") == {("Reading group", 3, 0)}
    assert seen("chidi") == {(None, 2, 0), ("Reading group", 3, 2)}
    told = sorted(len(each["messages"]) for each in LIFE["conversations"])
    assert sorted(map(len, messages(persons["ada"]))) == told


def check_comments(filled: dict[str, Any]) -> None:
    written = [text for texts in filled["comments"].values() for text in texts]
    assert {told["text"] for told in LIFE["comments"]} < set(written)
    assert len(written) == len(LIFE["comments"]) + 1  # and one that comes with its article


def check_todos(person: User, todos: list[dict[str, Any]]) -> None:
    """Of every kind."""
    open_dates = {todo["due"] for todo in todos if not todo["completed"] and todo["due"]}
    assert min(open_dates) < date.today().isoformat() < max(open_dates)
    assert date.today().isoformat() in open_dates
    assert any(todo["completed"] for todo in todos)
    folder, _ = folder_of(person)
    attached = [file for todo in todos for file in todo["files"]]
    assert attached
    assert all(file["key"].startswith(f"{folder}/") for file in attached)


def files(own: RunningStage, person: User) -> list[str]:
    """What can be read, by its path."""
    folder, clients = folder_of(person)
    s3, bucket = clients("s3"), own.config["filesBucket"]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/")["Contents"]]
    assert all(s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    return sorted(key.removeprefix(f"{folder}/") for key in keys)


def spoken(person: User) -> bool:
    jobs = person.get("/speech").json()["items"]
    return [job["status"] for job in jobs] == ["ready"]
