"""API Gateway: what is imported, what is refused, what an event contains."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.laptop.api_document import openapi
from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    PATIENCE,
    Bed,
    integration_uri,
    unique,
)


@closes("rest_api")
def an_api_is_imported_and_overwritten(bed: Bed) -> None:
    client, function = bed.client("apigateway"), bed.answering
    api = client.import_rest_api(body=openapi(bed, function), parameters={"endpointConfigurationTypes": "EDGE"})["id"]
    url = bed.deploy(api)
    assert requests.post(f"{url}/albums", json={"title": "Blue"}, timeout=PATIENCE).text == "good"
    assert requests.get(f"{url}/more", timeout=PATIENCE).status_code == 404
    more = {
        "/more": {
            "get": {
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": integration_uri(bed.arn(function)),
                }
            }
        }
    }
    client.put_rest_api(restApiId=api, mode="overwrite", body=openapi(bed, function, more=more))
    bed.deploy(api)
    assert requests.get(f"{url}/more", timeout=PATIENCE).text == "good"
    assert requests.post(f"{url}/albums", json={"title": "Blue"}, timeout=PATIENCE).text == "good"


def _with_models(bed: Bed, models: dict[str, Any]) -> bytes:
    """OpenAPI 3, with a request of one type and an answer of another."""
    post = {
        "operationId": "addAlbum",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewAlbum"}}}},
        "responses": {"201": {"content": {"application/xml": {"schema": {"$ref": "#/components/schemas/Album"}}}}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": integration_uri(bed.arn(bed.answering)),
        },
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": unique("imported"), "version": "1.0"},
        "paths": {"/albums": {"post": post}},
        "components": {"schemas": {"Album": {"type": "object"}, **models}},
        "x-amazon-apigateway-minimum-compression-size": 1000,
    }
    return json.dumps(document).encode()


@closes("rest_api")
def models_are_imported_and_exported(bed: Bed) -> None:
    client, new = bed.client("apigateway"), {"NewAlbum": {"items": {"$ref": "#/components/schemas/Album"}}}
    api = client.import_rest_api(body=_with_models(bed, new))["id"]
    bed.deploy(api)
    stage = client.get_stages(restApiId=api)["item"][0]["stageName"]
    export = client.get_export(restApiId=api, stageName=stage, exportType="oas30")
    told = json.loads(export["body"].read())
    [post] = [item["post"] for item in told["paths"].values() if item]
    assert post["operationId"] == "addAlbum"
    assert list(post["requestBody"]["content"]) == ["application/json"]
    assert post["responses"]["201"]["content"] == {
        "application/xml": {"schema": {"$ref": "#/components/schemas/Album"}}
    }
    assert told["components"]["schemas"] == {"Album": {"type": "object"}, **new}
    address = json.loads(client.get_model(restApiId=api, modelName="NewAlbum")["schema"])["items"]["$ref"]
    assert address == f"https://apigateway.amazonaws.com/restapis/{api}/models/Album"
    assert client.get_rest_api(restApiId=api)["minimumCompressionSize"] == 1000


@closes("rest_api")
def models_need_a_plain_name_and_to_be_there(bed: Bed) -> None:
    client = bed.client("apigateway")
    plain: dict[str, Any] = {"NewAlbum": {}}
    assert client.import_rest_api(body=_with_models(bed, plain))["id"]
    large = {"Large": {"description": "x" * 400 * 1024}}
    for models, said in (({**plain, "an-album": {}}, "an-album"), ({}, "NewAlbum"), ({**plain, **large}, "Large")):
        with pytest.raises(client.exceptions.BadRequestException, match=said):
            client.import_rest_api(body=_with_models(bed, models))


@closes("rest_api")
def an_integration_answers_what_its_method_does(bed: Bed) -> None:
    client, document = bed.client("apigateway"), json.loads(_with_models(bed, {"NewAlbum": {}}))
    integration = document["paths"]["/albums"]["post"]["x-amazon-apigateway-integration"]
    integration["responses"] = {"default": {"statusCode": "201"}}
    assert client.import_rest_api(body=json.dumps(document).encode())["id"]
    integration["responses"] = {"default": {"statusCode": "200"}}
    with pytest.raises(client.exceptions.BadRequestException, match="'POST' for resource at path '/albums'"):
        client.import_rest_api(body=json.dumps(document).encode())


@closes("deployments")
def an_export_is_of_the_deployment(bed: Bed) -> None:
    """Whatever has become of the API since."""
    client = bed.client("apigateway")
    api = client.import_rest_api(body=_with_models(bed, {"NewAlbum": {"title": "Old"}}))["id"]
    bed.deploy(api)
    client.put_rest_api(restApiId=api, mode="overwrite", body=_with_models(bed, {"NewAlbum": {"title": "New"}}))
    stage = client.get_stages(restApiId=api)["item"][0]["stageName"]

    def exported() -> Any:
        export = client.get_export(restApiId=api, stageName=stage, exportType="swagger")
        return json.loads(export["body"].read())["definitions"]["NewAlbum"]

    assert exported() == {"title": "Old"}
    bed.deploy(api)
    assert exported() == {"title": "New"}


@closes("rest_api")
def chalice_may_set_the_compression(bed: Bed) -> None:
    client = bed.client("apigateway")
    api = client.create_rest_api(name=unique("api"))["id"]
    size = {"op": "replace", "path": "/minimumCompressionSize", "value": "1000"}
    kind = {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"}
    client.update_rest_api(restApiId=api, patchOperations=[size, kind])
    after = client.get_rest_api(restApiId=api)
    assert after["minimumCompressionSize"] == 1000
    assert after["endpointConfiguration"]["types"] == ["REGIONAL"]


@closes("deployments")
def a_stage_serves_its_deployment(bed: Bed) -> None:
    """Whatever becomes of the API, until the next one."""
    client = bed.client("apigateway")
    api, url = bed.rest_api(bed.answering)
    [proxy] = [one for one in client.get_resources(restApiId=api)["items"] if one["path"] != "/"]
    assert requests.get(f"{url}/x", timeout=PATIENCE).text == "good"
    client.delete_resource(restApiId=api, resourceId=proxy["id"])
    assert requests.get(f"{url}/x", timeout=PATIENCE).text == "good"
    bed.deploy(api)
    assert requests.get(f"{url}/x", timeout=PATIENCE).status_code == 403


@closes("deployments")
def a_stage_goes_back_to_an_earlier_deployment(bed: Bed) -> None:
    """To one that there is; and what a stage serves can't be deleted."""
    client = bed.client("apigateway")
    api, url = bed.rest_api(bed.answering)
    first = client.get_stage(restApiId=api, stageName="test")["deploymentId"]
    [proxy] = [one for one in client.get_resources(restApiId=api)["items"] if one["path"] != "/"]
    client.delete_resource(restApiId=api, resourceId=proxy["id"])
    bed.deploy(api)
    assert requests.get(f"{url}/x", timeout=PATIENCE).status_code == 403

    def go_to(deployment: str) -> None:
        patch = {"op": "replace", "path": "/deploymentId", "value": deployment}
        client.update_stage(restApiId=api, stageName="test", patchOperations=[patch])

    with pytest.raises(ClientError, match="Invalid Deployment identifier"):
        go_to("nothing")
    go_to(first)
    assert requests.get(f"{url}/x", timeout=PATIENCE).text == "good"
    with pytest.raises(ClientError, match="Active stages"):
        client.delete_deployment(restApiId=api, deploymentId=first)


