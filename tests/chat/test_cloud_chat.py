"""Conversations over HTTP, and what the members' sockets get."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.live.test_cloud_live import deliver_again, records
from tests.support.cloud import outputs, pointers, problem, root
from tests.support.sockets import Json, Socket
from tests.support.stage import RunningStage, User, until

NOWHERE = "01" + "A" * 24


def started(user: User, *others: User, title: str | None = "Talk") -> Json:
    """With a title it is always a new one."""
    body = {"members": [other.id for other in others], **({"title": title} if title else {})}
    answer = user.post("/conversations", body)
    assert answer.status_code == 201, answer.text
    conversation: Json = answer.json()
    return conversation


def said(user: User, id: str, text: str = "Hello", client_id: str = "") -> Json:
    client_id = client_id or secrets.token_hex(6)
    answer = user.post(f"/conversations/{id}/messages", {"text": text, "clientId": client_id})
    assert answer.status_code == 201, answer.text
    message: Json = answer.json()
    return message


def read(user: User, id: str, **query: Any) -> Json:
    answer = user.get(f"/conversations/{id}/messages", params=query)
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


def of_it(id: str) -> Callable[[Json], bool]:
    return lambda heard: heard.get("conversationId") == id


def of_the_chat(heard: list[Json]) -> list[str]:
    """The kinds of what was heard, without notices, which come and go in their own time, and answers to pings."""
    return [one["type"] for one in heard if one["type"] != "pong" and not one["type"].startswith("notice")]


def tells(message: Json) -> Callable[[Json], bool]:
    return lambda heard: heard["type"] == "message" and heard["message"] == message


@pytest.fixture(scope="module")
def people(stage: RunningStage) -> list[User]:
    """Ada, Ben, and a stranger."""
    people = [stage.sign_up(name=name) for name in ("Ada Ash", "Ben Birch", "Cyd Cedar")]
    assert all(person.id for person in people)
    return people


@pytest.fixture
def sockets(people: list[User]) -> Iterator[list[Socket]]:
    """One for each."""
    with ExitStack() as stack:
        yield [stack.enter_context(Socket(person)) for person in people]


def test_a_conversation_from_its_start_to_its_end(people: list[User]) -> None:
    ada, ben, cyd = people
    talk = started(ada, ben, title=" Plans ")
    id = talk["id"]
    assert talk["title"] == "Plans" and talk["last"] is None and talk["unread"] == 0
    assert {member["name"] for member in talk["members"]} == {"Ada Ash", "Ben Birch"}
    first = said(ada, id, " Hello ", "c1")
    assert first["id"] == "000000000001" and first["text"] == "Hello" and first["clientId"] == "c1"
    again = ada.post(f"/conversations/{id}/messages", {"text": "Hello", "clientId": "c1"})
    assert (again.status_code, again.json()) == (200, first)
    assert ben.get(f"/conversations/{id}").json()["unread"] == 1
    assert ben.put(f"/conversations/{id}/read", {"messageId": first["id"]}).status_code == 204
    assert ben.get(f"/conversations/{id}").json()["unread"] == 0
    path = f"/conversations/{id}/messages/{first['id']}"
    edited = ada.call("PATCH", path, json={"text": "Goodbye"}).json()
    assert edited == {**first, "text": "Goodbye", "editedAt": edited["editedAt"]} and edited["editedAt"]
    assert read(ben, id) == {"items": [edited], "next": None}
    assert ada.delete(path).status_code == 204
    assert read(ben, id)["items"] == [{**edited, "text": "", "deleted": True}]
    assert ben.call("PATCH", f"/conversations/{id}", json={"title": "Cats"}).json()["title"] == "Cats"
    joined = ben.post(f"/conversations/{id}/members", {"id": cyd.id})
    assert (joined.status_code, len(joined.json()["members"])) == (201, 3)
    assert id in [one["id"] for one in cyd.get("/conversations").json()["items"]]
    assert cyd.delete(f"/conversations/{id}").status_code == 204
    problem(cyd.delete(f"/conversations/{id}"), 404)
    problem(cyd.get(f"/conversations/{id}"), 404)


def test_pages_and_what_came_since(people: list[User]) -> None:
    ada, ben, _ = people
    id = started(ada, ben)["id"]
    ids = [said((ada, ben)[n % 2], id)["id"] for n in range(7)]
    first = read(ben, id, limit=3)
    assert [one["id"] for one in first["items"]] == ids[:3:-1]
    second = read(ben, id, limit=100, before=first["next"])
    assert [one["id"] for one in second["items"]] == ids[3::-1] and second["next"] is None
    since = read(ben, id, limit=2, since=ids[1])
    assert [one["id"] for one in since["items"]] == ids[2:4]
    rest = read(ben, id, limit=100, since=ids[1], after=since["next"])
    assert [one["id"] for one in rest["items"]] == ids[4:] and rest["next"] is None
    assert read(ben, id, limit=100, after=since["next"]) == rest
    for query in ({"since": "x"}, {"before": "x"}, {"after": "x"}, {"limit": "0"}, {"before": since["next"]}):
        problem(ben.get(f"/conversations/{id}/messages", params=query), 400)


def test_latest_activity_comes_first(people: list[User]) -> None:
    ada, ben, _ = people
    ids = [started(ada, ben)["id"] for _ in range(3)]
    said(ben, ids[0])

    def newest() -> list[str]:
        return [one["id"] for one in ada.get("/conversations", params={"limit": 3}).json()["items"]]

    until(lambda: newest() == [ids[0], ids[2], ids[1]])
    page = ada.get("/conversations", params={"limit": 2}).json()
    after = ada.get("/conversations", params={"limit": 1, "after": page["next"]}).json()
    assert [one["id"] for one in page["items"] + after["items"]] == [ids[0], ids[2], ids[1]]
    problem(ben.get("/conversations", params={"after": page["next"]}), 400)


def test_bad_bodies_are_told_field_by_field(people: list[User]) -> None:
    ada, ben, _ = people
    id = started(ada, ben)["id"]
    message = said(ada, id)["id"]
    path = f"/conversations/{id}"
    for method, at, body, expected in (
        ("POST", "/conversations", {}, {"/members"}),
        ("POST", "/conversations", {"members": []}, {"/members"}),
        ("POST", "/conversations", {"members": [ben.id, "nobody", 7]}, {"/members/2"}),
        ("POST", "/conversations", {"members": [ben.id, "nobody", "no one"]}, {"/members/1", "/members/2"}),
        ("POST", "/conversations", {"members": [ben.id], "title": "two\nlines"}, {"/title"}),
        ("POST", "/conversations", {"members": ["x"] * 50}, {"/members"}),
        ("PATCH", path, {"title": " "}, {"/title"}),
        ("PATCH", path, {"title": "x", "members": []}, {"/members"}),
        ("POST", f"{path}/members", {"id": "nobody"}, {"/id"}),
        ("POST", f"{path}/members", {"id": ""}, {"/id"}),
        ("POST", f"{path}/messages", {}, {"/text", "/clientId"}),
        ("POST", f"{path}/messages", {"text": " \n", "clientId": "c"}, {"/text"}),
        ("POST", f"{path}/messages", {"text": "x" * 4001, "clientId": "c"}, {"/text"}),
        ("POST", f"{path}/messages", {"text": "x", "clientId": "a b"}, {"/clientId"}),
        ("POST", f"{path}/messages", {"text": "x", "clientId": "c", "author": ben.id}, {"/author"}),
        ("PATCH", f"{path}/messages/{message}", {"text": None}, {"/text"}),
        ("PUT", f"{path}/read", {"messageId": 1}, {"/messageId"}),
    ):
        assert set(pointers(ada.call(method, at, json=body))) == expected, (method, at, body)
    for there in ("x", "0" * 12, "9" * 12):
        problem(ada.put(f"{path}/read", {"messageId": there}), 404)
        problem(ada.call("PATCH", f"{path}/messages/{there}", json={"text": "x"}), 404)
    assert [one["text"] for one in read(ada, id)["items"]] == ["Hello"]


def test_strangers_find_nothing(people: list[User]) -> None:
    ada, ben, cyd = people
    id = started(ada, ben)["id"]
    message = said(ada, id)["id"]
    before = read(ada, id), ada.get(f"/conversations/{id}").json()
    for there in (id, NOWHERE, "x"):
        path = f"/conversations/{there}"
        for method, at, body in (
            ("GET", path, None),
            ("PATCH", path, {"title": "Mine"}),
            ("DELETE", path, None),
            ("POST", f"{path}/members", {"id": cyd.id}),
            ("GET", f"{path}/messages", None),
            ("GET", f"{path}/messages?since={message}", None),
            ("POST", f"{path}/messages", {"text": "Hi", "clientId": "c"}),
            ("PATCH", f"{path}/messages/{message}", {"text": "Mine"}),
            ("DELETE", f"{path}/messages/{message}", None),
            ("PUT", f"{path}/read", {"messageId": message}),
        ):
            problem(cyd.call(method, at, **({"json": body} if body else {})), 404)
    for method in ("PATCH", "DELETE"):
        problem(ben.call(method, f"/conversations/{id}/messages/{message}", json={"text": "Mine"}), 404)
    assert (read(ada, id), ada.get(f"/conversations/{id}").json()) == before


def test_each_push_reaches_the_members_and_nobody_else(people: list[User], sockets: list[Socket]) -> None:
    (ada, ben, _), (hers, his, strange) = people, sockets
    id = started(ada, ben)["id"]
    of_this = of_it(id)
    for socket in (hers, his):
        assert socket.until(of_this)["type"] == "conversation"

    def both(kind: str) -> Json:
        told = [socket.until(lambda heard: of_this(heard) and heard["type"] == kind) for socket in (hers, his)]
        assert {**told[0], "at": ""} == {**told[1], "at": ""} and told[0]["at"].endswith("Z")
        return told[0]

    message = said(ada, id)
    assert both("message")["message"] == message
    path = f"/conversations/{id}/messages/{message['id']}"
    edited = ada.call("PATCH", path, json={"text": "Goodbye"}).json()
    assert both("message.edited")["message"] == edited
    ben.put(f"/conversations/{id}/read", {"messageId": message["id"]})
    assert both("read")["person"] == ben.id
    ada.delete(path)
    assert both("message.deleted")["message"] == {**edited, "text": "", "deleted": True}
    ben.call("PATCH", f"/conversations/{id}", json={"title": "Cats"})
    both("conversation")
    hers.ask("typing", conversationId=id)
    told = his.until(lambda heard: heard["type"] == "typing")
    assert told == {"type": "typing", "at": told["at"], "conversationId": id,
                    "person": {"id": ada.id, "name": "Ada Ash"}}  # fmt: skip
    hers.ping()
    assert "typing" not in hers.kinds()
    strange.ask("typing", conversationId=id)
    assert strange.of("error")["status"] == 404
    strange.ping()
    assert of_the_chat(strange.heard) == ["error"], "a stranger hears nothing of it"


def test_who_joins_is_told_and_who_leaves_hears_nothing_more(people: list[User], sockets: list[Socket]) -> None:
    (ada, ben, cyd), (hers, his, theirs) = people, sockets
    id = started(ada, ben)["id"]
    of_this = of_it(id)
    ada.post(f"/conversations/{id}/members", {"id": cyd.id})
    assert theirs.until(of_this)["type"] == "conversation"
    message = said(ben, id)
    assert theirs.until(lambda heard: heard["type"] == "message")["message"] == message
    cyd.delete(f"/conversations/{id}")
    theirs.until(of_this)
    problem(cyd.get(f"/conversations/{id}"), 404)
    theirs.ping()
    before = len(theirs.heard)
    for _ in range(2):
        late = said(ada, id, "Without you")
        for socket in (his, hers):
            socket.until(tells(late))
    theirs.ping()
    assert of_the_chat(theirs.heard[before:]) == []


def test_what_is_told_twice_changes_nothing(stage: RunningStage, people: list[User]) -> None:
    ada, ben, _ = people
    id = started(ada, ben)["id"]
    message = said(ada, id)
    ada.call("PATCH", f"/conversations/{id}/messages/{message['id']}", json={"text": "Goodbye"})
    ben.put(f"/conversations/{id}/read", {"messageId": message["id"]})
    said(ben, id)
    with Socket(ben) as socket:
        said(ada, id)
        socket.until(lambda heard: heard["type"] == "message")
        until(lambda: ada.get("/conversations", params={"limit": 1}).json()["items"][0]["id"] == id)

        def state() -> list[Any]:
            listed = [person.get("/conversations", params={"limit": 2}).json() for person in (ada, ben)]
            return [listed, read(ada, id), read(ben, id)]

        before = state()
        for stream, function in (
            ("MessagesStream", "push_messages"),
            ("MembersStream", "push_members"),
            ("ConversationsStream", "push_conversations"),
        ):
            mine = [one for one in records(stage, stream) if id in str(one["dynamodb"]["Keys"])]
            assert mine, stream
            deliver_again(stage, function, mine[::-1])
        socket.ping()
        assert state() == before


def test_an_account_that_ends_empties_what_it_said(stage: RunningStage, people: list[User]) -> None:
    ada, _, _ = people
    leaver = stage.sign_up(name="Leaver")
    id = leaver.id
    talk = started(leaver, ada)["id"]
    first, _, last = said(leaver, talk, "Secret one"), said(ada, talk, "Mine"), said(leaver, talk, "Secret two")
    with Socket(ada) as hers, Socket(leaver) as theirs:
        assert leaver.delete("/me").status_code == 204
        told = {hers.of("message.deleted")["message"]["id"] for _ in range(2)}
        assert told == {first["id"], last["id"]}
        if "conversation" not in hers.kinds():
            hers.until(lambda heard: heard["type"] == "conversation")
        said(ada, talk, "After")
        hers.until(lambda heard: heard["type"] == "message" and heard["message"]["text"] == "After")
        with pytest.raises(ConnectionClosed):
            theirs.until(lambda heard: heard["type"] == "message" and heard["message"]["text"] == "After")
    shown = read(ada, talk)["items"]
    assert [one["text"] for one in shown] == ["After", "", "Mine", ""]
    assert [one["deleted"] for one in shown] == [False, True, False, True]
    assert [member["id"] for member in ada.get(f"/conversations/{talk}").json()["members"]] == [ada.id]
    found = outputs(stage)
    kept = [root(stage, "dynamodb").scan(TableName=found[name])["Items"] for name in ("MessagesTable", "MembersTable")]
    assert "Secret" not in str(kept)
    assert id not in str(kept[1])
    assert pointers(ada.post("/conversations", {"members": [id]})) == ["/members/0"]
