"""What API Gateway says of a deployed stage: each route has the models that our own document gives it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import app
from chalicelib.core.openapi import document
from chalicelib.core.routes import operations
from tests.support.cloud import root
from tests.support.stage import RunningStage

OURS = document(operations)
ROUTES = [(path, method) for path, item in OURS["paths"].items() for method in item]
Models = dict[str, str]


@pytest.fixture(scope="module", params=["oas30", "swagger"])
def exported(stage: RunningStage, request: pytest.FixtureRequest) -> dict[str, Any]:
    export = {"restApiId": stage.config["api"].rsplit("/", 2)[1], "stageName": "api", "exportType": request.param}
    answer: dict[str, Any] = json.loads(root(stage, "apigateway").get_export(**export)["body"].read())
    return answer


def models(described: dict[str, Any]) -> Models:
    """By media type, which AWS names without parameters; what is not JSON is text."""
    return {
        kind.partition(";")[0]: one["schema"].get("$ref", "/PlainText").rpartition("/")[2]
        for kind, one in described.get("content", {}).items()
    }


def test_all_routes_are_there(exported: dict[str, Any]) -> None:
    assert app.app.routes.keys() == OURS["paths"].keys() == exported["paths"].keys()


@pytest.mark.parametrize(("path", "method"), ROUTES, ids=lambda part: part.replace("/", "."))
def test_each_body_has_its_model(exported: dict[str, Any], path: str, method: str) -> None:
    ours, theirs = OURS["paths"][path][method], exported["paths"][path][method]
    assert theirs["operationId"] == ours["operationId"]
    assert theirs["responses"].keys() == ours["responses"].keys()
    if "openapi" in exported:
        assert models(theirs.get("requestBody", {})) == models(ours.get("requestBody", {}))
        assert {status: models(one) for status, one in theirs["responses"].items()} == {
            status: models(one) for status, one in ours["responses"].items()
        }
    else:  # which names one model for all types
        for status, one in theirs["responses"].items():
            named = {one["schema"]["$ref"].rpartition("/")[2]} if "schema" in one else set()
            assert named <= {*models(ours["responses"][status]).values()}
            assert bool(named) == ("content" in ours["responses"][status])


def test_each_model_says_what_our_schema_says(exported: dict[str, Any]) -> None:
    schemas = exported["components"]["schemas"] if "openapi" in exported else exported["definitions"]
    ours = OURS["components"]["schemas"]
    assert schemas.keys() == {*ours, "PlainText"}
    for name, schema in ours.items():
        for key in ("required", "enum", "maxLength", "pattern"):
            assert schemas[name].get(key) == schema.get(key), name
        assert schemas[name].get("properties", {}).keys() == schema.get("properties", {}).keys(), name
    container = "#/components/schemas" if "openapi" in exported else "#/definitions"
    author = schemas["Comment"]["properties"]["author"]
    assert author == {"$ref": f"{container}/Who"}


def test_a_model_is_kept_by_its_name(stage: RunningStage) -> None:
    api = {"restApiId": stage.config["api"].rsplit("/", 2)[1]}
    model = root(stage, "apigateway").get_model(**api, modelName="Album")
    assert model["contentType"] == "application/json"
    assert (
        json.loads(model["schema"])["properties"].keys() == OURS["components"]["schemas"]["Album"]["properties"].keys()
    )
