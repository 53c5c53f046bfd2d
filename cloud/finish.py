"""Sets what Chalice leaves out, after each of its deployments; idempotent.

Chalice deploys to a stage of the API that lets nobody through. What people use changes here, all at once, when nothing
is left out any more: no request meets an API without its cache keys, its own refusals or its checks.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import boto3

from chalicelib.core import aws
from chalicelib.core.bounds import OF_A_ROUTE, Rate
from chalicelib.core.routes import Operation
from chalicelib.core.who import ANYONE
from cloud import addresses, api_stage, functions
from cloud.errors import CloudError

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
# The gateway refuses what is not JSON. It could check whole schemas, but has one status for both
# and no pointer to the field: the function answers that.
_ANY_JSON = "AnyJson"
_VALIDATOR = "body is JSON"
_PROBLEM = "application/problem+json"

_STREAM_RETRIES = 5
_SETTLE_SECONDS = 180
_SPREADING = (1.0, 2.0, 4.0, 8.0, 16.0)
_NOT_YET = ("InvalidParameterValueException", "ResourceInUseException", "ResourceConflictException")


def finish(stage: str, outputs: dict[str, str], operations: list[Operation], streams: dict[str, str]) -> None:
    """`streams` has the stream that each function reads."""
    notes = functions.deployed(stage)
    _finish_gateway(notes["rest_api"]["rest_api_id"], operations, outputs)
    _finish_sockets(notes["websocket_api"]["websocket_api_id"])
    if follow_streams(notes, streams):
        functions.put_notes(outputs, [*notes.values()])
    _finish_streams(notes, outputs)
    _finish_events(notes, outputs)


# --- The gateway


def _finish_gateway(api_id: str, operations: list[Operation], outputs: dict[str, str]) -> None:
    gateway = api_stage.client()
    resources = {
        resource["path"]: resource
        for page in gateway.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"], limit=500)
        for resource in page["items"]
    }
    changed = [
        *_refuse_in_our_words(gateway, api_id),
        *_refuse_other_methods(gateway, api_id, resources),
        *_check_bodies(gateway, api_id, resources, operations),
    ]
    cached = [one for one in operations if one.caching and one.who is not ANYONE] if outputs["ApiCacheSize"] else []
    changed += _name_cache_keys(gateway, api_id, resources, cached)
    _let_nobody_into_the_draft(gateway, api_id)
    _stop_caching(gateway, api_id, cached)
    _publish(gateway, api_id, changed)
    _cache(gateway, api_id, cached, outputs)
    _throttle(gateway, api_id, operations)


def _let_nobody_into_the_draft(gateway: Any, api_id: str) -> None:
    draft = api_stage.described(gateway, api_id, addresses.DRAFT_STAGE)
    nobody = {"throttlingRateLimit": 0, "throttlingBurstLimit": 0}
    if draft and not nobody.items() <= draft.get("methodSettings", {}).get("*/*", {}).items():
        patches = [
            {"op": "replace", "path": f"/*/*/throttling/{name}", "value": "0"} for name in ("rateLimit", "burstLimit")
        ]
        gateway.update_stage(restApiId=api_id, stageName=addresses.DRAFT_STAGE, patchOperations=patches)


def _publish(gateway: Any, api_id: str, changed: list[str]) -> None:
    """If anything changed, or Chalice deployed since: an earlier finishing may have ended before this."""
    finished = f"finished {api_stage.described(gateway, api_id, addresses.DRAFT_STAGE).get('deploymentId', '')}"
    served = api_stage.described(gateway, api_id).get("deploymentId")
    there = gateway.get_deployment(restApiId=api_id, deploymentId=served)["description"] if served else ""
    if changed or there != finished:
        gateway.create_deployment(restApiId=api_id, stageName=addresses.API_STAGE, description=finished)


def _refuse_in_our_words(gateway: Any, api_id: str) -> list[str]:
    """Problem details with CORS headers, so that browsers can read them."""
    there = {one["responseType"]: one for one in gateway.get_gateway_responses(restApiId=api_id, limit=500)["items"]}
    wanted = {kind: _refusal(status, detail) for kind, (status, detail) in _REFUSALS.items()}
    changed = [kind for kind, response in wanted.items() if not response.items() <= there.get(kind, {}).items()]
    for kind in changed:
        gateway.put_gateway_response(restApiId=api_id, responseType=kind, **wanted[kind])
    return changed


def _refusal(status: int, detail: str) -> dict[str, Any]:
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


def _refuse_other_methods(gateway: Any, api_id: str, resources: dict[str, Any]) -> list[str]:
    """405 with Allow for a method that a path lacks; by default the gateway says 403."""
    changed = []
    for path, resource in resources.items():
        methods = resource.get("resourceMethods", {})
        others, allowed = methods.get("ANY"), sorted(methods.keys() - {"ANY"})
        place = {"restApiId": api_id, "resourceId": resource["id"]}
        if others and not _refuses(others):  # an earlier finishing was interrupted
            gateway.delete_method(**place, httpMethod="ANY")
        if allowed and not _refuses(others or {}):
            _put_refusing_method(gateway, place, allowed)
            changed.append(path)
    return changed


def _refuses(method: dict[str, Any]) -> bool:
    return bool(method.get("methodIntegration", {}).get("integrationResponses"))


def _put_refusing_method(gateway: Any, resource: dict[str, str], allowed: list[str]) -> None:
    method = {**resource, "httpMethod": "ANY"}
    headers = {
        "Access-Control-Allow-Origin": "'*'",
        "Allow": f"'{','.join(allowed)}'",
        "Content-Type": f"'{_PROBLEM}'",
    }
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_method_response(
        **method, statusCode="405", responseParameters={f"method.response.header.{name}": False for name in headers}
    )
    gateway.put_integration(
        **method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 405}'}, passthroughBehavior="NEVER"
    )
    gateway.put_integration_response(
        **method,
        statusCode="405",
        responseParameters={f"method.response.header.{name}": value for name, value in headers.items()},
        responseTemplates={"application/json": _problem(405, f"This address only accepts {', '.join(allowed)}.")},
    )


def _check_bodies(gateway: Any, api_id: str, resources: dict[str, Any], operations: list[Operation]) -> list[str]:
    changed = []
    validator = None
    for operation in operations:
        resource = resources[operation.path]
        if not operation.takes or resource["resourceMethods"][operation.method].get("requestValidatorId"):
            continue
        validator = validator or _validator(gateway, api_id)
        gateway.update_method(
            restApiId=api_id,
            resourceId=resource["id"],
            httpMethod=operation.method,
            patchOperations=[
                {"op": "add", "path": "/requestModels/application~1json", "value": _ANY_JSON},
                {"op": "replace", "path": "/requestValidatorId", "value": validator},
            ],
        )
        changed.append(operation.name)
    return changed


def _validator(gateway: Any, api_id: str) -> str:
    if _ANY_JSON not in [model["name"] for model in gateway.get_models(restApiId=api_id, limit=500)["items"]]:
        schema = json.dumps({"$schema": "http://json-schema.org/draft-04/schema#", "title": _ANY_JSON})
        gateway.create_model(restApiId=api_id, name=_ANY_JSON, contentType="application/json", schema=schema)
    for validator in gateway.get_request_validators(restApiId=api_id, limit=500)["items"]:
        if validator["name"] == _VALIDATOR:
            return str(validator["id"])
    made = gateway.create_request_validator(
        restApiId=api_id, name=_VALIDATOR, validateRequestBody=True, validateRequestParameters=False
    )
    return str(made["id"])


def _name_cache_keys(gateway: Any, api_id: str, resources: dict[str, Any], cached: list[Operation]) -> list[str]:
    """What an answer depends on. Without the caller's token in it, one person's answer would reach another."""
    changed = []
    for operation in cached:
        resource = resources[operation.path]
        there = resource["resourceMethods"][operation.method]
        keys = _cache_keys(operation)
        if sorted(there["methodIntegration"].get("cacheKeyParameters", [])) == keys:
            continue
        method = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": operation.method}
        asked = [{"op": "add", "path": f"/requestParameters/{key}", "value": "false"} for key in keys]
        gateway.update_method(**method, patchOperations=[one for one in asked if ".path." not in one["path"]])
        gateway.put_integration(
            **method,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=there["methodIntegration"]["uri"],
            passthroughBehavior="WHEN_NO_MATCH",
            cacheKeyParameters=keys,
        )
        changed.append(operation.name)
    return changed


def _cache_keys(operation: Operation) -> list[str]:
    """Answers also contain the address that the request came to."""
    headers = [f"header.{name}" for name in ("Authorization", "Host", "If-None-Match")]
    parameters = [f"querystring.{parameter.name}" for parameter in operation.query]
    path = [f"path.{name}" for name in re.findall(r"{(\w+)}", operation.path)]
    return sorted(f"method.request.{each}" for each in (*headers, *parameters, *path))


def _stop_caching(gateway: Any, api_id: str, cached: list[Operation]) -> None:
    """Where it is no longer wanted, before a deployment without the keys."""
    stage = api_stage.described(gateway, api_id)
    wanted = {(operation.path, operation.method) for operation in cached}
    on = {place for place, one in api_stage.settings(stage).items() if one.get("cachingEnabled")}
    off = {f"{api_stage.setting(*place)}/caching/enabled": "false" for place in sorted(on - wanted)}
    if not cached and stage.get("cacheClusterEnabled"):
        off["/cacheClusterEnabled"] = "false"
    api_stage.put(gateway, api_id, off)


def _cache(gateway: Any, api_id: str, cached: list[Operation], outputs: dict[str, str]) -> None:
    """On for these routes only. To see their own latest write, clients send `Cache-Control: max-age=0`."""
    wanted = {"/cacheClusterEnabled": "true", "/cacheClusterSize": outputs["ApiCacheSize"]} if cached else {}
    for operation in cached:
        path = f"{api_stage.setting(operation.path, operation.method)}/caching"
        wanted |= {
            f"{path}/enabled": "true",
            f"{path}/ttlInSeconds": outputs["ApiCacheSeconds"],
            f"{path}/dataEncrypted": "true",
            f"{path}/requireAuthorizationForCacheControl": "false",
        }
    api_stage.put(gateway, api_id, wanted)


def _throttle(gateway: Any, api_id: str, operations: list[Operation]) -> None:
    """For each route that is open to anyone, and for all others together."""
    there = api_stage.settings(api_stage.described(gateway, api_id))
    wanted = {("*", "*"): OF_A_ROUTE}
    for operation in operations:
        place = (operation.path, operation.method)
        if operation.who is ANYONE or place in there:  # a method with settings of its own ignores the stage's
            wanted[place] = operation.rate
    changed = {
        f"{api_stage.setting(*place)}/throttling/{name}": str(value)
        for place, rate in wanted.items()
        if _rate_of(there.get(place, {})) != rate
        for name, value in (("rateLimit", rate.a_second), ("burstLimit", rate.at_once))
    }
    api_stage.put(gateway, api_id, changed)


def _rate_of(settings: dict[str, Any]) -> Rate | None:
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    return None if rate is None or burst is None else Rate(int(rate), int(burst))


def _finish_sockets(api_id: str) -> None:
    """The same rate for each of the sockets' routes."""
    gateway = boto3.client("apigatewayv2")
    where = {"ApiId": api_id, "StageName": addresses.API_STAGE}
    _publish_sockets(gateway, where)
    there = gateway.get_stage(**where).get("DefaultRouteSettings") or {}
    wanted = {"ThrottlingRateLimit": float(OF_A_ROUTE.a_second), "ThrottlingBurstLimit": OF_A_ROUTE.at_once}
    if not wanted.items() <= there.items():
        gateway.update_stage(**where, DefaultRouteSettings={**there, **wanted})