@closes("deployments")
def a_method_is_tried_that_no_stage_serves(bed: Bed) -> None:
    client = bed.client("apigateway")
    api, url = bed.rest_api(bed.failing)
    [proxy] = [one for one in client.get_resources(restApiId=api)["items"] if one["path"] != "/"]
    method = {"restApiId": api, "resourceId": proxy["id"], "httpMethod": "ANY"}
    client.put_integration(
        **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration_uri(bed.arn(bed.answering))
    )
    tried = client.test_invoke_method(**method, pathWithQueryString="/x?y=z")
    assert (tried["status"], tried["body"]) == (200, "good")
    assert requests.get(f"{url}/x", timeout=PATIENCE).status_code == 502
    outside = url.replace("/test", "/test-invoke-stage")
    assert requests.get(f"{outside}/x", timeout=PATIENCE).status_code == 403


@closes("gateway")
def a_failing_function_is_a_502_without_details(bed: Bed) -> None:
    api, url = bed.rest_api(bed.failing)
    answer = requests.get(f"{url}/x", timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    bed.client("apigateway").put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        responseTemplates={"application/json": '{"title": $context.error.messageString}'},
    )
    bed.deploy(api)
    answer = requests.get(f"{url}/x", timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (502, {"title": "Internal server error"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@closes("gateway")
def a_huge_request_is_refused(bed: Bed) -> None:
    _, url = bed.rest_api(bed.answering)
    answer = requests.post(f"{url}/x", data=b"x" * (10 * 1024 * 1024 + 1), timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Too Long"})


@closes("gateway")
def bodies_are_checked_by_their_content_type(bed: Bed) -> None:
    client, function = bed.client("apigateway"), bed.answering
    api, url = bed.rest_api(function)
    place = {"restApiId": api, "httpMethod": "ANY"}
    resources = client.get_resources(restApiId=api)["items"]
    place["resourceId"] = next(each["id"] for each in resources if each["path"] == "/{proxy+}")
    client.create_model(restApiId=api, name="Album", contentType="application/json", schema='{"type": "object"}')
    validator = client.create_request_validator(restApiId=api, name="bodies", validateRequestBody=True)["id"]
    client.delete_method(**place)
    client.put_method(
        **place,
        authorizationType="NONE",
        requestValidatorId=validator,
        requestModels={"application/json": "Album"},
    )
    client.put_integration(
        **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration_uri(bed.arn(function))
    )
    bed.deploy(api)
    assert requests.post(f"{url}/x", json=["not an object"], timeout=PATIENCE).status_code == 400
    csv = requests.post(f"{url}/x", data="rank,title", headers={"Content-Type": "text/csv"}, timeout=PATIENCE)
    assert csv.text == "good"


@closes("gateway")
def an_event_tells_the_path_as_it_was_asked_for(bed: Bed) -> None:
    telling = 'def handler(event, context): return {"statusCode": 200, "body": event["requestContext"]["path"]}'
    _, url = bed.rest_api(bed.function(telling))
    asked = requests.get(f"{url}/one/two", timeout=PATIENCE)
    assert bed.endpoint + asked.text == f"{url}/one/two"
