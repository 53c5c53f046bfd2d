"""Sockets as the gateway calls them: who gets in, what is answered, and whom a push reaches."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import app
from chalicelib.chat.api import TYPING
from chalicelib.core import aws, bounds
from chalicelib.core.directory import GONE, Directory
from chalicelib.core.erasure import erasers
from chalicelib.core.person import SignIn
from chalicelib.live import actions, push
from chalicelib.live import api as live
from chalicelib.live.connections import Connection, Connections
from chalicelib.live.posting import Outcome
from chalicelib.live.push import SHARD, Push
from chalicelib.live.tickets import Tickets
from tests.cloud.attempts import NOTHING
from tests.support.clock import at
from tests.support.events import ADA, CONTEXT, Api
from tests.support.failing import Failing, refusal
from tests.support.persons import signed
from tests.support.tables import Tables
from tests.support.unit import Switchboard

Json = dict[str, Any]
OLD = 1_700_000_000.0
ENDPOINT = "https://{api}.example.com/api"


class Posted:
    """Records what would have been sent; some recipients may be gone."""

    def __init__(self, *gone: str) -> None:
        self.calls: list[tuple[str, list[str], Json]] = []
        self._gone = gone

    def __call__(self, endpoint: str, ids: Sequence[str], text: bytes) -> Outcome:
        self.calls.append((endpoint, list(ids), json.loads(text)))
        gone = [id for id in ids if id in self._gone]
        return Outcome(len(ids) - len(gone), gone, {})

    @property
    def ids(self) -> list[str]:
        return sorted(id for _, ids, _ in self.calls for id in ids)


@pytest.fixture
def connections(own_tables: Tables) -> Connections:
    return Connections(own_tables.database, own_tables.new("ConnectionsTable"))


def fill(connections: Connections, rows: int, person: str = "ada", api: str = "api1") -> list[str]:
    ids = [f"{person}-{number}=" for number in range(rows)]
    for id in ids:
        at(OLD, connections).open(Connection(id, api), signed(person))
    return ids


class Remembered:
    """A few hundred rows are as good as a table here."""

    def __init__(self, count: int) -> None:
        self.rows = [Connection(f"c{number}", "api1") for number in range(count)]
        self.lost: list[str] = []

    def everyone(self) -> Iterator[Connection]:
        yield from self.rows

    def lose(self, id: str) -> None:
        self.lost.append(id)


# Pushing


def test_reaches_the_persons_and_nobody_else(connections: Connections) -> None:
    fill(connections, 2, "ada")
    fill(connections, 1, "bob", "api2")
    fill(connections, 1, "cleo")
    posted = Posted()
    Push(connections, ENDPOINT, posted, _no_hand).to_persons(["ada", "bob", "ada", "nobody"], {"type": "x", "é": "𝄞"})
    assert [(endpoint, sorted(ids)) for endpoint, ids, _ in posted.calls] == [
        ("https://api1.example.com/api", ["ada-0=", "ada-1="]),
        ("https://api2.example.com/api", ["bob-0="]),
    ]
    for _, _, text in posted.calls:
        assert text == {"at": text["at"], "type": "x", "é": "𝄞"} and text["at"].endswith("Z")


def test_to_nobody_sends_nothing(connections: Connections) -> None:
    posted = Posted()
    pusher = Push(connections, ENDPOINT, posted, _no_hand)
    pusher.to_everyone({"type": "x"})
    pusher.to_persons([], {"type": "x"})
    pusher.to_persons(["ada"], {"type": "x"})
    assert posted.calls == []


@pytest.mark.parametrize(("count", "shards"), [(1, 0), (SHARD, 0), (SHARD + 1, 2), (3 * SHARD, 3)])
def test_one_shard_is_sent_and_more_are_handed_on(count: int, shards: int) -> None:
    connections, posted, handed = Remembered(count), Posted(), list[str]()
    pusher = Push(connections, ENDPOINT, posted, handed.append)  # type: ignore[arg-type]
    pusher.to_everyone({"type": "post", "text": "𝄞"})
    assert len(handed) == shards
    assert len(posted.ids) == (0 if shards else count)
    for shard in handed:
        before = len(posted.ids)
        pusher.shard(shard)
        assert 0 < len(posted.ids) - before <= SHARD
    assert posted.ids == sorted(each.id for each in connections.rows), "each once"
    assert {text["text"] for _, _, text in posted.calls} == {"𝄞"}


def test_a_shard_fits_into_one_notification() -> None:
    handed: list[str] = []
    connections = Remembered(0)
    connections.rows = [Connection("x" * 40, "y" * 20)] * (SHARD + 1)
    pusher = Push(connections, ENDPOINT, Posted(), handed.append)  # type: ignore[arg-type]
    pusher.to_everyone({"type": "post", "post": {"text": "𝄞" * 4000, "author": {"name": "𝄞" * 200}}})
    assert max(len(shard.encode()) for shard in handed) < 256 * 1024


def test_what_is_gone_loses_its_own_row_and_no_other(connections: Connections) -> None:
    ids = fill(connections, 4)
    posted = Posted(ids[1], ids[3])
    for _ in range(2):
        Push(connections, ENDPOINT, posted, _no_hand).to_everyone({"type": "x"})
        assert sorted(each.id for each in connections.everyone()) == [ids[0], ids[2]]
    assert posted.ids == sorted([*ids, ids[0], ids[2]])


def test_what_is_only_being_opened_keeps_its_row(connections: Connections) -> None:
    """The gateway reports it as gone until the handshake is over."""
    connections.open(Connection("new", "api1"), signed("ada"))
    Push(connections, ENDPOINT, Posted("new"), _no_hand).to_everyone({"type": "x"})
    assert connections.sign_in("new") == signed("ada")


def _no_hand(shard: str) -> None:
    raise AssertionError("nothing is to be handed on")


# Actions


class Freely:
    """A permit without a counter."""

    is_used = False

    def take(self) -> None:
        self.is_used = True


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Json]]:
    """An action that anybody can ask for in this test."""
    asked: list[tuple[str, Json]] = []
    monkeypatch.setattr(actions, "_actions", dict(actions._actions))
    monkeypatch.setattr(bounds, "once", lambda person, bound: Freely())

    @actions.action("echo", takes="wall/new-post", bound=TYPING)
    def echo(person: str, body: Json) -> Json | None:
        asked.append((person, body))
        if body["text"] == "fail":
            raise LookupError(body["text"])
        if body["text"] == "throttle":
            raise refusal("ThrottlingException")
        return {"type": "echo", **body} if body["text"] == "answer" else None

    return asked


def ask(text: str, person: str | None = "ada") -> Json | None:
    return actions.handle(text, lambda: signed(person) if person else None)


def test_a_ping_is_answered_without_a_look_at_who_it_is() -> None:
    def nobody_knows() -> SignIn:
        raise AssertionError

    assert actions.handle('{"action": "ping", "more": 1}', nobody_knows) == {"type": "pong"}


@pytest.mark.parametrize(
    "text",
    [
        "", "no json", "None", "[]", "7", '"ping"', "null", "{}", '{"action": null}', '{"action": 7}',
        '{"action": ["ping"]}', '{"action": "unknown"}', '{"action": "ping"', '{"action": "\\ud800"}',
        "[" * 30_000, "x" * (32 * 1024 + 1),
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_whatever_is_no_request_is_answered_with_an_error(text: str) -> None:
    answer = ask(text)
    assert answer and answer["type"] == "error" and answer["status"] == 400
    assert answer.keys() == {"type", "title", "status", "detail"}
    json.dumps(answer)


def test_the_known_actions_are_named() -> None:
    answer = ask('{"action": "nothing"}')
    assert answer and all(name in answer["detail"] for name in ("ping", "sendpost", "typing"))


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ["/clientId", "/text"]),
        ({"text": "x"}, ["/clientId"]),
        ({"text": " ", "clientId": "c1"}, ["/text"]),
        ({"text": "x" * 4001, "clientId": "c1"}, ["/text"]),
        ({"text": 7, "clientId": "c1"}, ["/text"]),
        ({"text": "x", "clientId": "a b"}, ["/clientId"]),
        ({"text": "x", "clientId": ""}, ["/clientId"]),
        ({"text": "x", "clientId": 7}, ["/clientId"]),
        ({"text": "x", "clientId": "c1", "author": "bob"}, ["/author"]),
    ],
)
def test_a_body_that_does_not_fit_is_told_field_by_field(echo: list[Any], body: Json, at: list[str]) -> None:
    answer = ask(json.dumps({"action": "echo", **body}))
    assert answer and (answer["type"], answer["status"]) == ("error", 422)
    assert sorted({error["pointer"] for error in answer["errors"]}) == at
    assert answer.get("clientId") == (body.get("clientId") if isinstance(body.get("clientId"), str) else None)
    assert echo == []


def test_an_action_gets_who_asks_and_its_answer_goes_back(echo: list[tuple[str, Json]]) -> None:
    body = {"text": "answer", "clientId": "c1"}
    assert ask(json.dumps({"action": "echo", **body})) == {"type": "echo", **body}
    assert ask(json.dumps({"action": "echo", **body, "text": "x"})) is None
    assert echo == [("ada", body), ("ada", {**body, "text": "x"})]


@pytest.mark.parametrize(("text", "status"), [("fail", 500), ("throttle", 503)])
def test_what_goes_wrong_is_told_without_a_trace(echo: list[Any], text: str, status: int) -> None:
    answer = ask(json.dumps({"action": "echo", "text": text, "clientId": "c1"}))
    assert answer and (answer["status"], answer["clientId"]) == (status, "c1")
    assert "Error" not in answer["detail"] and "arn:" not in answer["detail"]


def test_a_socket_that_is_nobodys_any_more_is_told_so(echo: list[Any]) -> None:
    answer = ask('{"action": "echo", "text": "x", "clientId": "c1"}', None)
    assert answer and (answer["status"], answer["clientId"]) == (401, "c1")
    assert echo == []


# The application's handlers, with the gateway's events


def socket_event(kind: str, id: str = "c1=", ticket: str | None = None, body: str | None = None) -> Json:
    context = {
        "routeKey": {"CONNECT": "$connect", "DISCONNECT": "$disconnect"}.get(kind, "$default"),
        "eventType": kind,
        "connectionId": id,
        "apiId": "api1",
        "domainName": "api1.example.com",
        "stage": "api",
        "requestId": "request-1",
    }
    query = {} if ticket is None else {"queryStringParameters": {"ticket": ticket}}
    return {"requestContext": context, "isBase64Encoded": False, **query, **({} if body is None else {"body": body})}


@pytest.fixture
def posted(own_tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Posted:
    """The application with its own tables, and what it would have sent."""
    for name in ("Connections", "Counters", "Tickets", "Posts", "Conversations", "Members", "Messages", "People"):
        monkeypatch.setenv(f"{name.upper()}_TABLE", own_tables.new(f"{name}Table"))
    monkeypatch.setenv("SOCKET_ENDPOINT", ENDPOINT)
    posted = Posted()
    monkeypatch.setattr(live, "post_all", posted)
    return posted


def a_ticket(who: Json = ADA) -> str:
    answer = Api().call("POST", "/live/tickets", who=who)
    assert answer.status == 201
    return str(answer.body["ticket"])


def test_a_ticket_opens_one_socket(posted: Posted) -> None:
    ticket = a_ticket()
    assert app.open_socket(socket_event("CONNECT", ticket=ticket), CONTEXT)["statusCode"] == 200
    assert live.connections().sign_in("c1=") == signed("ada")
    again = app.open_socket(socket_event("CONNECT", "c2=", ticket=ticket), CONTEXT)
    assert again["statusCode"] == 401
    assert live.connections().sign_in("c2=") is None
    assert posted.calls == []


@pytest.mark.parametrize("ticket", [None, "", "x", "0" * 48])
def test_without_a_good_ticket_there_is_no_socket(posted: Posted, ticket: str | None) -> None:
    refused = app.open_socket(socket_event("CONNECT", ticket=ticket), CONTEXT)
    assert refused["statusCode"] == 401
    assert "ticket" in json.loads(refused["body"])["detail"]
    assert list(live.connections().everyone()) == []


def test_an_expired_ticket_is_none(posted: Posted) -> None:
    ticket = at(time.time() - 61, live.tickets()).give(signed("ada"))["ticket"]
    assert app.open_socket(socket_event("CONNECT", ticket=ticket), CONTEXT)["statusCode"] == 401


def test_a_message_is_answered_on_its_own_socket(posted: Posted) -> None:
    for id in ("c1=", "c2="):
        app.open_socket(socket_event("CONNECT", id, ticket=a_ticket()), CONTEXT)
    assert app.answer_message(socket_event("MESSAGE", body='{"action": "ping"}'), CONTEXT)["statusCode"] == 200
    app.answer_message(socket_event("MESSAGE", body=None), CONTEXT)
    (_, to, pong), (_, also_to, error) = posted.calls
    assert (to, also_to) == (["c1="], ["c1="])
    assert (pong["type"], error["type"], error["status"]) == ("pong", "error", 400)


def test_closing_comes_twice_or_for_one_that_was_never_open(posted: Posted) -> None:
    app.open_socket(socket_event("CONNECT", ticket=a_ticket()), CONTEXT)
    for id in ("c1=", "c1=", "never"):
        assert app.close_socket(socket_event("DISCONNECT", id), CONTEXT)["statusCode"] == 200
    assert list(live.connections().everyone()) == []


def notification(message: str) -> Json:
    return {"Records": [{"Sns": {"Message": message, "Subject": None, "MessageAttributes": {}}}]}


def test_a_shard_comes_by_notification(posted: Posted) -> None:
    shard = json.dumps({"connections": [["c1=", "api1"], ["c2=", "api2"]], "text": '{"type":"post"}'})
    for _ in range(2):
        app.reach_shard(notification(shard), CONTEXT)
    assert [(endpoint, ids) for endpoint, ids, _ in posted.calls] == [
        ("https://api1.example.com/api", ["c1="]), ("https://api2.example.com/api", ["c2="])] * 2  # fmt: skip


def test_what_tries_a_right_to_publish_reaches_nobody(posted: Posted) -> None:
    """It must not fail either: the stage of all tests would keep it in its failures queue."""
    app.reach_shard(notification(NOTHING), CONTEXT)
    assert posted.calls == []


def test_many_are_handed_to_the_topic(posted: Posted, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Json] = []

    class Topic:
        def publish(self, **given: Any) -> None:
            published.append(given)

    monkeypatch.setitem(aws._clients, "sns", Topic())
    place = {"STAGE": "prod", "PARTITION": "aws-cn", "REGION": "cn-north-1", "ACCOUNT_ID": "123456789012"}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(push, "SHARD", 20)
    fill(live.connections(), 22)
    live.push().to_everyone({"type": "x"})
    assert [each["TopicArn"] for each in published] == [
        "arn:aws-cn:sns:cn-north-1:123456789012:commonplace-prod-fan-out"
    ] * 2
    for each in published:
        app.reach_shard(notification(each["Message"]), CONTEXT)
    assert len(set(posted.ids)) == len(posted.ids) == 22


def test_a_person_who_leaves_is_hung_up_on(posted: Posted, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(live.connections(), 2, "ada")
    fill(live.connections(), 1, "bob")
    switchboard, erase = Switchboard(), erasers_of_sockets()
    monkeypatch.setitem(aws._clients, "apigatewaymanagementapi https://api1.example.com/api", switchboard)
    for _ in range(2):
        erase("ada")
    assert [each.id for each in live.connections().everyone()] == ["bob-0="]
    assert sorted(switchboard.hung_up) == ["ada-0=", "ada-1="]


def test_a_socket_that_is_gone_already_does_not_keep_a_person_here(
    posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(live.connections(), 1, "ada")
    at, erase = "apigatewaymanagementapi https://api1.example.com/api", erasers_of_sockets()
    monkeypatch.setitem(aws._clients, at, Failing(refusal("ForbiddenException")))
    with pytest.raises(aws.Failure):
        erase("ada")
    assert [each.id for each in live.connections().everyone()] == ["ada-0="], "it may still be open"
    monkeypatch.setitem(aws._clients, at, Failing(refusal("GoneException")))
    erase("ada")
    assert list(live.connections().everyone()) == []


def erasers_of_sockets() -> Callable[[str], None]:
    return next(each for each in erasers if each.__module__ == "chalicelib.live.api")


def test_with_a_failing_cloud_there_is_no_handshake_and_a_message_is_answered(
    posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(aws._clients, "dynamodb", Failing(refusal("InternalServerError")))
    with pytest.raises(aws.Failure):  # the gateway makes a 500 of it
        app.open_socket(socket_event("CONNECT", ticket="x"), CONTEXT)
    body = '{"action": "sendpost", "text": "x", "clientId": "c1"}'
    app.answer_message(socket_event("MESSAGE", body=body), CONTEXT)
    [(_, _, answer)] = posted.calls
    assert (answer["status"], answer["clientId"]) == (500, "c1") and "arn:" not in json.dumps(answer)


# The directory


class Counted:
    """Counts its reads."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.asked: list[list[str]] = []

    def batch_get_item(self, RequestItems: Json) -> Any:
        [given] = RequestItems.values()
        self.asked.append([key["id"]["S"] for key in given["Keys"]])
        return self._client.batch_get_item(RequestItems=RequestItems)


