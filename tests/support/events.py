"""API Gateway's proxy events, and the application's answers, each checked against the route's promises."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import jsonschema_rs

import app
from chalicelib.core import schemas
from chalicelib.core.items import typed
from chalicelib.core.openapi import given, statuses
from chalicelib.core.routes import Operation, operations

PROBLEM = "application/problem+json"
CONTEXT = SimpleNamespace(aws_request_id="request-1", function_name="api_handler", memory_limit_in_mb="512")


def claims(id: str = "ada", groups: str | None = None, **changes: Any) -> dict[str, Any]:
    """As the Cognito authorizer passes on an ID token: all text."""
    groups_claim = {"cognito:groups": groups} if groups else {}
    return {
        "sub": id,
        "email": f"{id}@example.com",
        "email_verified": "true",
        "name": id.title(),
        "token_use": "id",
        "aud": "client",
        "iss": "https://cognito-idp.eu-central-1.amazonaws.com/pool",
        "cognito:username": id,
        "exp": "Fri Nov 20 23:04:21 UTC 2026",
        **groups_claim,
        **changes,
    }


ADA, BOB, CURATOR = claims("ada"), claims("bob"), claims("cleo", "curators")


def event(
    method: str,
    path: str,
    *,
    who: dict[str, Any] | None = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: str | None = None,
    asked_path: str | None = None,
) -> dict[str, Any]:
    resource, parameters = _matched(path)
    signed_in = {"Authorization": "Bearer token"} if who else {}
    headers = {"Host": "api.example.com", "X-Forwarded-Proto": "https", **signed_in, **(headers or {})}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": asked_path or f"/api{path}",
            "requestId": "request-1",
            "stage": "api",
            "identity": {"sourceIp": "203.0.113.9", "userAgent": "test"},
            **({"authorizer": {"claims": who}} if who else {}),
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _matched(path: str) -> tuple[str, dict[str, str]]:
    """As the gateway does: a fixed path before one with a parameter."""
    for resource in sorted(app.app.routes, key=lambda resource: "{" in resource):
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", re.escape(resource).replace(r"\{", "{").replace(r"\}", "}"))
        if match := re.fullmatch(pattern, path):
            return resource, match.groupdict()
    raise LookupError(path)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    body: Any = field(compare=False)

    def problem(self, status: int) -> dict[str, Any]:
        """The body, checked to be the expected refusal."""
        assert self.status == status, self.text
        found: dict[str, Any] = self.body
        return found

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.body["errors"]]


class Api:
    """Checks every answer: the route must name its status, and the body must match the schema."""

    def call(self, method: str, path: str, **given: Any) -> Answer:
        if "json" in given:
            given["body"] = json.dumps(given.pop("json"))
            given["headers"] = {"Content-Type": "application/json", **given.get("headers", {})}
        if "version" in given:
            given["headers"] = {**given.get("headers", {}), "If-Match": f'"{given.pop("version")}"'}
        asked = event(method, path, **given)
        answer = _read(app.app(asked, CONTEXT))
        _hold_to_promise(method, asked, answer)
        return answer


def _read(raw: dict[str, Any]) -> Answer:
    json.dumps(raw)  # what Lambda returns must be JSON
    headers = {name.lower(): value for name, value in raw["headers"].items()}
    is_json = headers.get("content-type", "").partition(";")[0] in ("application/json", PROBLEM)
    return Answer(raw["statusCode"], headers, raw["body"], json.loads(raw["body"]) if is_json else raw["body"])


def _hold_to_promise(method: str, asked: dict[str, Any], answer: Answer) -> None:
    assert answer.headers["access-control-allow-origin"] == "*"
    if answer.status >= 400:
        assert answer.headers["content-type"] == PROBLEM
        _validator("core/problem").validate(answer.body)
        assert answer.body["status"] == answer.status
    operation = _operation(method, asked["resource"])
    if operation is None:
        assert answer.status == 405
        return
    assert answer.status in {*given(operation), *statuses(operation)}, f"{operation.name} does not name {answer.status}"
    schema = operation.gives.get(answer.status)
    if schema and answer.headers["content-type"].startswith("application/json"):
        _validator(schema).validate(answer.body)
    is_tagged = operation.versioned or operation.caching is not None
    assert ("etag" in answer.headers) == (is_tagged and answer.status in given(operation))
    if answer.status in given(operation):
        named = {parameter.name for parameter in operation.query}
        path = asked["requestContext"]["path"]
        is_plain = named.issuperset(asked["queryStringParameters"] or ()) and re.fullmatch(r"(/[\w.-]+)+", path)
        expected = operation.caching if is_plain else operation.caching and "no-store"
        assert answer.headers.get("cache-control") == expected


def _operation(method: str, resource: str) -> Operation | None:
    return next((each for each in operations if (each.method, each.path) == (method, resource)), None)


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schemas.whole(schema))


def a_record(number: int, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None) -> Any:
    """A stream record of one row."""
    images = {"OldImage": before, "NewImage": after}
    told = {image: typed(row) for image, row in images.items() if row}
    kind = "REMOVE" if not after else "MODIFY" if before else "INSERT"
    keys = {"id": {"S": (after or before or {}).get("id", "x")}}
    return {"eventName": kind, "dynamodb": {"SequenceNumber": f"{number}", "Keys": keys, **told}}


class Batch:
    """Stream records, as Chalice hands them to a function."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = list(records)

    def to_dict(self) -> dict[str, Any]:
        return {"Records": self.records}
