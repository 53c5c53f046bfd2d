"""A stage of a REST API serves its deployment: a change of the API shows with the next one only.

In memory: after a restart a stage serves the API as it is.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ministack.services import apigateway_v1 as gateway

from laptop.embedded.patching import Function, patch

KEPT = 10  # deployments of an API, besides those that its stages serve
STORES = ("_resources", "_authorizers_v1", "_models", "_request_validators")
TRIED = re.compile(r"/restapis/([^/]+)/resources/([^/]+)/methods/([A-Z]+)")
TRIAL_STAGE = "test-invoke-stage"
IN_USE = "Active stages pointing to this deployment must be moved or deleted"
UNKNOWN = "Invalid Deployment identifier specified"

Snapshot = dict[str, Any]
_deployed: dict[str, dict[str, Snapshot]] = {}  # by API and deployment
_serving: ContextVar[tuple[str, Snapshot] | None] = ContextVar("serving", default=None)


def _as_deployed(name: str) -> None:
    """What answers requests reads an API's parts with `get`; what changes them does so, too, but serves none."""
    store = getattr(gateway, name)

    class AsDeployed(type(store)):  # type: ignore[misc]
        __slots__ = ()

        def get(self, key: Any, default: Any = None) -> Any:
            api, snapshot = _serving.get() or ("", {})
            return snapshot[name] if api == key and name in snapshot else super().get(key, default)

    store.__class__ = AsDeployed


for each in (*STORES, "_stages_v1"):
    _as_deployed(each)
_execute = gateway.handle_execute


@patch(gateway, "_create_deployment")
def with_all_its_parts(original: Function, api: str, data: Any) -> Any:
    answer = original(api, data)
    if answer[0] == 201:
        every = _deployed.setdefault(api, {})
        every[json.loads(answer[2])["id"]] = {
            name: copy.deepcopy(getattr(gateway, name).get(api, {})) for name in STORES
        }
        served = {stage["deploymentId"] for stage in gateway._stages_v1.get(api, {}).values()}
        for old in [one for one in every if one not in served][:-KEPT]:
            del every[old]
    return answer


@patch(gateway, "_delete_deployment")
def unless_in_use(original: Function, api: str, deployment: str) -> Any:
    if deployment in [stage["deploymentId"] for stage in gateway._stages_v1.get(api, {}).values()]:
        return gateway._v1_error("BadRequestException", IN_USE, 400)
    _deployed.get(api, {}).pop(deployment, None)
    return original(api, deployment)


@patch(gateway, "_update_stage")
def to_what_there_is(original: Function, api: str, stage: str, data: Any) -> Any:
    wanted = [one["value"] for one in data.get("patchOperations", []) if one["path"] == "/deploymentId"]
    if not gateway._deployments_v1.get(api, {}).keys() >= set(wanted):
        return gateway._v1_error("BadRequestException", UNKNOWN, 400)
    return original(api, stage, data)


@patch(gateway, "handle_request")
async def with_trials(original: Function, method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
    """TestInvokeMethod: the API as it is, not as any stage serves it."""
    found = TRIED.fullmatch(path)
    if method != "POST" or not found:
        return await original(method, path, headers, body, query)
    api, resource, verb = found.groups()
    there = gateway._resources.get(api, {}).get(resource, {})
    if verb not in there.get("resourceMethods", {}):
        return gateway._v1_error("NotFoundException", "Invalid Method identifier specified", 404)
    asked = json.loads(body or b"{}")
    where = urlsplit(asked.get("pathWithQueryString") or there["path"])
    stage = {TRIAL_STAGE: {"stageName": TRIAL_STAGE, "deploymentId": ""}}
    token = _serving.set((api, {"_stages_v1": stage}))
    try:
        answer = await _execute(
            api, TRIAL_STAGE, verb, where.path, asked.get("headers", {}), asked.get("body"), parse_qs(where.query)
        )
    finally:
        _serving.reset(token)
    text = answer[2].decode() if isinstance(answer[2], bytes) else answer[2]
    return gateway._v1_response({"status": answer[0], "headers": dict(answer[1]), "body": text, "latency": 1})


@patch(gateway, "_delete_rest_api")
def with_its_deployments(original: Function, api: str) -> Any:
    _deployed.pop(api, None)
    return original(api)


@patch(gateway, "handle_execute")
async def as_its_stage_says(original: Function, api: str, stage: str, *request: Any) -> Any:
    with _as_served(api, stage):
        return await original(api, stage, *request)


@patch(gateway, "method_authorization_type")
def of_its_stage(original: Function, api: str, stage: str, *request: Any) -> Any:
    with _as_served(api, stage):
        return original(api, stage, *request)


@patch(gateway, "_get_export")
def of_its_deployment(original: Function, api: str, stage: str, *request: Any) -> Any:
    with _as_served(api, stage):
        return original(api, stage, *request)


@contextmanager
def _as_served(api: str, stage: str) -> Iterator[None]:
    token = _serving.set(_served(api, stage))
    try:
        yield
    finally:
        _serving.reset(token)


def _served(api: str, stage: str) -> tuple[str, Snapshot] | None:
    deployment = (gateway.stages_for_api(api).get(stage) or {}).get("deploymentId")
    snapshot = _deployed.get(api, {}).get(str(deployment))
    return (api, snapshot) if snapshot else None