def _publish_sockets(gateway: Any, where: dict[str, str]) -> None:
    """Chalice makes new integrations each time, but deploys only the first."""
    api = {"ApiId": where["ApiId"]}
    stages = {stage["StageName"]: stage for stage in gateway.get_stages(**api)["Items"]}
    made = ",".join(sorted(one["IntegrationId"] for one in gateway.get_integrations(**api)["Items"]))
    stage = stages.get(addresses.API_STAGE, {})
    served = stage.get("DeploymentId")
    if not served or gateway.get_deployment(**api, DeploymentId=served).get("Description") != made:
        deployment = gateway.create_deployment(**api, Description=made)["DeploymentId"]
        put = gateway.update_stage if stage else gateway.create_stage
        put(**where, DeploymentId=deployment)
    if addresses.DRAFT_STAGE in stages:
        gateway.delete_stage(**api, StageName=addresses.DRAFT_STAGE)


# --- Streams


def follow_streams(notes: dict[str, dict[str, Any]], streams: dict[str, str]) -> bool:
    """Whether any function read another stream than it should. Chalice keeps an event source that it has noted.

    A table gets a new stream when its template names another view, or when it is replaced.
    """
    client, changed = boto3.client("lambda"), False
    for note in notes.values():
        wanted = streams.get(note["name"].removesuffix("-dynamodb-event-source"))
        if note["resource_type"] == "dynamodb_event" and wanted:
            there = client.get_event_source_mapping(UUID=note["event_uuid"])
            if there["EventSourceArn"] != wanted:
                note.update(event_uuid=_other_source(client, there, wanted), stream_arn=wanted)
                changed = True
    return changed