def test_names_are_remembered_for_a_while(own_tables: Tables) -> None:
    table, clock = own_tables.new("PeopleTable"), [0.0]

    def put(**row: str) -> None:
        own_tables.database.put_item(TableName=table, Item={name: {"S": value} for name, value in row.items()})

    put(id="ada", name="Ada")
    put(id="left", erasedAt="2026-11-20T23:04:21.123Z")
    counted: Any = Counted(own_tables.database)
    directory = Directory(counted, table, lambda: clock[0])
    known = {"ada": {"id": "ada", "name": "Ada"}, "left": {"id": "left", "name": GONE}}
    assert directory.people(["ada", "left", "ada"]) == known
    assert directory.people(["ada"]) == {"ada": known["ada"]}
    put(id="ada", name="Countess")
    put(id="late", name="Late")
    assert directory.people(["ada", "late"])["late"]["name"] == "Late", "who is missing is not remembered as missing"
    assert counted.asked == [["ada", "left"], ["late"]]
    clock[0] = 31.0
    assert directory.people(["ada"])["ada"]["name"] == "Countess"
    assert directory.people([]) == {} and directory.missing([]) == []
    assert len(counted.asked) == 3
    assert directory.missing(["ada", "nobody", "left", "late"]) == ["left", "nobody"]


