"""An OpenAPI document for API Gateway's import, as Chalice writes one."""

from __future__ import annotations

import json
from typing import Any

from tests.laptop.embedded_support import Bed, integration_uri, unique

_ALLOW = {"Access-Control-Allow-Origin": "'*'", "Access-Control-Allow-Methods": "'POST,OPTIONS'"}
_PREFLIGHT = {
    "responses": {"200": {"description": "", "headers": {name: {"type": "string"} for name in _ALLOW}}},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {f"method.response.header.{name}": each for name, each in _ALLOW.items()},
            }
        },
    },
}
_NOT_ALLOWED = {
    "responses": {"405": {"description": ""}},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 405}'},
        "responses": {
            "405": {"statusCode": "405", "responseTemplates": {"application/json": '{"title": "Not allowed"}'}}
        },
    },
}
_PROBLEM = {
    "responseTemplates": {"application/json": '{"title": $context.error.messageString}'},
    "responseParameters": {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
    },
}


def openapi(bed: Bed, function: str, *, more: dict[str, Any] | None = None) -> bytes:
    """With a gateway response, a model and a validator in addition to what Chalice writes."""
    lambda_proxy = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": integration_uri(bed.arn(function)),
        "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200"}},
    }
    post = {
        "parameters": [{"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Album"}}],
        "responses": {"200": {"description": ""}},
        "x-amazon-apigateway-request-validator": "bodies",
        "x-amazon-apigateway-integration": lambda_proxy,
    }
    document = {
        "swagger": "2.0",
        "info": {"title": unique("imported"), "version": "1.0"},
        "definitions": {"Album": {"type": "object", "required": ["title"]}},
        "x-amazon-apigateway-request-validators": {
            "bodies": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_4XX": _PROBLEM,
            "DEFAULT_5XX": _PROBLEM,
            "MISSING_AUTHENTICATION_TOKEN": {**_PROBLEM, "statusCode": "404"},
            "BAD_REQUEST_BODY": {**_PROBLEM, "statusCode": "422"},
        },
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "paths": {"/albums": {"post": post, "options": _PREFLIGHT, "delete": _NOT_ALLOWED}, **(more or {})},
    }
    return json.dumps(document).encode()
