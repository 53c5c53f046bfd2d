"""The routes of the albums as the gateway calls them: every status, header and problem."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.albums.api import catalogue
from chalicelib.albums.transfer import bring_in
from chalicelib.core import aws
from tests.albums.contract import a_body
from tests.support.events import ADA, BOB, CURATOR, PROBLEM, Answer, Api, claims
from tests.support.failing import MEETING, Failing, fail, refusal
from tests.support.tables import Tables

ROUTES = [
    ("GET", "/albums"),
    ("POST", "/albums"),
    ("GET", "/albums/01ABC"),
    ("PUT", "/albums/01ABC"),
    ("DELETE", "/albums/01ABC"),
    ("GET", "/albums/export"),
    ("POST", "/albums/import"),
]


def added(api: Api, rank: int = 1, who: dict[str, Any] = ADA, **changes: Any) -> dict[str, Any]:
    answer = api.call("POST", "/albums", who=who, json=a_body(rank, **changes))
    assert answer.status == 201, answer.text
    album: dict[str, Any] = answer.body
    return album


def ranks(answer: Answer) -> list[int]:
    return [album["rank"] for album in answer.body["items"]]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("who", [None, claims(token_use="access"), {"sub": "ada"}])
def test_nobody_gets_in(door: Api, method: str, path: str, who: dict[str, Any] | None) -> None:
    assert door.call(method, path, who=who, json=a_body(1), version=1).problem(401)["title"] == "Unauthorized"


def test_adds_and_gets(api: Api) -> None:
    answer = api.call("POST", "/albums", who=ADA, json=a_body(1))
    assert (answer.status, answer.headers["etag"]) == (201, '"1"')
    again = api.call("GET", f"/albums/{answer.body['id']}", who=BOB)
    assert (again.status, again.headers["etag"], again.body) == (200, '"1"', answer.body)
    assert answer.body["addedBy"] == "ada"
    assert "ETag" in again.headers["access-control-expose-headers"]


def test_a_conflict_names_each_field(api: Api) -> None:
    added(api)
    answer = api.call("POST", "/albums", who=BOB, json=a_body(1))
    assert answer.problem(409) and answer.pointers == ["/rank", "/title"]


def test_lists_page_by_page(api: Api) -> None:
    for rank in (3, 1, 2):
        added(api, rank)
    first = api.call("GET", "/albums", who=BOB, query={"limit": "2"})
    assert (first.status, ranks(first)) == (200, [1, 2])
    second = api.call("GET", "/albums", who=BOB, query={"limit": "2", "after": first.body["next"]})
    assert (ranks(second), second.body["next"]) == ([3], None)
    same: list[dict[str, str]] = [
        {}, {"q": "title", "genre": "rock", "year": "1999"}, {"q": "", "genre": ""}, {"unknown": "x"},
    ]  # fmt: skip
    for query in same:
        assert ranks(api.call("GET", "/albums", who=BOB, query=query)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "/limit"),
        ({"limit": "101"}, "/limit"),
        ({"limit": "-1"}, "/limit"),
        ({"limit": "x"}, "/limit"),
        ({"limit": ""}, "/limit"),
        ({"limit": "1.0"}, "/limit"),
        ({"limit": " 1"}, "/limit"),
        ({"limit": "٣"}, "/limit"),
        ({"limit": "1" * 5000}, "/limit"),
        ({"year": "x"}, "/year"),
        ({"year": "-1"}, "/year"),
        ({"year": "10000"}, "/year"),
        ({"q": "x" * 201}, "/q"),
        ({"genre": "x" * 201}, "/genre"),
        ({"after": "x"}, "/after"),
        ({"after": ""}, "/after"),
        ({"after": "x" * 1001}, "/after"),
    ],
)
def test_a_bad_parameter_is_named(door: Api, query: dict[str, str], pointer: str) -> None:
    answer = door.call("GET", "/albums", who=ADA, query=query)
    assert answer.problem(400) and answer.pointers == [pointer]


def test_the_ends_of_a_parameter_are_good(api: Api) -> None:
    for query in ({"limit": "1"}, {"limit": "100"}, {"year": "0"}, {"q": "x" * 200}, {"q": "ﷺ" * 200}):
        assert api.call("GET", "/albums", who=ADA, query=query).status == 200


def test_changes_at_the_version_that_was_seen(api: Api) -> None:
    album = added(api)
    path = f"/albums/{album['id']}"
    changed = api.call("PUT", path, who=ADA, json=a_body(2), version=1)
    assert (changed.status, changed.headers["etag"], changed.body["rank"]) == (200, '"2"', 2)
    weak = api.call("PUT", path, who=ADA, json=a_body(3), headers={"if-match": ' W/"2" '})
    assert (weak.status, weak.headers["etag"]) == (200, '"3"')
    assert api.call("PUT", path, who=CURATOR, json=a_body(4), version=3).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("if_match", "status"),
    [(None, 428), ("1", 400), ("", 400), ("*", 400), ('"1', 400), ('"1", "2"', 400), ("é", 400), ('"1" "', 400)],
)
def test_an_if_match_must_be_one_etag(door: Api, method: str, if_match: str | None, status: int) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}
    assert door.call(method, "/albums/01ABC", who=ADA, json=a_body(2), headers=headers).problem(status)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_stale_if_match_changes_nothing(api: Api, method: str) -> None:
    album = added(api)
    path = f"/albums/{album['id']}"
    for etag in ('""', '"0"', '"2"', '"x"', '"-1"', '"1.0"', '"٣"', '"' + "9" * 5000 + '"'):
        assert api.call(method, path, who=ADA, json=a_body(2), headers={"If-Match": etag}).problem(412), etag
    assert api.call("GET", path, who=ADA).body == album


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_is_somebody_elses_stays_so(api: Api, method: str) -> None:
    album = added(api)
    path = f"/albums/{album['id']}"
    assert api.call(method, path, who=BOB, json=a_body(2), version=1).problem(403)
    assert api.call("GET", path, who=ADA).body == album


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_nobody_added_is_the_curators(api: Api, method: str) -> None:
    path = f"/albums/{catalogue().add(a_body(1), None)['id']}"
    for who in (ADA, BOB):
        assert api.call(method, path, who=who, json=a_body(2), version=1).problem(403)
    assert api.call(method, path, who=CURATOR, json=a_body(2), version=1).status in (200, 204)


def test_removes(api: Api) -> None:
    path = f"/albums/{added(api)['id']}"
    gone = api.call("DELETE", path, who=ADA, version=1)
    assert (gone.status, gone.text) == (204, "")
    assert api.call("GET", path, who=ADA).problem(404)
    assert api.call("DELETE", path, who=ADA, version=1).problem(404)
    assert api.call("PUT", path, who=ADA, json=a_body(1), version=1).problem(404)


def test_another_id_is_not_found(api: Api) -> None:
    added(api)
    for id in ("x", "rank#1", "01ABCDEFGHJKMNPQRSTVWXYZ00", "x" * 3000, "%20", "日本", "\x00"):
        assert api.call("GET", f"/albums/{id}", who=ADA).problem(404)
        assert api.call("DELETE", f"/albums/{id}", who=CURATOR, version=1).problem(404)


NOT_JSON = [
    None,
    "",
    "{",
    "nonsense",
    "{'rank': 1}",
    '{"rank": NaN}',
    '{"rank": -Infinity}',
    '{"title": "\\ud800"}',
    '{"title": "\\udc00\\ud800"}',
    "[" * 60_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
    "1" * 5000,
    '{"rank": 1} x',
    "\x00",
]


@pytest.mark.parametrize("body", NOT_JSON)
@pytest.mark.parametrize(("method", "path"), [("POST", "/albums"), ("POST", "/albums/import"), ("PUT", "/me")])
def test_what_is_not_json_is_a_bad_request(door: Api, method: str, path: str, body: str | None) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert door.call(method, path, who=CURATOR, body=body, headers=headers).problem(400)


@pytest.mark.parametrize("body", ["null", "[]", "7", '"x"', "{}", '{"rank": 1e999}', "[" * 500 + "]" * 500])
def test_what_is_no_album_is_invalid(door: Api, body: str) -> None:
    answer = door.call("POST", "/albums", who=ADA, body=body)
    assert answer.problem(422)["errors"]


def test_each_invalid_field_is_named(door: Api) -> None:
    answer = door.call("POST", "/albums", who=ADA, json={**a_body(0), "title": " ", "more": 1})
    assert answer.problem(422) and list(dict.fromkeys(answer.pointers)) == ["/more", "/rank", "/title"]


def test_a_body_may_be_so_large_and_no_larger(api: Api) -> None:
    text = json.dumps(a_body(1))
    assert api.call("POST", "/albums", who=ADA, body=text + " " * (65_536 - len(text))).status == 201
    assert api.call("POST", "/albums", who=ADA, body=text + " " * (65_537 - len(text))).problem(413)
    assert api.call("POST", "/albums/import", who=CURATOR, body=" " * 5_000_001).problem(413)


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "*/*", "text/plain, application/json", "application/jsonx", "", "x;y"]
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/albums"), ("PUT", "/me"), ("POST", "/albums/import")])
def test_another_media_type_is_refused(door: Api, method: str, path: str, media: str) -> None:
    headers = {"content-type": media}
    assert door.call(method, path, who=CURATOR, body=json.dumps(a_body(1)), headers=headers).problem(415)


def test_json_has_many_spellings(api: Api) -> None:
    for rank, media in enumerate(("application/json", "Application/JSON", "application/json; charset=utf-8"), 1):
        body, headers = json.dumps(a_body(rank)), {"content-type": media}
        assert api.call("POST", "/albums", who=ADA, body=body, headers=headers).status == 201


def test_another_method_is_refused(door: Api) -> None:
    answer = door.call("PATCH", "/albums", who=ADA)
    assert answer.problem(405)["title"] == "Method Not Allowed"
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("Text/CSV", "text/csv"),
        ("text/html, text/csv;q=0.9", "text/csv"),
        ("text/csv, */*;q=0.1", "text/csv"),
        ("application/json;q=0, text/csv", "text/csv"),
    ],
)
def test_exports_what_is_accepted(api: Api, accept: str | None, media: str) -> None:
    added(api, 2)
    added(api, 1)
    answer = api.call("GET", "/albums/export", who=BOB, headers={"Accept": accept} if accept else {})
    assert (answer.status, answer.headers["content-type"]) == (200, f"{media}; charset=utf-8")
    assert answer.headers["content-disposition"] == f'attachment; filename="albums.{media.partition("/")[2]}"'
    if media == "application/json":
        assert answer.body == [a_body(1), a_body(2)]
    else:
        assert answer.text.splitlines()[:2] == ["rank,title,artist,year,genre", "1,Title 1,The Band,1999,Rock"]


@pytest.mark.parametrize("accept", ["text/html", "image/png, text/html;q=0.9", "application/xml"])
def test_exports_nothing_else(door: Api, accept: str) -> None:
    assert door.call("GET", "/albums/export", who=BOB, headers={"Accept": accept}).problem(406)


CSV = "rank,title,artist,year,genre\r\n1,T,A,1999,G\r\n0,T,A,1999,G\r\n"


def test_imports_csv(api: Api) -> None:
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    dry = api.call("POST", "/albums/import", who=CURATOR, body=CSV, headers=headers, query={"dry_run": "true"})
    assert (dry.body["dryRun"], dry.body["created"], dry.body["invalid"]) == (True, 1, 1)
    assert ranks(api.call("GET", "/albums", who=ADA)) == []
    real = api.call("POST", "/albums/import", who=CURATOR, body=CSV, headers=headers, query={"dry_run": "false"})
    assert (real.status, real.body["dryRun"], real.body["created"]) == (200, False, 1)
    [album] = api.call("GET", "/albums", who=ADA).body["items"]
    assert (album["rank"], album["addedBy"]) == (1, None)
    assert api.call("POST", "/albums/import", who=CURATOR, body="x", headers=headers).problem(400)
    long = CSV + "1,T,A,1999,G\n" * 2000
    assert api.call("POST", "/albums/import", who=CURATOR, body=long, headers=headers).problem(413)


def test_imports_json(api: Api) -> None:
    rows = [a_body(1), a_body(0), None]
    answer = api.call("POST", "/albums/import", who=CURATOR, json=rows)
    assert [row["status"] for row in answer.body["rows"]] == ["created", "invalid", "invalid"]
    assert api.call("POST", "/albums/import", who=CURATOR, json={}).problem(422)
    assert api.call("POST", "/albums/import", who=CURATOR, json=[None] * 2001).problem(422)
    assert api.call("POST", "/albums/import", who=CURATOR, json=[], query={"dry_run": "yes"}).problem(400)


@pytest.mark.parametrize("who", [ADA, claims("ada", "authors"), claims("ada", "not-curators")])
def test_only_a_curator_imports(door: Api, who: dict[str, Any]) -> None:
    assert door.call("POST", "/albums/import", who=who, json=[a_body(1)]).problem(403)


CALLS = [("GET", "/albums", None), ("POST", "/albums", a_body(1)), ("POST", "/albums/import", [a_body(1)])]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (refusal("ThrottlingException"), 503),
        (refusal("ProvisionedThroughputExceededException"), 503),
        (refusal("Unanswered"), 503),
        (refusal("AccessDeniedException"), 500),
        (refusal("ValidationException"), 500),
        (KeyError("secret"), 500),
        (RecursionError("secret"), 500),
    ],
)
def test_what_fails_on_our_side_tells_nothing(
    door: Api,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    body: Any,
    failure: Exception,
    status: int,
) -> None:  # fmt: skip
    fail(monkeypatch, failure)
    answer = door.call(method, path, who=CURATOR, **({"json": body} if body else {}))
    assert answer.problem(status)
    assert "secret" not in answer.text and type(failure).__name__ not in answer.text
    logged = json.loads(capsys.readouterr().out)
    assert (logged["status"], logged["route"]) == (status, f"{method} {path}")
    assert logged["failure"].startswith(type(failure).__name__) and "secret" not in logged["failure"]


def test_who_only_meets_others_is_told_to_try_again(
    api: Api, own_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Failing(MEETING, ("transact_write_items",), own_tables.database)
    monkeypatch.setitem(aws._clients, "dynamodb", busy)
    assert "try again" in api.call("POST", "/albums", who=ADA, json=a_body(1)).problem(409)["detail"]
    assert "try again" in api.call("POST", "/albums/import", who=CURATOR, json=[a_body(1)]).problem(503)["detail"]
    report = bring_in(catalogue(), [a_body(1), a_body(0), a_body(2)], dry_run=False)
    assert [row["status"] for row in report["rows"]] == ["conflict", "invalid", "conflict"]
    assert "again" in report["rows"][0]["detail"]


def test_a_refusal_can_be_read_by_a_browser(door: Api) -> None:
    answer = door.call("GET", "/albums")
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_log_holds_nothing_of_what_was_sent(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    headers = {"Authorization": "eyJsecret"}
    api.call("POST", "/albums", who=ADA, json=a_body(1, title="Hidden words"), headers=headers)
    api.call("GET", "/albums", who=ADA, query={"q": "hidden"}, headers=headers)
    api.call("PUT", "/me", who=ADA, json={"name": "Hidden words"}, headers=headers)
    api.call("GET", "/people", who=ADA, query={"email": "ada@example.com"}, headers=headers)
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("POST /albums", 201), ("GET /albums", 200), ("PUT /me", 200), ("GET /people", 200),
    ]  # fmt: skip
    assert all(line.keys() == {"requestId", "route", "status", "ms"} for line in lines)
    assert not any(secret in out.lower() for secret in ("hidden", "example.com", "eyjsecret"))