def test_looks_up_as_many_as_are_asked_for(own_tables: Tables) -> None:
    counted: Any = Counted(own_tables.database)
    directory = Directory(counted, own_tables.new("PeopleTable"))
    ids = [f"person-{number:03}" for number in range(250)]
    assert directory.people(ids).keys() == set(ids)
    assert [len(asked) for asked in counted.asked] == [100, 100, 50]


def test_asks_again_for_what_was_not_told_at_once(own_tables: Tables) -> None:
    table = own_tables.new("PeopleTable")
    for id in ("ada", "bob"):
        own_tables.database.put_item(TableName=table, Item={"id": {"S": id}, "name": {"S": id.title()}})

    class Half:
        def batch_get_item(self, RequestItems: Json) -> Any:
            first, *rest = RequestItems[table]["Keys"]
            answer = own_tables.database.batch_get_item(RequestItems={table: {"Keys": [first]}})
            return {**answer, "UnprocessedKeys": {table: {"Keys": rest}} if rest else {}}

    half: Any = Half()
    assert Directory(half, table).missing(["ada", "bob", "cleo"]) == ["cleo"]


def test_a_ticket_is_kept_in_the_stages_table(posted: Posted, own_tables: Tables) -> None:
    tickets = live.tickets()
    assert isinstance(tickets, Tickets)
    a_ticket()
    assert len(own_tables.items(tickets.table)) == 1
