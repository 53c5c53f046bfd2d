"""The OpenAPI 3.1 document of all registered routes, with every status each can answer."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from chalicelib.core import schemas, settings
from chalicelib.core.routes import Operation
from chalicelib.core.who import ANYONE

Document = dict[str, Any]
_PROBLEM = "core/problem"


def document(operations: list[Operation]) -> Document:
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Commonplace",
            "version": settings.VERSION,
            "description": "One place for albums and everything else worth keeping.",
        },
        "paths": paths,
        "components": {
            "schemas": _components(operations),
            "securitySchemes": {
                "people": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Cognito ID token"}
            },
        },
    }


def statuses(operation: Operation) -> list[int]:
    """The error statuses that a route can answer."""
    found = {415, 429, 500, 502, 503, 504, *operation.fails}
    if operation.who is not ANYONE:
        found |= {401}
    if operation.who.forbids:
        found |= {403}
    if "{" in operation.path:
        found |= {404}
    if operation.query or operation.takes or operation.if_match:
        found |= {400}
    if operation.takes:
        found |= {413, 422}
    if operation.if_match:
        found |= {412}
    if operation.if_match == "required":
        found |= {428}
    return sorted(found)


def given(operation: Operation) -> dict[int, str | None]:
    """The success statuses: a schema, or none, for each."""
    return {**operation.gives, 304: None} if operation.caching else operation.gives


def _described(operation: Operation) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": operation.says,
        "description": _who_and_how_often(operation),
        "responses": {
            **{str(status): _given(operation, status, schema) for status, schema in given(operation).items()},
            **{str(status): _failed(status) for status in statuses(operation)},
        },
    }
    if operation.who is not ANYONE:
        described["security"] = [*([{}] if operation.who.is_open else []), {"people": []}]
    if parameters := [*_path_parameters(operation), *_query_parameters(operation), *_conditions(operation)]:
        described["parameters"] = parameters
    if operation.takes:
        described["requestBody"] = {"required": True, "content": _content(operation.takes_media, operation.takes)}
    return described


def _who_and_how_often(operation: Operation) -> str:
    if operation.who is ANYONE:
        return f"For anyone. {operation.rate.says} Beyond that, 429."
    who = f"For {operation.who.says}.{f' {operation.rate.says}' if operation.who.is_open else ''}"
    return f"{who} {operation.bound.says} Beyond that, 429 until the time it gives." if operation.bound else who


def _given(operation: Operation, status: int, schema: str | None) -> Document:
    described: Document = {"description": HTTPStatus(status).phrase}
    if operation.versioned or operation.caching:
        says = "The version." if operation.versioned else "For If-None-Match in the next request."
        described["headers"] = {"ETag": {"description": says, "schema": {"type": "string"}}}
    if schema:
        described["content"] = _content(operation.gives_media, schema)
    return described


def _failed(status: int) -> Document:
    content = {"application/problem+json": {"schema": _reference(_PROBLEM)}}
    described: Document = {"description": HTTPStatus(status).phrase, "content": content}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        described["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return described


def _content(media: tuple[str, ...], schema: str) -> Document:
    return {
        kind: {"schema": _reference(schema) if kind == "application/json" else {"type": "string"}} for kind in media
    }


def _path_parameters(operation: Operation) -> list[Document]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(operation: Operation) -> list[Document]:
    return [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.says,
            "schema": parameter.schema,
        }
        for parameter in operation.query
    ]


def _conditions(operation: Operation) -> list[Document]:
    required = operation.if_match == "required"
    says = "The ETag of the version you have seen" + ("; without it, the answer is 428." if required else ".")
    if_match = {"name": "If-Match", "in": "header", "required": required, "description": says}
    says = "ETags you have: if one still matches, the answer is 304 without a body."
    if_none_match = {"name": "If-None-Match", "in": "header", "required": False, "description": says}
    found = [if_match] * bool(operation.if_match) + [if_none_match] * bool(operation.caching)
    return [{**one, "schema": {"type": "string"}} for one in found]


def _components(operations: list[Operation]) -> dict[str, Any]:
    """All schemas in use, including those they refer to."""
    found: dict[str, Any] = {}
    waiting = [_PROBLEM]
    for operation in operations:
        waiting += [name for name in (operation.takes, *operation.gives.values()) if name]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue

        def refer(other: str) -> Document:
            waiting.append(other)
            return _reference(other)

        found[name] = schemas.resolve(schemas.read(name), name, refer)
    return {_component(name): schema for name, schema in sorted(found.items())}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{_component(name)}"}


def _component(name: str) -> str:
    return "".join(word.title() for word in name.partition("/")[2].split("-"))