def once_spread(call: Callable[[], Any], sleep: Callable[[float], None] = time.sleep) -> Any:
    """AWS tries what the function's role may do, and refuses until the role has spread."""
    return aws.patiently(call, _SPREADING, sleep, lambda failure: aws.code_of(failure) in _NOT_YET)


def _other_source(client: Any, before: dict[str, Any], stream: str) -> str:
    """From the stream's first record on: until now nobody has read any."""
    place = {"FunctionName": before["FunctionArn"], "EventSourceArn": stream}
    made = client.list_event_source_mappings(**place)["EventSourceMappings"]  # by a finishing that was interrupted
    if not made:
        kept = {name: before[name] for name in ("BatchSize", "MaximumBatchingWindowInSeconds") if name in before}
        make = partial(client.create_event_source_mapping, **place, StartingPosition="TRIM_HORIZON", **kept)
        made = [once_spread(make)]
    client.delete_event_source_mapping(UUID=before["UUID"])
    return str(made[0]["UUID"])


def _finish_streams(notes: dict[str, dict[str, Any]], outputs: dict[str, str]) -> None:
    """Bounded retries, bisection, and a queue for what could not be handled."""
    wanted = {
        "MaximumRetryAttempts": _STREAM_RETRIES,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": outputs["FailuresArn"]}},
    }
    client = boto3.client("lambda")
    of_queues = {"FunctionResponseTypes": wanted["FunctionResponseTypes"]}  # the queue controls the rest
    for note in notes.values():
        if note["resource_type"] in ("dynamodb_event", "sqs_event"):
            own = of_queues if note["resource_type"] == "sqs_event" else wanted
            there = _settled(client, note["event_uuid"])
            if any(there.get(name) != value for name, value in own.items()):
                once_spread(partial(client.update_event_source_mapping, UUID=note["event_uuid"], **own))


def _settled(client: Any, uuid: str) -> dict[str, Any]:
    """On AWS a new mapping can only be changed after a while."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        mapping: dict[str, Any] = client.get_event_source_mapping(UUID=uuid)
        if mapping["State"] in ("Enabled", "Disabled"):
            return mapping
        if time.monotonic() > deadline:
            raise CloudError(f"The event source {mapping['EventSourceArn']} is still {mapping['State']}: try again.")
        time.sleep(1)


# --- Asynchronous calls


def _finish_events(notes: dict[str, dict[str, Any]], outputs: dict[str, str]) -> None:
    """Functions called by a topic or a bucket: three tries in all, then the queue."""
    wanted = {
        "MaximumRetryAttempts": 2,
        "DestinationConfig": {"OnFailure": {"Destination": outputs["FailuresArn"]}},
    }
    client = boto3.client("lambda")
    for note in notes.values():
        if note["resource_type"] in ("sns_event", "s3_event"):
            once_spread(partial(client.put_function_event_invoke_config, FunctionName=note["lambda_arn"], **wanted))
