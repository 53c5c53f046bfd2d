"""Whatever is sent: the right status with problem details, never a failure on our side."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import app
from chalicelib.core.openapi import document
from chalicelib.core.routes import operations
from tests.core.test_cloud_who_may import END_IT_ALL
from tests.support.cloud import PROBLEM, added, an_album, outputs, pointers, problem, root
from tests.support.stage import RunningStage, User, until

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def album(bruno: User) -> Iterator[dict[str, Any]]:
    """Requests try to damage it, and it must stay unchanged."""
    album = added(bruno)
    yield album
    assert bruno.get(f"/albums/{album['id']}").json() == album
    assert bruno.delete(f"/albums/{album['id']}", album["version"]).status_code == 204


@pytest.fixture(params=["POST /albums", "PUT /albums/{id}", "PUT /me", "POST /albums/import", "POST /conversations"])
def send(
    request: pytest.FixtureRequest, bruno: User, curator: User, album: dict[str, Any]
) -> Callable[..., requests.Response]:
    """Each of the routes that take a body."""
    method, _, path = request.param.partition(" ")
    path = path.replace("{id}", album["id"])
    user = curator if path == "/albums/import" else bruno

    def send(body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
        return user.call(method, path, data=body, headers={"If-Match": '"1"', **JSON, **(headers or {})})

    return send


# Bodies that are not JSON, too large, or not what they claim to be


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"no json",
        b"{",
        b'{"rank": 1,}',
        b"{'rank': 1}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b"[-Infinity]",
        b'{"name": "\\ud800"}',
        b'["\\udfff"]',
        b'{"name": "tab\there"}',
        b"[" * 30_000 + b"]" * 30_000,
        b'{"name":' * 8_000,
        b"9" * 5_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_not_json(send: Callable[..., requests.Response], body: bytes) -> None:
    problem(send(body), 400)


def test_bytes_that_are_no_text(somebody: User) -> None:
    """Nothing is stored with replacement characters."""
    before = somebody.get("/me").json()
    answer = somebody.call("PUT", "/me", data=b'{"name": "Andr\xe9"}', headers=JSON)
    assert somebody.get("/me").json() == before
    assert answer.status_code in (400, 422)
    body = json.dumps(an_album(title="?")).encode().replace(b"?", b"\xff\xfe")
    assert somebody.call("POST", "/albums", data=body, headers=JSON).status_code in (400, 422)


@pytest.mark.parametrize("body", [b"null", b"true", b"7", b'"text"', b"[[]]", b"1e400"])
def test_json_that_is_no_body(send: Callable[..., requests.Response], body: bytes) -> None:
    answer = send(body)
    if answer.status_code == 200:
        assert answer.json()["invalid"] == 1, "a list of what is no album can be imported, and says so in its row"
    else:
        assert pointers(answer) == [""]


def test_too_large(send: Callable[..., requests.Response], request: pytest.FixtureRequest) -> None:
    largest = 5_000_000 if "import" in request.node.name else 64 * 1024
    problem(send(b'"' + b"x" * (largest - 1) + b'"'), 413)
    assert send(b'"' + b"x" * (largest - 2) + b'"').status_code == 422, "a byte less is read"


def test_larger_than_the_gateway_takes(send: Callable[..., requests.Response]) -> None:
    problem(send(b"[" + b" " * (10 * 1024 * 1024) + b"]"), 413)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/jsonp",
        "text/plain, application/json",
        "text/plain; application/json",
        "*/*",
        ";",
        "/",
        "json",
    ],
)
def test_other_media_types(send: Callable[..., requests.Response], kind: str) -> None:
    problem(send(json.dumps(an_album()).encode(), {"Content-Type": kind}), 415)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;"])
def test_the_right_media_type_is_read_generously(bruno: User, kind: str) -> None:
    answer = bruno.call("POST", "/albums", data=b"{}", headers={"Content-Type": kind})
    assert len(pointers(answer)) == 5


# Fields


@pytest.mark.parametrize("field", ["rank", "year"])
@pytest.mark.parametrize(
    "value", [None, "1", "", True, 1.5, [], {}, 0, -1, 10**7, 10**30, 1e308, -(10**30), 2**63, "NaN"], ids=repr
)
def test_numbers_that_are_none(bruno: User, field: str, value: Any) -> None:
    assert set(pointers(bruno.post("/albums", an_album(**{field: value})))) == {f"/{field}"}


@pytest.mark.parametrize("field", ["title", "artist", "genre"])
@pytest.mark.parametrize(
    "value",
    [None, 1, True, [], {}, "", " ", "\t", "x" * 201, "NUL \0 inside", "two\nlines", "\x7f", "\x1b[31m", " ", "　"],
    ids=ascii,
)
def test_text_that_is_none(bruno: User, field: str, value: Any) -> None:
    assert set(pointers(bruno.post("/albums", an_album(**{field: value})))) == {f"/{field}"}


@pytest.mark.parametrize("text", ["山田", "🎵" * 200, "a", "' OR 1=1 --", "<script>alert(1)</script>", "e\u0301"])
def test_text_that_is_text(bruno: User, text: str) -> None:
    album = added(bruno, artist=text)
    assert bruno.get(f"/albums/{album['id']}").json()["artist"] == text
    assert bruno.delete(f"/albums/{album['id']}", 1).status_code == 204


def test_each_wrong_field_is_named(bruno: User, album: dict[str, Any]) -> None:
    body = {"rank": 0, "title": "", "genre": 7, "a/b~c": 1, "__proto__": {}}
    wanted = {"/__proto__", "/a~1b~0c", "/artist", "/genre", "/rank", "/title", "/year"}
    assert set(pointers(bruno.post("/albums", body))) == wanted
    assert set(pointers(bruno.put(f"/albums/{album['id']}", body, 1))) == wanted
    details = {error["detail"] for error in bruno.post("/albums", {}).json()["errors"]}
    assert details == {"is required"}


def test_many_unknown_fields(bruno: User) -> None:
    refused = bruno.post("/albums", {f"field{n}" + "x" * 50: n for n in range(900)})
    assert len(pointers(refused)) >= 5


# Queries


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.0", "1e1", "abc", "", " 5", "٥", "9" * 40, "null", "%00"])
def test_bad_limits(bruno: User, limit: str) -> None:
    refused = problem(bruno.call("GET", f"/albums?limit={limit}"), 400)
    assert [error["pointer"] for error in refused["errors"]] == ["/limit"]


def _cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


OF = ["by-rank", "all"]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "====",
        "%00",
        "%ff%fe",
        "山",
        "a" * 1001,
        "a" * 1000,
        _cursor(None),
        _cursor([]),
        _cursor({"0": OF}),
        _cursor([OF, []]),
        _cursor([OF, [1]]),
        _cursor([OF, ["1", "x"]]),
        _cursor([OF, [True, "x"]]),
        _cursor([OF, [1.5, "x"]]),
        _cursor([OF, [10**40, "x"]]),
        _cursor([OF, [1, ""]]),
        _cursor([OF, [1, "é"]]),
        _cursor([OF, [1, "x" * 500]]),
        _cursor([["by-year", 1999], [1, "x"]]),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
    ],
    ids=lambda after: after[:24],
)
def test_bad_cursors(bruno: User, after: str) -> None:
    refused = problem(bruno.call("GET", f"/albums?after={after}"), 400)
    assert [error["pointer"] for error in refused["errors"]] == ["/after"]


@pytest.mark.parametrize("position", [[1, "x"], [0, "0"], [-5, "rank#1"], [10**9, "zzz"], [2**52, " "]])
def test_cursors_that_somebody_made(bruno: User, position: list[Any]) -> None:
    answer = bruno.get("/albums", params={"after": _cursor([OF, position]), "limit": 1})
    assert answer.status_code == 200 or problem(answer, 400)


@pytest.mark.parametrize(
    "query", ["year=abc", "year=-1", "year=10000", "year=", "q=" + "x" * 201, "genre=" + "x" * 201, "year=1.5"]
)
def test_bad_searches(bruno: User, query: str) -> None:
    refused = problem(bruno.call("GET", f"/albums?{query}"), 400)
    assert refused["errors"][0]["pointer"] == "/" + query.partition("=")[0]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ED%A0%80",
        "q=%ff",
        "q=%",
        "q=" + "!" * 200,
        "q=" + "a%20" * 60,
        "q=%22%27%3B--",
        "genre=%00",
        "genre=" + "%F0%9F%8E%B5" * 200,
        "genre=all",
        "unknown=1",
        "limit[]=1",
        "&&&==&",
        "q=" + "%EF%B7%BA" * 200,
    ],
    ids=lambda query: query[:16],
)
def test_strange_searches_find_something_or_nothing(bruno: User, query: str) -> None:
    answer = bruno.call("GET", f"/albums?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"items", "next"}


@pytest.mark.parametrize("query", ["limit=1&limit=2", "limit=1&limit=abc", "q=the&q=of", "after=x&after=y"])
def test_a_parameter_given_twice(bruno: User, query: str) -> None:
    answer = bruno.call("GET", f"/albums?{query}")
    assert answer.status_code == 200 or problem(answer, 400)


@pytest.mark.parametrize("email", ["%00", "x" * 321, "", "%20", "%ff", "@@", "%F0%9F%8E%B5" * 320])
def test_strange_addresses(bruno: User, email: str) -> None:
    answer = bruno.call("GET", f"/people?email={email}")
    assert answer.status_code in (400, 404)
    problem(answer, answer.status_code)


@pytest.mark.parametrize("value", ["yes", "1", "", "TRUE", "null"])
def test_a_dry_run_is_true_or_false(curator: User, value: str) -> None:
    refused = problem(curator.call("POST", f"/albums/import?dry_run={value}", json=[an_album()]), 400)
    assert [error["pointer"] for error in refused["errors"]] == ["/dry_run"]


# Paths and methods

STRANGE_IDS = [
    "0",
    "%00",
    "%20",
    "%ff%fe",
    "%ED%A0%80",
    "%E5%B1%B1",
    "%F0%9F%8E%B5",
    "rank%231",
    "a%2Fb",
    "..%2F..%2Fme",
    "%3Fq%3D1",
    "{id}",
    "null",
    "%25",
    "a" * 2049,
    "%E5%B1%B1" * 700,
    "a" * 6000,
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
]


@pytest.mark.parametrize("id", STRANGE_IDS, ids=lambda id: id[:16])
def test_ids_that_nothing_has(bruno: User, id: str) -> None:
    problem(bruno.call("GET", f"/albums/{id}"), 404)
    problem(bruno.put(f"/albums/{id}", an_album(), 1), 404)
    problem(bruno.delete(f"/albums/{id}", 1), 404)


@pytest.mark.parametrize("path", ["/nope", "/albums/a/b", "/albums/export/x", "/me/x", "/Albums", "/.env"])
def test_unknown_paths(bruno: User, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        problem(bruno.call(method, path), 404)


def test_other_methods(stage: RunningStage, bruno: User) -> None:
    """405 with Allow, on each path, with and without a token."""
    for path, methods in app.app.routes.items():
        concrete = path.replace("{id}", "x")
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods.keys():
            for answer in (bruno.call(method, concrete), stage.call(method, concrete)):
                problem(answer, 405)
                allowed = set(answer.headers["Allow"].replace(" ", "").split(","))
                assert allowed == {*methods, "OPTIONS"}, (path, method)


def test_a_browser_asks_first(stage: RunningStage) -> None:
    """A preflight, without a token, allows every method and header that a page may need."""
    for path, methods in app.app.routes.items():
        answer = stage.call(
            "OPTIONS",
            path.replace("{id}", "x"),
            headers={
                "Origin": "http://localhost:1",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization,content-type,if-match",
            },
        )
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert methods.keys() <= set(answer.headers["Access-Control-Allow-Methods"].split(","))
        headers = set(answer.headers["Access-Control-Allow-Headers"].lower().split(","))
        assert {"authorization", "content-type", "if-match", "accept"} <= headers
        assert answer.headers["Access-Control-Max-Age"] == "600"


# Headers


@pytest.mark.parametrize("tag", ["", "3", "*", '"1', '1"', '"1", "2"', "'1'", '"1" x', '""1""', "W/1"])
def test_if_match_that_is_no_etag(bruno: User, album: dict[str, Any], tag: str) -> None:
    path = f"/albums/{album['id']}"
    for method, body in (("PUT", an_album()), ("DELETE", None)):
        answer = bruno.call(method, path, json=body, headers={"If-Match": tag})
        problem(answer, 400 if tag or answer.status_code != 428 else 428)


@pytest.mark.parametrize("tag", ['"0"', '"2"', '"-1"', '"abc"', '""', '"1.0"', '"²"', f'"{"9" * 30}"'])
def test_an_etag_that_is_another(bruno: User, album: dict[str, Any], tag: str) -> None:
    path = f"/albums/{album['id']}"
    problem(bruno.call("PUT", path, json=an_album(), headers={"If-Match": tag}), 412)
    problem(bruno.call("DELETE", path, headers={"If-Match": tag}), 412)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept", b";;;,,,"),
        ("Accept", b"\xff\xfe"),
        ("Accept", b"text/csv;q=abc"),
        ("Accept", b"x" * 4000),
        ("Content-Type", b"\xff"),
        ("Content-Type", b"application/json; charset=no-such"),
        ("If-Match", b"\xff"),
        ("If-Match", b'"' + b"1" * 4000 + b'"'),
        ("Authorization", b"\xff\xfe"),
        ("Authorization", b"Bearer " + b"x" * 6000),
        ("Authorization", b"Bearer a b c"),
        ("X-Forwarded-For", b"not an address"),
        ("Origin", b"null"),
        ("Cookie", b"=;=;="),
        ("Accept-Encoding", b"gzip;q=x, br, *"),
        ("Expect", b"nonsense"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_headers_that_are_garbage(bruno: User, album: dict[str, Any], name: str, value: bytes) -> None:
    for method, path in (("GET", "/albums/export"), ("GET", "/me"), ("POST", "/albums"), ("DELETE", "/albums/none")):
        headers = {"Authorization": bruno.token.encode(), "If-Match": b'"1"', "Content-Type": b"application/json"}
        all_of_them = {**headers, name: value}
        status, kind, body = raw(bruno.stage, method, path, all_of_them, b"{}" if method == "POST" else b"")
        assert status < 500, (method, path, status, body[:200])
        assert status < 400 or kind.partition(";")[0] == PROBLEM, (method, path, status, kind)


def test_a_header_given_twice(bruno: User, album: dict[str, Any]) -> None:
    both = [("Authorization", bruno.token), ("If-Match", '"1"'), ("If-Match", '"2"')]
    where = urlsplit(bruno.stage.config["api"] + f"/albums/{album['id']}")
    connection = http.client.HTTPConnection(where.netloc, timeout=20)
    connection.putrequest("DELETE", where.path)
    for name, value in both:
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status in (400, 412)
    connection.close()


def raw(stage: RunningStage, method: str, path: str, headers: dict[str, bytes], body: bytes) -> tuple[int, str, bytes]:
    """As sent by a client that checks nothing."""
    where = urlsplit(stage.config["api"] + path)
    connection = http.client.HTTPConnection(where.netloc, timeout=20)
    try:
        connection.putrequest(method, where.path)
        for name, value in {**headers, "Content-Length": str(len(body)).encode()}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "", answer.read()
    finally:
        connection.close()


# Everything that the API's own document allows, and much that it doesn't

DOCUMENT = json.loads(json.dumps(document(operations)))
API = schemathesis.openapi.from_dict(DOCUMENT)
CHECKED = [(one.path, one.method) for one in operations if one.name not in END_IT_ALL]
CHECKS: list[Any] = [status_code_conformance, content_type_conformance, response_schema_conformance]
BOUNDED = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_deployed_document_is_this_ones(stage: RunningStage) -> None:
    assert stage.call("GET", "/openapi.json").json() == DOCUMENT


@pytest.fixture(scope="module")
def visitor(stage: RunningStage, curator: User) -> Iterator[User]:
    """A curator whose name may be changed; any albums they leave are removed."""
    visitor = stage.sign_up()
    pool = stage.config["userPoolId"]
    root(stage, "cognito-idp").admin_add_user_to_group(UserPoolId=pool, Username=visitor.email, GroupName="curators")
    before = {json.dumps(album) for album in curator.get("/albums/export").json()}
    yield stage.sign_in(visitor.email, visitor.password)
    mine = {":person": {"S": visitor.id}}
    assert visitor.delete("/me").status_code == 204
    until(
        lambda: (
            not root(stage, "dynamodb").query(
                TableName=outputs(stage)["AlbumsTable"],
                IndexName="by-person",
                KeyConditionExpression="addedBy = :person",
                ExpressionAttributeValues=mine,
            )["Items"]
        )
    )
    left = [json.loads(one) for one in {json.dumps(each) for each in curator.get("/albums/export").json()} - before]
    for one in left:
        found = curator.get("/albums", params={"year": one["year"], "limit": 100}).json()["items"]
        for each in found:
            if each["rank"] == one["rank"]:
                assert curator.delete(f"/albums/{each['id']}", each["version"]).status_code == 204


@pytest.mark.parametrize(("path", "method"), CHECKED, ids=lambda value: str(value))
def test_every_answer_is_as_the_description_says(visitor: User, path: str, method: str) -> None:
    @BOUNDED
    @given(case=API[path][method].as_strategy())
    def check(case: Case[Any]) -> None:
        answer = case.call(base_url=visitor.stage.config["api"], headers={"Authorization": visitor.token}, timeout=20)
        assert answer.status_code not in (500, 502), (case.as_curl_command(), answer.text)
        case.validate_response(answer, checks=CHECKS)

    check()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_every_answer_about_an_album_is_too(visitor: User, method: str) -> None:
    """With the id and version of an existing one."""
    operation = API["/albums/{id}"][method]

    @BOUNDED
    @given(case=operation.as_strategy())
    def check(case: Case[Any]) -> None:
        album = added(visitor)
        case.path_parameters = {"id": album["id"]}
        headers = {"Authorization": visitor.token, "If-Match": '"1"'}
        answer = case.call(base_url=visitor.stage.config["api"], headers=headers, timeout=20)
        assert answer.status_code not in (404, 412, 428, 500, 502), (case.as_curl_command(), answer.text)
        case.validate_response(answer, checks=CHECKS)

    check()


CONVERSATION = [(one.path, one.method) for one in operations if one.path.startswith("/conversations/{id}")]


@pytest.mark.parametrize(("path", "method"), CONVERSATION, ids=lambda value: str(value))
def test_every_answer_about_a_conversation_is_too(visitor: User, path: str, method: str) -> None:
    """With the id of an existing one, and of a message in it."""
    id = visitor.post("/conversations", {"members": [visitor.id]}).json()["id"]
    said = visitor.post(f"/conversations/{id}/messages", {"text": "Hello", "clientId": "c1"}).json()["id"]

    @BOUNDED
    @given(case=API[path][method].as_strategy())
    def check(case: Case[Any]) -> None:
        case.path_parameters = {"id": id, **({"message_id": said} if "message_id" in path else {})}
        answer = case.call(base_url=visitor.stage.config["api"], headers={"Authorization": visitor.token}, timeout=20)
        assert answer.status_code not in (500, 502), (case.as_curl_command(), answer.text)
        case.validate_response(answer, checks=CHECKS)

    check()


ARTICLE = [
    (one.path, one.method)
    for one in operations
    if one.path.startswith(("/blog/articles", "/blog/drafts", "/blog/preview")) and one.name != "removeArticle"
]


@pytest.mark.parametrize(("path", "method"), ARTICLE, ids=lambda value: str(value))
def test_every_answer_to_an_author_is_too(curator: User, path: str, method: str) -> None:
    """About an existing article; what is written stays a draft, and is deleted."""
    body = {"title": "Hello", "body": "Hello", "status": "published", "publishAt": "2026-01-01T00:00:00Z"}
    slug = curator.post("/blog/articles", body).json()["slug"]
    made = [slug]

    @BOUNDED
    @given(case=API[path][method].as_strategy())
    def check(case: Case[Any]) -> None:
        case.path_parameters = {**(case.path_parameters or {}), **({"slug": slug} if "{slug}" in path else {})}
        if isinstance(case.body, dict) and case.body.get("status") == "published":
            case.body["status"] = "draft"
        version = curator.get(f"/blog/drafts/{slug}").headers["ETag"]
        headers = {"Authorization": curator.token, "If-Match": version}
        answer = case.call(base_url=curator.stage.config["api"], headers=headers, timeout=20)
        assert answer.status_code not in (403, 412, 500, 502), (case.as_curl_command(), answer.text)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == 201 and path == "/blog/articles":
            made.append(answer.json()["slug"])

    try:
        check()
    finally:
        for one in made:
            curator.delete(f"/blog/articles/{one}")
