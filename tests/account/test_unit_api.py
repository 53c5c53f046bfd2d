"""The routes of the account and about the application, as the gateway calls them, and the stream's handler."""

from __future__ import annotations

import json
from typing import Any

import pytest

import app
from chalicelib.account.api import LOOKUPS, people
from chalicelib.core import aws, settings
from chalicelib.core.ids import new_id
from chalicelib.core.person import SignIn
from chalicelib.live.api import connections
from chalicelib.live.connections import Connection
from tests.account.test_unit_erasure import MARK, ROW
from tests.albums.contract import a_body
from tests.albums.test_unit_api import added, ranks
from tests.live.test_unit_live import socket_event
from tests.support.events import ADA, BOB, CONTEXT, CURATOR, Api, a_record, claims
from tests.support.failing import MEETING, Failing, fail
from tests.support.tables import Tables


@pytest.mark.parametrize(("method", "path"), [("GET", "/me"), ("PUT", "/me"), ("DELETE", "/me"), ("GET", "/people")])
@pytest.mark.parametrize("who", [None, claims(token_use="access")])
def test_nobody_gets_in(door: Api, method: str, path: str, who: dict[str, Any] | None) -> None:
    answer = door.call(method, path, who=who, json={"name": "x"}, query={"email": "ada@example.com"})
    assert answer.problem(401)


def test_tells_who_one_is(api: Api) -> None:
    answer = api.call("GET", "/me", who=CURATOR)
    expected = {"id": "cleo", "email": "cleo@example.com", "name": "Cleo", "groups": ["curators"]}
    assert (answer.status, answer.body) == (200, expected)


def test_groups_of_another_application_are_none_of_ours(api: Api) -> None:
    answer = api.call("GET", "/me", who=claims("ada", "curators,eu-central-1_pool_Google"))
    assert answer.body["groups"] == ["curators"]


def test_an_address_that_is_not_proved_opens_nothing(api: Api) -> None:
    assert api.call("GET", "/me", who=claims("ada", email_verified="false")).problem(403)
    assert api.call("PUT", "/me", who=claims("ada", email_verified="false"), json={"name": "x"}).problem(403)


def test_sets_a_name(api: Api) -> None:
    answer = api.call("PUT", "/me", who=ADA, json={"name": " Countess "})
    assert (answer.status, answer.body["name"]) == (200, "Countess")
    assert api.call("GET", "/me", who=ADA).body["name"] == "Countess"


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " "}, {"name": 7}, {"name": "x" * 201}, {"name": "a\nb"}])
def test_a_bad_name_is_named(door: Api, body: dict[str, Any]) -> None:
    answer = door.call("PUT", "/me", who=ADA, json=body)
    assert answer.problem(422) and set(answer.pointers) == {"/name"}


def test_finds_a_person_by_the_exact_address(api: Api) -> None:
    api.call("GET", "/me", who=ADA)
    answer = api.call("GET", "/people", who=BOB, query={"email": "ADA@example.com"})
    assert (answer.status, answer.body) == (200, {"id": "ada", "name": "Ada"})
    assert api.call("GET", "/people", who=BOB, query={"email": "ad"}).problem(404)


@pytest.mark.parametrize(
    ("query", "status"),
    [(None, 400), ({"email": "x" * 321}, 400), ({"email": ""}, 404), ({"email": " "}, 404), ({"email": "日本"}, 404)],
)
def test_another_address_finds_nobody(api: Api, query: dict[str, str] | None, status: int) -> None:
    assert api.call("GET", "/people", who=BOB, query=query).problem(status)


def test_nobody_tries_out_which_addresses_are_known_here(api: Api) -> None:
    """At most so many a minute, known or not; a person at the bound stops nobody else."""
    most = LOOKUPS.most
    ask = {"query": {"email": "nobody@example.com"}}
    answers = [api.call("GET", "/people", who=BOB, **ask) for _ in range(2 * most + 1)]  # the minute may end in between
    refused = [number for number, answer in enumerate(answers) if answer.status == 429]
    assert refused and refused[0] >= most and {answer.status for answer in answers} == {404, 429}
    assert int(answers[refused[0]].headers["retry-after"]) <= 60
    assert api.call("GET", "/people", who=ADA, **ask).problem(404)


# What only takes back, or notes what was seen: whoever has an older token must not do even that
_ID = new_id()
TAKING_BACK: list[tuple[str, str, dict[str, Any]]] = [
    ("DELETE", f"/posts/{_ID}", {}),
    ("DELETE", f"/conversations/{_ID}", {}),
    ("PUT", f"/conversations/{_ID}/read", {"json": {"messageId": "000000000001"}}),
    ("DELETE", f"/blog/articles/on-rain/comments/{_ID}", {}),
    ("DELETE", f"/speech/{_ID}", {}),
    ("PUT", f"/speech/{_ID}/heard", {}),
]


