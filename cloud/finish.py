"""Sets what Chalice leaves out, after each of its deployments; idempotent.

Chalice deploys to a stage of the API that lets nobody through. What people use changes here, all at once, when nothing
is left out any more: no request meets an API without its cache keys or its own refusals.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from chalice.app import Chalice

from chalicelib.core import aws
from chalicelib.core.bounds import OF_A_ROUTE, Rate
from chalicelib.core.routes import Operation
from cloud import addresses, api_document, api_stage, clients, function_logs, functions
from cloud.errors import CloudError

_STREAM_RETRIES = 5
_SETTLE_SECONDS = 180
_SPREADING = (1.0, 2.0, 4.0, 8.0, 16.0)
_NOT_YET = ("InvalidParameterValueException", "ResourceInUseException", "ResourceConflictException")


def finish(
    stage: str, outputs: dict[str, str], app: Chalice, operations: list[Operation], streams: dict[str, str]
) -> None:
    """`streams` has the stream that each function reads."""
    notes = functions.deployed(stage)
    compressed_from = functions.common()["minimum_compression_size"]
    document = api_document.document(app, operations, notes["api_handler"]["lambda_arn"], compressed_from)
    _finish_gateway(notes["rest_api"]["rest_api_id"], document, operations, outputs)
    _finish_sockets(notes["websocket_api"]["websocket_api_id"])
    if follow_streams(notes, streams):
        functions.put_notes(outputs, [*notes.values()])
    _finish_streams(notes, outputs)
    _finish_events(notes, outputs)
    own = (
        note["lambda_arn"].rpartition(":")[2] for note in notes.values() if note["resource_type"] == "lambda_function"
    )
    function_logs.keep(own, int(outputs["LogDays"]))


# --- The gateway


def _finish_gateway(
    api_id: str, document: api_document.Document, operations: list[Operation], outputs: dict[str, str]
) -> None:
    gateway = api_stage.client()
    cached = [one for one in operations if one.caching and not one.who.is_open] if outputs["ApiCacheSize"] else []
    _let_nobody_into_the_draft(gateway, api_id)
    _stop_caching(gateway, api_id, cached)
    _publish(gateway, api_id, document, cached)
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


def _publish(gateway: Any, api_id: str, document: api_document.Document, cached: list[Operation]) -> None:
    """If anything is to change, or Chalice deployed since: an earlier finishing may have ended before this."""
    body = json.dumps(document).encode()
    keys = json.dumps({operation.name: _cache_keys(operation) for operation in cached}).encode()
    draft = api_stage.described(gateway, api_id, addresses.DRAFT_STAGE).get("deploymentId", "")
    finished = f"finished {draft} {hashlib.sha256(body + keys).hexdigest()[:16]}"
    served = api_stage.described(gateway, api_id).get("deploymentId")
    there = gateway.get_deployment(restApiId=api_id, deploymentId=served)["description"] if served else ""
    if there != finished:
        # Without a second copy of each description, for people who read the API's document.
        without = {"ignore": "documentation"}
        gateway.put_rest_api(restApiId=api_id, mode="overwrite", body=body, parameters=without)
        _name_cache_keys(gateway, api_id, cached)
        gateway.create_deployment(restApiId=api_id, stageName=addresses.API_STAGE, description=finished)


def _name_cache_keys(gateway: Any, api_id: str, cached: list[Operation]) -> None:
    """What an answer depends on. Without the caller's token in it, one person's answer would reach another."""
    resources = _resources(gateway, api_id) if cached else {}
    for operation in cached:
        resource, keys = resources[operation.path], _cache_keys(operation)
        there = resource["resourceMethods"][operation.method]
        method = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": operation.method}
        unnamed = [key for key in keys if key not in there.get("requestParameters", {})]
        asked = [{"op": "add", "path": f"/requestParameters/{key}", "value": "false"} for key in unnamed]
        gateway.update_method(**method, patchOperations=asked)
        gateway.put_integration(
            **method,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=there["methodIntegration"]["uri"],
            passthroughBehavior="WHEN_NO_MATCH",
            cacheKeyParameters=keys,
        )


def _resources(gateway: Any, api_id: str) -> dict[str, Any]:
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"], limit=500)
    return {resource["path"]: resource for page in pages for resource in page["items"]}


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
    stage = api_stage.described(gateway, api_id)
    there = api_stage.settings(stage)
    wanted = {("*", "*"): OF_A_ROUTE}
    for operation in operations:
        place = (operation.path, operation.method)
        if operation.who.is_open or place in there:  # a method with settings of its own ignores the stage's
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
    gateway = clients.of("apigatewayv2")
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
    client, changed = clients.of("lambda"), False
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
    client = clients.of("lambda")
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
    client = clients.of("lambda")
    for note in notes.values():
        if note["resource_type"] in ("sns_event", "s3_event"):
            once_spread(partial(client.put_function_event_invoke_config, FunctionName=note["lambda_arn"], **wanted))


# --- Logs
