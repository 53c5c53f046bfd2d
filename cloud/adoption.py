"""What of a stage's functions and APIs exists, in the form of Chalice's own notes.

Chalice notes what it made only after its last call. A deployment that breaks off leaves things that nobody knows of:
the next one would make some of them twice and be refused for others, and nothing would take them down. So before
Chalice runs, its notes are made from what is there. What can't be gone on with, or is there twice, is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from cloud import clients, rights

APPLICATION = "commonplace"

Note = dict[str, Any]
_GOING = "Deleting"


def notes(outputs: dict[str, str], functions: Collection[str], noted: list[Note]) -> list[Note]:
    """Of the functions with these names, in Chalice's order: it deletes from the end."""
    stage = outputs["Stage"]
    known = {one["name"]: one for one in noted}
    own = {rights.function_name(stage, name): name for name in functions}
    return [
        *_roles(stage, functions),
        *_layer(stage),
        *_functions(own),
        *_rules(stage, functions),
        *_event_sources(own, {*outputs.values()}),
        *_rest_api(stage, known.get("rest_api", {}).get("rest_api_id")),
        *_websocket_api(stage, known.get("websocket_api", {}).get("websocket_api_id")),
    ]


def _pages(service: str, operation: str, key: str, **asked: Any) -> Iterator[Any]:
    client = clients.patient(service)
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page[key]


def _functions(own: dict[str, str]) -> Iterator[Note]:
    for one in _pages("lambda", "list_functions", "Functions"):
        if name := own.get(one["FunctionName"]):
            yield {"name": name, "resource_type": "lambda_function", "lambda_arn": one["FunctionArn"]}


def _roles(stage: str, functions: Collection[str]) -> Iterator[Note]:
    wanted = {f"{APPLICATION}-{stage}-{name}": name for name in functions}
    for role in _pages("iam", "list_roles", "Roles"):
        if name := wanted.get(role["RoleName"]):
            made = {"role_arn": role["Arn"], "role_name": role["RoleName"]}
            yield {"name": f"{name}_role", "resource_type": "iam_role", **made}


def _layer(stage: str) -> Iterator[Note]:
    """Its newest version. Chalice makes one each time and deletes the one it has noted."""
    layer = f"{APPLICATION}-{stage}-managed-layer"
    every = _pages("lambda", "list_layer_versions", "LayerVersions", LayerName=layer)
    newest, *others = sorted(every, key=lambda one: -one["Version"]) or [None]
    for one in others:
        clients.of("lambda").delete_layer_version(LayerName=layer, VersionNumber=one["Version"])
    if newest:
        arn = newest["LayerVersionArn"]
        yield {"name": "managed-layer", "resource_type": "lambda_layer", "layer_version_arn": arn}


def _rules(stage: str, functions: Collection[str]) -> Iterator[Note]:
    wanted = {f"{APPLICATION}-{stage}-{name}-event": f"{name}-event" for name in functions}
    for rule in _pages("events", "list_rules", "Rules", NamePrefix=f"{APPLICATION}-{stage}-"):
        if name := wanted.get(rule["Name"]):
            yield {"name": name, "resource_type": "cloudwatch_event", "rule_name": rule["Name"]}


def _event_sources(own: dict[str, str], present: set[str]) -> Iterator[Note]:
    """One for each function that reads a stream or a queue: that of the present one, if it has two."""
    every = _pages("lambda", "list_event_source_mappings", "EventSourceMappings")
    taken = set()
    for one in sorted(every, key=lambda one: one["EventSourceArn"] not in present):
        name = own.get(one["FunctionArn"].rpartition(":")[2])
        if not name or one["State"] == _GOING:
            continue
        if name in taken:
            clients.of("lambda").delete_event_source_mapping(UUID=one["UUID"])
            continue
        taken.add(name)
        yield {"event_uuid": one["UUID"], "lambda_arn": one["FunctionArn"], **_source(name, one["EventSourceArn"])}


def _source(function: str, arn: str) -> Note:
    if ":sqs:" in arn:
        own = {"queue_arn": arn, "queue": arn.rpartition(":")[2]}
        return {"name": f"{function}-sqs-event-source", "resource_type": "sqs_event", **own}
    return {"name": f"{function}-dynamodb-event-source", "resource_type": "dynamodb_event", "stream_arn": arn}


def _rest_api(stage: str, noted: str | None) -> Iterator[Note]:
    """All stages' have the same name: it is the one that leads to this stage's function."""
    every = sorted(_pages("apigateway", "get_rest_apis", "items"), key=lambda one: one["createdDate"])
    ours = [one["id"] for one in every if one["name"] == APPLICATION and _leads_to(stage, one["id"])]
    if kept := noted if noted in ours else next(iter(ours), None):
        yield {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": kept}
    for other in set(ours) - {kept}:
        clients.of("apigateway").delete_rest_api(restApiId=other)


def _leads_to(stage: str, api: str) -> bool:
    function = f":function:{APPLICATION}-{stage}/invocations"
    resources = _pages("apigateway", "get_resources", "items", restApiId=api, embed=["methods"])
    methods = (method for one in resources for method in one.get("resourceMethods", {}).values())
    return any(function in method.get("methodIntegration", {}).get("uri", "") for method in methods)


def _websocket_api(stage: str, noted: str | None) -> Iterator[Note]:
    """Its stage is made last, and only by the first deployment: without one it can't be gone on with."""
    gateway = clients.of("apigatewayv2")
    name = f"{APPLICATION}-{stage}-websocket-api"
    ours = [one["ApiId"] for one in _pages("apigatewayv2", "get_apis", "Items") if one["Name"] == name]
    whole = [api for api in ours if gateway.get_stages(ApiId=api)["Items"]]
    if kept := noted if noted in whole else next(iter(whole), None):
        yield {"name": "websocket_api", "resource_type": "websocket_api", "websocket_api_id": kept}
    for other in set(ours) - {kept}:
        gateway.delete_api(ApiId=other)
