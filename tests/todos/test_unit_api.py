"""The routes of the to-dos as the gateway calls them: statuses, tags, addresses, and what their stream triggers."""

from __future__ import annotations

from typing import Any

import pytest

import app
from chalicelib.core import settings
from chalicelib.core.ids import new_id
from chalicelib.core.streams import Change
from chalicelib.todos.api import erase_todos
from chalicelib.todos.lists import Row, changed_lists
from tests.support.events import ADA, BOB, CONTEXT, Answer, Api, a_record
from tests.support.tables import Tables


def added(api: Api, title: str = "Milk", **given: Any) -> dict[str, Any]:
    answer = api.call("POST", "/todos", who=ADA, json={"title": title, **given})
    assert answer.status == 201, answer.text
    todo: dict[str, Any] = answer.body
    return todo


def listed(api: Api, known: str | None = None, who: dict[str, Any] = ADA, **query: str) -> Answer:
    return api.call("GET", "/todos", who=who, query=query, headers={"If-None-Match": known} if known else {})


def test_a_list_that_one_has_is_not_sent_again(api: Api) -> None:
    empty = listed(api)
    assert listed(api, empty.headers["etag"]).status == 304
    todo = added(api)
    full = listed(api, empty.headers["etag"])
    assert (full.status, full.body["items"]) == (200, [todo])
    assert (full.headers["cache-control"], full.headers["vary"]) == ("private, no-cache", "Authorization")
    spared = listed(api, f'W/"other", {full.headers["etag"]}')
    assert (spared.status, spared.text, spared.headers["etag"]) == (304, "", full.headers["etag"])
    api.call("PATCH", f"/todos/{todo['id']}", who=ADA, json={"completed": True})
    assert listed(api, full.headers["etag"]).status == 200


def test_no_tag_of_one_person_fits_the_list_of_another(api: Api) -> None:
    added(api)
    mine = listed(api)
    assert listed(api, mine.headers["etag"], who=BOB).body["items"] == []


def test_a_todo_that_one_has_is_not_sent_again(api: Api) -> None:
    todo = added(api)
    path = f"/todos/{todo['id']}"
    assert api.call("GET", path, who=ADA, headers={"If-None-Match": '"1"'}).status == 304
    assert api.call("GET", path, who=ADA, headers={"If-None-Match": '"2", "11"'}).body == todo
    changed = api.call("PATCH", path, who=ADA, json={"notes": "two litres"}, version=1)
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert api.call("GET", path, who=ADA, headers={"If-None-Match": '"1"'}).body == changed.body


def test_a_change_may_name_a_version_and_need_not(api: Api) -> None:
    path = f"/todos/{added(api)['id']}"
    assert api.call("PATCH", path, who=ADA, json={"title": "Bread"}).body["version"] == 2
    api.call("PATCH", path, who=ADA, json={"title": "Lost"}, version=1).problem(412)
    api.call("PATCH", path, who=ADA, json={"title": "Lost"}, headers={"If-Match": "1"}).problem(400)
    api.call("PATCH", path, who=ADA, json={"title": "Lost"}, headers={"If-Match": '"0"'}).problem(412)
    assert api.call("GET", path, who=ADA).body["title"] == "Bread"


def test_the_same_client_id_again(api: Api) -> None:
    first = added(api, clientId="c1")
    again = api.call("POST", "/todos", who=ADA, json={"title": "Other", "clientId": "c1"})
    assert (again.status, again.body) == (200, first)