def test_signs_out_everywhere(api: Api) -> None:
    before, after = claims("ada", auth_time="1700000000"), claims("ada", auth_time="9999999999")
    ticket = api.call("POST", "/live/tickets", who=before).body["ticket"]
    assert api.call("DELETE", "/me/sessions", who=before).status == 204
    for method, path, body in (("GET", "/me", {}), ("POST", "/albums", {"json": a_body(1)})):
        assert api.call(method, path, who=before, **body).problem(401)
        assert api.call(method, path, who=after, **body).status < 300
    for path in ("/me/sessions", "/me"):
        assert api.call("DELETE", path, who=before).problem(401)
    for method, path, body in TAKING_BACK:
        assert api.call(method, path, who=before, **body).problem(401), path
    opened = app.open_socket(socket_event("CONNECT", ticket=ticket), CONTEXT)
    assert opened["statusCode"] == 401, "also with a ticket from before"


def test_the_sockets_of_who_signed_out_everywhere_are_closed(api: Api) -> None:
    api.call("GET", "/me", who=ADA)
    stays: dict[str, Any] = {**(people().rows.get("ada") or {})}
    connections().open(Connection("c1=", "api"), SignIn("ada", 0))
    records = [a_record(1, stays, {**stays, "name": "x"}), a_record(2, after=MARK), a_record(3, stays)]
    assert app.sign_out_people({"Records": records}, CONTEXT) == {"batchItemFailures": []}
    assert connections().of_person("ada")
    again = a_record(4, stays, {**stays, "signedOutAt": 1})
    assert app.sign_out_people({"Records": [again, again]}, CONTEXT) == {"batchItemFailures": []}
    assert aws.client("apigatewaymanagementapi", "http://api").hung_up == ["c1="]
    assert connections().of_person("ada") == []


def test_erases_the_account_and_what_it_owns(api: Api, user_pool: str) -> None:
    cognito = aws.client("cognito-idp")
    for name in ("ada", "bob"):
        cognito.admin_create_user(UserPoolId=user_pool, Username=name)
    api.call("GET", "/me", who=ADA)
    added(api, 1, ADA)
    added(api, 2, BOB)
    gone = api.call("DELETE", "/me", who=ADA)
    assert (gone.status, gone.text) == (204, "")
    assert app.erase_people({"Records": [a_record(1, after=MARK)]}, CONTEXT) == {"batchItemFailures": []}
    assert ranks(api.call("GET", "/albums", who=BOB)) == [2]
    assert [user["Username"] for user in cognito.list_users(UserPoolId=user_pool)["Users"]] == ["bob"]
    for method, body in (("GET", None), ("PUT", {"name": "x"})):
        assert api.call(method, "/me", who=ADA, **({"json": body} if body else {})).problem(401)
    assert api.call("GET", "/people", who=BOB, query={"email": "ada@example.com"}).problem(404)
    assert api.call("DELETE", "/me", who=ADA).status == 204


def test_what_was_missed_is_erased_when_the_mark_goes(api: Api, user_pool: str) -> None:
    added(api, 1, ADA)
    added(api, 2, BOB)
    people().forget("ada")  # as if the rest of the deletion had failed
    assert ranks(api.call("GET", "/albums", who=BOB)) == [1, 2]
    records = [a_record(1, after=ROW), a_record(2, before=MARK)]
    assert app.erase_people({"Records": records}, CONTEXT) == {"batchItemFailures": []}
    assert ranks(api.call("GET", "/albums", who=BOB)) == [2]


def test_a_record_that_fails_comes_again(door: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, ValueError("secret"))
    answer = app.erase_people({"Records": [a_record(1, after=ROW), a_record(2, after=MARK)]}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_the_stream_leaves_one_line_in_the_log(
    door: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(monkeypatch, ValueError("secret"))
    app.erase_people({"Records": [a_record(2, after=MARK)]}, CONTEXT)
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["requestId"]) == ("DynamoDBEvent", "request-1")
    assert "ValueError" in line["failure"] and "secret" not in line["failure"]


def test_a_deletion_is_accepted_whatever_else_is_going_on(
    api: Api, user_pool: str, own_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(api, 1, ADA)
    busy = Failing(MEETING, ("transact_write_items",), own_tables.database)
    monkeypatch.setitem(aws._clients, "dynamodb", busy)
    assert api.call("DELETE", "/me", who=ADA).status == 204
    assert api.call("GET", "/me", who=ADA).status == 401


def test_says_that_it_is_well_without_asking_the_database(door: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, ValueError("asked"))
    answer = door.call("GET", "/health")
    assert (answer.status, answer.body) == (200, {"ok": True, "version": settings.VERSION})


def test_describes_itself(door: Api) -> None:
    answer = door.call("GET", "/openapi.json")
    assert answer.status == 200 and "/albums" in answer.body["paths"]


def test_a_stage_without_settings_says_nothing_to_the_caller(
    door: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ALBUMS_TABLE")
    answer = door.call("POST", "/albums", who=ADA, json=a_body(1))
    assert answer.problem(500) and "STAGE" not in answer.text
    assert "SettingError at required" in json.loads(capsys.readouterr().out)["failure"]
