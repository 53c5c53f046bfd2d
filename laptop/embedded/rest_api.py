"""ImportRestApi and PutRestApi (mode=overwrite) of OpenAPI 2 and 3, and the patch operations that Chalice sends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.services import apigateway_v1 as gateway

from laptop.embedded.patching import Function, patch

EXTENSION = "x-amazon-apigateway-"
API_PATH = re.compile(r"/restapis(?:/([^/]+))?/?")
REFERENCES = ("#/definitions/", "#/components/schemas/")
MODEL_NAME = re.compile("[A-Za-z0-9]+")
MOST_BYTES, MOST_BYTES_OF_A_MODEL = 6 * 1024 * 1024, 400 * 1024
LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
Document = dict[str, Any]


@patch(gateway, "_update_rest_api")
def with_typed_values(original: Function, api_id: str, data: Any) -> Any:
    for operation in data.get("patchOperations", []):
        if operation["path"] == "/minimumCompressionSize":
            operation["value"] = int(operation["value"]) if operation.get("value") else None
        elif operation["path"].startswith("/endpointConfiguration/types/"):
            operation.update(path="/endpointConfiguration/types", value=[operation["value"]])
    return original(api_id, data)


@patch(gateway, "handle_request")
async def with_import(original: Function, method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
    found = API_PATH.fullmatch(path)
    wanted = method, bool(found and found[1]), gateway._qp(query, "mode")
    if not found or wanted not in (("POST", False, "import"), ("PUT", True, "overwrite")):
        return await original(method, path, headers, body, query)
    api_id = found[1] or _new_api(query)
    if api_id not in gateway._rest_apis:
        return gateway._v1_error("NotFoundException", "Invalid API identifier specified", 404)
    document = json.loads(body)
    if reason := _why_not(document, body):
        return gateway._v1_error("BadRequestException", reason, 400)
    define(api_id, document)
    return gateway._v1_response(gateway._rest_api_view(gateway._rest_apis[api_id]), 200 if found[1] else 201)


def _new_api(query: Any) -> str:
    types = list(query.get("endpointConfigurationTypes", ["EDGE"]))
    return str(json.loads(gateway._create_rest_api({"endpointConfiguration": {"types": types}})[2])["id"])


def _why_not(document: Document, body: bytes) -> str:
    """AWS refuses the whole document."""
    models = _models_of(document)
    used = set(re.findall(rf'"({"|".join(REFERENCES)})([^"]+)"', json.dumps(document)))
    if len(body) > MOST_BYTES:
        return "The API definition is larger than 6 MB."
    if wrong := sorted(name for name in models if not MODEL_NAME.fullmatch(name)):
        return f"Model name must be alphanumeric: {', '.join(wrong)}"
    if missing := sorted({name for _, name in used} - models.keys()):
        return f"Invalid model reference specified: {', '.join(missing)}"
    if large := sorted(name for name, schema in models.items() if len(json.dumps(schema)) > MOST_BYTES_OF_A_MODEL):
        return f"Model schema is larger than 400 KB: {', '.join(large)}"
    if unanswered := next(_unanswered(document), None):
        return f"Unable to put integration response on {unanswered}: No method response exists for method."
    return ""


def _unanswered(document: Document) -> Iterator[str]:
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            if verb not in gateway._OPENAPI_HTTP_METHODS and verb != EXTENSION + "any-method":
                continue
            answers = operation[EXTENSION + "integration"].get("responses", {})
            given = {str(one["statusCode"]) for one in answers.values()}
            if given - operation.get("responses", {}).keys():
                yield f"'{verb.upper()}' for resource at path '{path}'"


def define(api_id: str, document: Document) -> None:
    """Give the API exactly the routes of an OpenAPI document."""
    policy = document.get(EXTENSION + "policy")
    gateway._rest_apis[api_id].update(
        name=document["info"]["title"],
        version=document["info"].get("version", ""),
        policy=json.dumps(policy) if policy else None,
        binaryMediaTypes=document.get(EXTENSION + "binary-media-types", []),
    )
    if smallest := document.get(EXTENSION + "minimum-compression-size"):
        gateway._rest_apis[api_id]["minimumCompressionSize"] = smallest
    root = next(each for each in gateway._resources[api_id].values() if each["path"] == "/")
    gateway._resources[api_id] = {root["id"]: {**root, "resourceMethods": {}}}
    for store in gateway._authorizers_v1, gateway._models, gateway._gateway_responses, gateway._request_validators:
        store[api_id] = {}
    _define_models(api_id, document)
    for kind, response in document.get(EXTENSION + "gateway-responses", {}).items():
        gateway._put_gateway_response(api_id, kind, response)
    validators = _validators(api_id, document)
    schemes = gateway._import_security_schemes(api_id, document)
    for path, item in document["paths"].items():
        gateway._import_path_item(api_id, path, {})
        resources = gateway._resources[api_id].values()
        resource = next(each["id"] for each in resources if each["path"] == (path.rstrip("/") or "/"))
        for verb, operation in item.items():
            if verb in gateway._OPENAPI_HTTP_METHODS or verb == EXTENSION + "any-method":
                method = api_id, resource, "ANY" if verb.startswith("x-") else verb.upper()
                _define_method(method, document, operation, validators, schemes)


def _define_models(api_id: str, document: Document) -> None:
    for name, schema in _models_of(document).items():
        text = json.dumps(schema)
        for reference in REFERENCES:
            text = text.replace(f'"{reference}', f'"{_model_address(api_id)}')
        gateway._create_model(api_id, {"name": name, "schema": text})


def _models_of(document: Document) -> Document:
    found: Document = document.get("definitions") or document.get("components", {}).get("schemas", {})
    return found


def _model_address(api_id: str) -> str:
    return f"https://apigateway.amazonaws.com/restapis/{api_id}/models/"


@patch(gateway, "_build_api_export")
def as_one_document(original: Function, api_id: str, stage: str, kind: str, *options: Any) -> Any:
    text = json.dumps(original(api_id, stage, kind, *options))
    return json.loads(text.replace(_model_address(api_id), REFERENCES[kind == "oas30"]))


def _validators(api_id: str, document: Document) -> dict[str, str]:
    return {
        name: json.loads(gateway._create_request_validator(api_id, {"name": name, **validator})[2])["id"]
        for name, validator in document.get(EXTENSION + "request-validators", {}).items()
    }


def _define_method(
    method: tuple[str, str, str], document: Document, operation: Document, validators: dict[str, str], schemes: Any
) -> None:
    parameters = operation.get("parameters", [])
    validator = operation.get(EXTENSION + "request-validator") or document.get(EXTENSION + "request-validator")
    settings = {
        **gateway._method_security(operation.get("security", document.get("security")), schemes),
        "requestValidatorId": validators.get(str(validator)),
        "requestParameters": {
            f"method.request.{LOCATIONS[each['in']]}.{each['name']}": each.get("required", False)
            for each in parameters
            if each["in"] in LOCATIONS
        },
        "requestModels": _request_models(operation),
        "operationName": operation.get("operationId", ""),
    }
    gateway._put_method(*method, settings)
    for code, response in operation.get("responses", {}).items():
        shown = {f"method.response.header.{name}": False for name in response.get("headers", {})}
        models = _response_models(operation, response)
        gateway._put_method_response(*method, code, {"responseParameters": shown, "responseModels": models})
    _define_integration(method, operation[EXTENSION + "integration"])


def _request_models(operation: Document) -> dict[str, str]:
    bodies = [each for each in operation.get("parameters", []) if each["in"] == "body"]
    kinds = operation.get("consumes") or ["application/json"]
    return {
        **{kind: _model_of(each) for each in bodies for kind in kinds},
        **_models_by_type(operation.get("requestBody", {})),
    }


def _response_models(operation: Document, response: Document) -> dict[str, str]:
    """OpenAPI 2 can't say which of the types an answer has: each."""
    kinds = operation.get("produces") or ["application/json"]
    return {**{kind: _model_of(response) for kind in kinds if "schema" in response}, **_models_by_type(response)}


def _models_by_type(described: Document) -> dict[str, str]:
    return {kind: _model_of(one) for kind, one in described.get("content", {}).items()}


def _model_of(described: Document) -> str:
    return str(described["schema"]["$ref"]).split("/")[-1]


def _define_integration(method: tuple[str, str, str], integration: Document) -> None:
    passthrough = integration.get("passthroughBehavior", "when_no_match").upper()
    kind = integration["type"].upper()
    gateway._put_integration(*method, {**integration, "type": kind, "passthroughBehavior": passthrough})
    for pattern, response in integration.get("responses", {}).items():
        selection = "" if pattern == "default" else pattern
        gateway._put_integration_response(
            *method, str(response["statusCode"]), {**response, "selectionPattern": selection}
        )
