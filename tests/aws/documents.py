"""The document that API Gateway imports: valid OpenAPI 3.0, and within what AWS reads of it.

From AWS's page of important notes: names of letters and digits, models in draft 4 without some of its keywords, whole
path segments as parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError
from openapi_spec_validator import OpenAPIV30SpecValidator

from cloud.api_document import EXTENSION, Document
from tests.aws.findings import Result
from tests.aws.limits import Limit

_KEYWORDS = {
    "$ref", "allOf", "default", "description", "enum", "format", "items", "maxItems", "maxLength", "maxProperties",
    "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern", "properties", "required",
    "title", "type", "uniqueItems",
}  # fmt: skip
_INTEGRATION = f"{EXTENSION}integration"
_SEGMENT = re.compile(r"[A-Za-z0-9._,-]+|\{[A-Za-z0-9._-]+\+?\}")


def check(document: Document) -> Result:
    models = document["components"]["schemas"]
    found = [f"{'/'.join(map(str, error.path))}: {error.message.splitlines()[0]}" for error in _invalid(document)]
    for name, model in models.items():
        found += [f"the model {name} {said}" for said in _wrong(name, model)]
    for path, item in document["paths"].items():
        found += [f"{path}: no integration of {method}" for method, one in item.items() if _INTEGRATION not in one]
        found += [f"{path}: {method} {said}" for method, one in item.items() for said in _unanswered(one)]
        found += [f"{path}: AWS takes no {part}" for part in path.split("/")[1:] if not _SEGMENT.fullmatch(part)]
    methods = sum(len(item) for item in document["paths"].values())
    return Result("API document", f"{methods} methods, {len(models)} models", sorted(found))


def limits(document: Document) -> Iterator[Limit]:
    parts = [path.split("/")[1:] for path in document["paths"]]
    resources = {tuple(each[:length]) for each in parts for length in range(1, len(each) + 1)}
    yield Limit("the API's resources", len(resources) + 1, 300)
    yield Limit("the API's authorizers", len(document["components"]["securitySchemes"]), 10)
    yield Limit("kilobytes of the API's document", len(json.dumps(document)) // 1024, 6 * 1024)
    for name, model in document["components"]["schemas"].items():
        yield Limit(f"bytes of the model {name}", len(json.dumps(model)), 400 * 1024)


def _invalid(document: Document) -> Iterator[Any]:
    return OpenAPIV30SpecValidator(json.loads(json.dumps(document))).iter_errors()


def _unanswered(method: Document) -> Iterator[str]:
    """An integration answers what its method answers, with headers that it has."""
    responses = method.get("responses", {})
    for answer in method.get(_INTEGRATION, {}).get("responses", {}).values():
        headers = {
            f"method.response.header.{name}" for name in responses.get(answer["statusCode"], {}).get("headers", {})
        }
        if answer["statusCode"] not in responses:
            yield f"has no response {answer['statusCode']}, which its integration gives"
        for name in sorted(answer.get("responseParameters", {}).keys() - headers):
            yield f"has no {name} in its response {answer['statusCode']}"


def _wrong(name: str, model: Any) -> Iterator[str]:
    if not re.fullmatch("[A-Za-z0-9]+", name):
        yield "has a name of more than letters and digits"
    try:
        Draft4Validator.check_schema(model)
    except SchemaError as error:
        yield f"is not draft 4: {error.message}"
    yield from sorted({*_unread(model)})


def _unread(model: Any) -> Iterator[str]:
    if not isinstance(model, dict):
        return
    for key, value in model.items():
        if key not in _KEYWORDS:
            yield f"has {key}, which AWS doesn't read"
        elif key == "type" and isinstance(value, list):
            yield "has a field of several types, which AWS can't export"
        inside = value.values() if key == "properties" else value if isinstance(value, list) else [value]
        for each in inside:
            yield from _unread(each)
