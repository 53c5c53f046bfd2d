"""The REST API as API Gateway imports it: our own document, Chalice's integrations, the gateway's own refusals.

AWS reads OpenAPI 3.0 with models in JSON Schema draft 4, and not all of either. Nothing is checked against the models:
they tell people and their tools what the functions check.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from chalice.app import Chalice
from chalice.deploy.swagger import SwaggerGenerator

from chalicelib.core import openapi
from chalicelib.core.routes import Operation

Document = dict[str, Any]

EXTENSION = "x-amazon-apigateway-"
_INTEGRATION = f"{EXTENSION}integration"
_SCHEMAS = "#/components/schemas/"
# Whatever isn't JSON.
_TEXT = "PlainText"
# AWS has no such thing in models, or doesn't read it.
_NOT_IN_MODELS = ("additionalProperties", "examples", "readOnly", "writeOnly")
_PROBLEM = "application/problem+json"

_OURS = "Something went wrong on our side; it was not your request."
_NOT_THERE = "There is nothing at this address."
_NOT_ALLOWED = "This is not allowed."
# The gateway's own refusals: status and text.
_REFUSALS = {
    "ACCESS_DENIED": (403, _NOT_ALLOWED),
    "API_CONFIGURATION_ERROR": (500, _OURS),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, _OURS),
    "AUTHORIZER_FAILURE": (500, _OURS),
    "BAD_REQUEST_BODY": (400, "The body is not JSON."),
    "BAD_REQUEST_PARAMETERS": (400, "A parameter is missing or invalid."),
    "DEFAULT_4XX": (400, "The request is invalid."),
    "DEFAULT_5XX": (502, _OURS),
    "EXPIRED_TOKEN": (401, "The token has expired: refresh it."),
    "INTEGRATION_FAILURE": (504, "It could not be reached: try again."),
    "INTEGRATION_TIMEOUT": (504, "It took too long: try again."),
    "INVALID_API_KEY": (403, _NOT_ALLOWED),
    "INVALID_SIGNATURE": (403, _NOT_ALLOWED),
    "MISSING_AUTHENTICATION_TOKEN": (404, _NOT_THERE),
    "QUOTA_EXCEEDED": (429, "Too many requests: try again later."),
    "REQUEST_TOO_LARGE": (413, "The request is too large."),
    "RESOURCE_NOT_FOUND": (404, _NOT_THERE),
    "THROTTLED": (429, "Too many requests: try again in a moment."),
    "UNAUTHORIZED": (401, "Sign in first: this needs your ID token."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "This media type is not accepted."),
    "WAF_FILTERED": (403, _NOT_ALLOWED),
}


def document(app: Chalice, operations: list[Operation], function: str, compressed_from: int) -> Document:
    """`function` is the ARN of the one behind the routes."""
    own = openapi.document(operations)
    chalices = SwaggerGenerator(function.split(":")[3], {"api_handler_arn": function}).generate_swagger(app)
    schemas = {name: _model(schema) for name, schema in own["components"]["schemas"].items()}
    return {
        "openapi": "3.0.1",
        "info": {"title": chalices["info"]["title"], "version": own["info"]["version"]},
        "paths": {path: _resource(own["paths"][path], methods) for path, methods in chalices["paths"].items()},
        "components": {
            "schemas": {**schemas, _TEXT: {"type": "string"}},
            "securitySchemes": chalices["securityDefinitions"],
        },
        f"{EXTENSION}binary-media-types": chalices[f"{EXTENSION}binary-media-types"],
        f"{EXTENSION}minimum-compression-size": compressed_from,
        f"{EXTENSION}gateway-responses": {kind: _refusal(*answer) for kind, answer in _REFUSALS.items()},
    }


def _resource(described: Document, chalices: Document) -> Document:
    """With the preflight that Chalice answers, and 405 for any other method; by default the gateway says 403."""
    methods = {method: _method(one, chalices[method][_INTEGRATION]) for method, one in described.items()}
    allowed = ", ".join(sorted(method.upper() for method in chalices))
    others = {"options": _preflight(chalices["options"]), f"{EXTENSION}any-method": _other_method(allowed)}
    of_the_path = [one for one in next(iter(methods.values()))["parameters"] if one["in"] == "path"]
    return {**methods, **{method: {"parameters": of_the_path, **one} for method, one in others.items()}}


# --- Methods


def _method(described: Document, integration: Document) -> Document:
    method = {
        "operationId": described["operationId"],
        "parameters": [_parameter(one) for one in described.get("parameters", [])],
        "responses": {status: _response(one) for status, one in described["responses"].items()},
        # The function's answer passes as it is; AWS refuses the one of Chalice's if the method doesn't answer 200.
        _INTEGRATION: {name: value for name, value in integration.items() if name != "responses"},
    }
    if "requestBody" in described:
        method["requestBody"] = {"required": True, "content": _content(described["requestBody"]["content"])}
    if {} not in described.get("security", [{}]):  # where a token may be missing, the function checks it
        method["security"] = described["security"]
    return method


def _parameter(described: Document) -> Document:
    return {**{name: described[name] for name in ("name", "in", "required")}, "schema": _typed(described["schema"])}


def _response(described: Document) -> Document:
    headers = {name: {"schema": _typed(one["schema"])} for name, one in described.get("headers", {}).items()}
    content = _content(described.get("content", {}))
    return {
        "description": described["description"],
        **({"headers": headers} if headers else {}),
        **({"content": content} if content else {}),
    }


def _typed(schema: Document) -> Document:
    return {"type": schema["type"]}


def _content(described: Document) -> Document:
    """AWS names a type without its parameters."""
    return {
        kind.partition(";")[0]: {"schema": {"$ref": one["schema"].get("$ref", f"{_SCHEMAS}{_TEXT}")}}
        for kind, one in described.items()
    }


def _preflight(chalices: Document) -> Document:
    headers = {name: {"schema": _typed(one)} for name, one in chalices["responses"]["200"]["headers"].items()}
    return {
        "responses": {"200": {"description": HTTPStatus(200).phrase, "headers": headers}},
        _INTEGRATION: chalices[_INTEGRATION],
    }


def _other_method(allowed: str) -> Document:
    headers = {"Access-Control-Allow-Origin": "*", "Allow": allowed.replace(" ", ""), "Content-Type": _PROBLEM}
    answer = {
        "statusCode": "405",
        "responseParameters": {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": _problem(405, f"This address only accepts {allowed}.")},
    }
    shown = {name: {"schema": {"type": "string"}} for name in headers}
    return {
        "responses": {"405": {"description": HTTPStatus(405).phrase, "headers": shown}},
        _INTEGRATION: {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 405}'},
            "passthroughBehavior": "never",
            "responses": {"default": answer},
        },
    }


# --- Models


def _model(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_model(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # what stands beside it counts for nothing in draft 4
    if "anyOf" in schema:
        return _model(_but_null(schema["anyOf"]))
    kept = {key: value for key, value in schema.items() if key not in (*_NOT_IN_MODELS, "properties")}
    own = {key: _model(value) for key, value in kept.items()}
    if "properties" in schema:
        own["properties"] = {name: _model(each) for name, each in schema["properties"].items()}
    return _or_null(own) if isinstance(schema.get("type"), list) else own


def _but_null(choices: list[Document]) -> Document:
    (schema,) = (each for each in choices if each != {"type": "null"})
    return schema


def _or_null(schema: Document) -> Document:
    """AWS can't export a model that has several types, or none: words have to say it."""
    (kind,) = (each for each in schema["type"] if each != "null")
    words = schema.get("description", "")
    if "null" not in words:
        words = f"{words}; or null" if words else "or null"
    choices = {"enum": [each for each in schema["enum"] if each is not None]} if "enum" in schema else {}
    return {**schema, **choices, "type": kind, "description": words}


# --- Refusals


def _refusal(status: int, detail: str) -> Document:
    """Problem details with CORS headers, so that browsers can read them."""
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": _PROBLEM}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers |= {"Access-Control-Expose-Headers": "Retry-After", "Retry-After": "1"}
    return {
        "statusCode": str(status),
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        # AWS chooses the template by the Accept header, `application/json` if none matches.
        "responseTemplates": {"application/json": _problem(status, detail)},
    }


def _problem(status: int, detail: str) -> str:
    return json.dumps({"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail})
