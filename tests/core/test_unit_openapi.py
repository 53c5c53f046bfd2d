"""The OpenAPI document: valid, complete and true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

import app
from chalicelib.core import schemas
from chalicelib.core.openapi import document, given, statuses
from chalicelib.core.routes import Operation, operations
from chalicelib.core.who import ANYONE
from chalicelib.live import actions

CHALICELIB = Path(schemas.__file__).parent.parent
SCHEMA_FILES = sorted(CHALICELIB.glob("*/schemas/*.json"))
DOCUMENT = document(operations)
OPERATIONS = [(path, method, each) for path, item in DOCUMENT["paths"].items() for method, each in item.items()]


def named(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}"


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if "$ref" in node else set()
    return own.union(*map(references, node.values()))


def test_is_valid_and_json() -> None:
    validate(json.loads(json.dumps(DOCUMENT)))
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_route_has_an_operation_and_every_operation_a_route() -> None:
    routes = {(path, method) for path, methods in app.app.routes.items() for method in methods}
    assert routes == {(path, method.upper()) for path, method, _ in OPERATIONS}
    assert {(each.path, each.method) for each in operations} == routes
    assert len(operations) == len(routes)


def test_the_gateway_asks_who_it_is_where_the_document_says_so() -> None:
    routes = [(path, method, entry) for path, item in app.app.routes.items() for method, entry in item.items()]
    closed = {(path, method) for path, method, entry in routes if entry.authorizer}
    asking = [(path, way.upper()) for path, way, told in OPERATIONS if {} not in told.get("security", [{}])]
    assert set(asking) == closed
    assert {(each.path, each.method) for each in operations if each.who.is_open} == {
        ("/health", "GET"),
        ("/openapi.json", "GET"),
        ("/posts", "GET"),
        ("/search", "GET"),
        ("/speech/voices", "GET"),
        ("/blog/articles", "GET"),
        ("/blog/articles/{slug}", "GET"),
        ("/blog/articles/{slug}/comments", "GET"),
        ("/blog/articles/{slug}/audio", "GET"),
        ("/blog/feed", "GET"),
        ("/blog/sitemap.xml", "GET"),
        ("/blog/read/{slug}", "GET"),
        ("/blog/photos/{id}", "GET"),
        ("/blog/subscribers", "POST"),
        ("/blog/subscribers/confirm", "POST"),
        ("/blog/subscribers/unsubscribe", "POST"),
    }


def test_every_route_that_is_open_to_anyone_says_how_much_of_it_is_let_through() -> None:
    for operation in operations:
        says = DOCUMENT["paths"][operation.path][operation.method.lower()]["description"]
        assert (operation.rate.says in says) == operation.who.is_open
    open_to_write = [each.rate for each in operations if each.who.is_open and each.method != "GET"]
    open_to_read = [each.rate for each in operations if each.who.is_open and each.method == "GET"]
    assert max(open_to_write) < min(open_to_read) < min(each.rate for each in operations if not each.who.is_open)


def test_names_are_the_ones_that_clients_use() -> None:
    used = {
        "getHealth", "getOpenapi", "getMe", "changeMe", "eraseMe", "findPerson", "listAlbums", "addAlbum",
        "getAlbum", "changeAlbum", "removeAlbum", "exportAlbums", "importAlbums", "createTicket", "listPosts",
        "removePost", "listConversations", "startConversation", "getConversation", "renameConversation",
        "leaveConversation", "addMember", "listMessages", "sendMessage", "editMessage", "deleteMessage", "markRead",
        "listTodos", "addTodo", "clearTodos", "getTodo", "changeTodo", "removeTodo", "getFolder",
        "listVoices", "addSpeech", "getSpeechAllowance", "listSpeech", "getSpeech", "removeSpeech", "retrySpeech",
        "listArticles", "getArticle", "addArticle", "changeArticle", "removeArticle", "listDrafts", "getDraft",
        "previewArticle", "listComments", "addComment", "removeComment", "getFeed", "getSitemap", "readArticle",
        "addPhoto", "getPhoto", "describePhoto", "retryPhoto", "removePhoto",
        "subscribe", "confirmSubscription", "unsubscribe", "getToday", "hearSpeech", "getArticleAudio", "recordArticle",
    }  # fmt: skip
    assert used <= {described["operationId"] for _, _, described in OPERATIONS}


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=named)
def test_every_schema_is_one(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    if "writeOnly" not in path.read_text("utf-8"):
        assert schemas.read(named(path)) == schema
    assert "$ref" not in json.dumps(schemas.whole(named(path)))


def test_every_schema_is_used_and_every_used_one_is_there() -> None:
    used: set[str] = set()
    waiting = ["core/problem", *(each.takes for each in actions._actions.values())]
    waiting += [name for each in operations for name in (each.takes, *each.gives.values()) if name]
    while waiting:
        name = waiting.pop()
        if name in used:
            continue
        used.add(name)
        folder = CHALICELIB / name.partition("/")[0] / "schemas"
        files = [(folder / reference.partition("#")[0]).resolve() for reference in references(schemas.read(name))]
        waiting += map(named, files)
    assert {named(path) for path in SCHEMA_FILES} <= used  # reading one that is not there would have failed


def test_no_two_schemas_share_a_name() -> None:
    components = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(DOCUMENT) <= components
    stems = [path.stem for path in SCHEMA_FILES]
    assert len(stems) == len(set(stems))


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
def test_every_operation_names_what_it_can_answer(operation: Operation) -> None:
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    answers = {int(status) for status in described["responses"]}
    assert answers == {*given(operation), *statuses(operation)}
    assert (304 in answers) == bool(operation.caching)
    assert not set(given(operation)) & set(statuses(operation))
    assert {429, 500, 502, 503, 504} <= answers
    assert (401 in answers) == (operation.who is not ANYONE)
    assert (404 in answers) >= ("{" in operation.path)
    assert {413, 415, 422} <= answers if operation.takes else "requestBody" not in described
    assert (412 in answers) == bool(operation.if_match)
    assert (428 in answers) == (operation.if_match == "required")
    for status in statuses(operation):
        assert list(described["responses"][str(status)]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
def test_every_operation_names_its_parameters(operation: Operation) -> None:
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    found = {(each["in"], each["name"]) for each in described.get("parameters", [])}
    expected = {("path", name) for name in re.findall(r"{(\w+)}", operation.path)}
    expected |= {("query", each.name) for each in operation.query}
    expected |= {("header", "If-Match")} if operation.if_match else set()
    assert found == expected | ({("header", "If-None-Match")} if operation.caching else set())
    assert described["summary"].endswith(".") and described["description"]