@pytest.mark.parametrize(
    ("headers", "path", "base"),
    [
        ({"Host": "api.example.com", "X-Forwarded-Proto": "https"}, "/api/todos", "https://api.example.com/api"),
        ({"Host": "own.example.com", "X-Forwarded-Proto": "https"}, "/todos", "https://own.example.com"),
        ({"Host": "own.example.com", "X-Forwarded-Proto": "https"}, "/v1/x/todos/", "https://own.example.com/v1/x"),
        ({"Host": "localhost:8000", "X-Forwarded-Proto": "http"}, "/todos", "http://localhost:8000"),
    ],
)
def test_the_address_is_by_the_way_one_came(api: Api, headers: dict[str, str], path: str, base: str) -> None:
    todo = added(api)
    answer = api.call("GET", "/todos", who=ADA, headers=headers, asked_path=path)
    assert [one["url"] for one in answer.body["items"]] == [f"{base}/todos/{todo['id']}"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/title"),
        ({"title": " "}, "/title"),
        ({"title": "x" * 501}, "/title"),
        ({"title": "x\ny"}, "/title"),
        ({"title": 5}, "/title"),
        ({"title": "x", "completed": "yes"}, "/completed"),
        ({"title": "x", "order": "1"}, "/order"),
        ({"title": "x", "order": 2e15}, "/order"),
        ({"title": "x", "due": "tomorrow"}, "/due"),
        ({"title": "x", "due": "2026-02-30"}, "/due"),
        ({"title": "x", "due": 20261224}, "/due"),
        ({"title": "x", "priority": "urgent"}, "/priority"),
        ({"title": "x", "notes": "\x00"}, "/notes"),
        ({"title": "x", "notes": None}, "/notes"),
        ({"title": "x", "files": [{"key": "a", "name": "b"}]}, "/files/0/size"),
        ({"title": "x", "files": [{"key": "a", "name": "b", "size": -1}]}, "/files/0/size"),
        ({"title": "x", "files": [{"key": "a", "name": "b", "size": 1}] * 51}, "/files"),
        ({"title": "x", "person": "bob"}, "/person"),
        ({"title": "x", "version": 7}, "/version"),
    ],
)
def test_what_is_no_todo(api: Api, body: dict[str, Any], pointer: str) -> None:
    answer = api.call("POST", "/todos", who=ADA, json=body)
    assert answer.problem(422) and pointer in answer.pointers
    if "title" in body:
        path = f"/todos/{added(api)['id']}"
        assert pointer in api.call("PATCH", path, who=ADA, json={**body, "title": body["title"]}).pointers


def test_a_change_that_changes_nothing_or_what_is_not_one_s_to_change(api: Api) -> None:
    path = f"/todos/{added(api)['id']}"
    for body in ({}, {"id": "x"}, {"createdAt": "x"}, {"clientId": "c"}):
        api.call("PATCH", path, who=ADA, json=body).problem(422)


def test_numbers_that_are_hardly_ones(api: Api) -> None:
    """As a client may send them; DynamoDB would refuse the smallest."""
    for order in (1e-300, -1e-131, 5e-324, 1e15, -1e15, 0.1, -0.0):
        added(api, f"{order}", order=order)
    assert [todo["title"] for todo in listed(api).body["items"]][::6] == ["-1000000000000000.0", "1000000000000000.0"]


def test_clearing(api: Api) -> None:
    for done in (True, False, True):
        added(api, completed=done)
    assert api.call("DELETE", "/todos", who=BOB).status == 204
    assert api.call("DELETE", "/todos", who=ADA, query={"completed": "true"}).status == 204
    assert [todo["completed"] for todo in listed(api).body["items"]] == [False]
    api.call("DELETE", "/todos", who=ADA, query={"completed": "perhaps"}).problem(400)
    assert api.call("DELETE", "/todos", who=ADA).status == 204
    assert listed(api).body["items"] == []


def test_of_many_changes_each_person_is_told_once() -> None:
    def change(number: int, person: str, gone: bool = False, **row: str) -> tuple[str, Change[Row]]:
        row |= {"person": person, "id": new_id()}
        return f"{number}", Change("REMOVE" if gone else "MODIFY", row if gone else None, None if gone else row)

    changes = [change(1, "ada", title="x"), change(2, "ada"), change(3, "bob", title="x"), change(4, "ada", title="x")]
    changes.append(change(5, "cleo", gone=True, title="x"))
    assert changed_lists(changes) == [("1", ("ada", False)), ("3", ("bob", False)), ("5", ("cleo", True))]


def test_the_list_of_one_who_has_left_does_not_come_back(api: Api, own_tables: Tables) -> None:
    """Its to-dos go one by one, and each deletion is a change of a list."""
    todo = added(api)
    erase_todos("ada")
    gone = {"person": "ada", "id": todo["id"], "title": "x"}
    assert app.push_todos({"Records": [a_record(1, before=gone)]}, CONTEXT) == {"batchItemFailures": []}
    assert own_tables.items(settings.table("todos")) == []


def test_what_is_more_than_a_megabyte_is_on_the_next_page(api: Api) -> None:
    file = {"key": "k" * 1000, "name": "n" * 1000, "size": 1}
    for number in range(25):
        added(api, f"{number}", files=[file] * 28)
    first = listed(api)
    rest = listed(api, after=first.body["next"])
    titles = [todo["title"] for page in (first, rest) for todo in page.body["items"]]
    assert titles == [f"{number}" for number in range(25)] and rest.body["next"] is None


def test_only_the_one_address_is_kept(api: Api) -> None:
    """Nobody could invalidate a copy under another spelling."""
    for strange in ({"query": {"limit": "7", "x": "1"}}, {"asked_path": "/api//todos"}, {"asked_path": "/api/%74odos"}):
        answer = api.call("GET", "/todos", who=ADA, **strange)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
