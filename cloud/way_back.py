"""Takes down what is deployed as a version, and puts a version back: pages, API, functions, rights, within seconds.

In the reverse order of a deployment, so that what meets meanwhile is what met then. Each step compares first, so a
rollback that was interrupted can be repeated.
"""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from cloud import addresses, api_stage, clients, functions
from cloud.errors import CloudError
from cloud.site import Site
from cloud.steps import Steps
from cloud.versions import Version, Versions

_AT_ONCE = 8  # no more than a client keeps connections
_FUNCTION = "lambda_function"
_SETTINGS = ("Runtime", "Handler", "Timeout", "MemorySize")
_OLD_DEPLOYMENTS = 10  # removed at most each time: AWS allows few such calls
_PATHS = {
    "throttlingRateLimit": "throttling/rateLimit",
    "throttlingBurstLimit": "throttling/burstLimit",
    "cachingEnabled": "caching/enabled",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cacheDataEncrypted": "caching/dataEncrypted",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
}
_ALL = ("*", "*")
_RATE = ("throttlingRateLimit", "throttlingBurstLimit")
_CLUSTER = ("cacheClusterEnabled", "cacheClusterSize")
_EACH_SECOND = {"Delay": 1, "MaxAttempts": 300}

Function = dict[str, Any]
Layer = dict[str, Any]


def take(outputs: dict[str, str], versions: Versions, site: Site) -> Version:
    """As it is deployed now, with the pages that were published. What it needs is stored."""
    notes = functions.deployed(outputs["Stage"])
    pages = site.packed()
    page = f"site-{hashlib.sha256(pages).hexdigest()}.zip"
    versions.put_content(page, lambda: pages)
    every = _Functions(versions)
    return {
        "made": f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}",
        "site": page,
        "api": _api(notes["rest_api"]["rest_api_id"]),
        "sockets": _sockets(notes["websocket_api"]["websocket_api_id"]),
        "functions": {name: every.taken(name) for name in sorted(_there(outputs))},
    }


def put_back(steps: Steps, outputs: dict[str, str], versions: Versions, number: int) -> None:
    version, notes = versions[number], functions.deployed(outputs["Stage"])
    there = notes["rest_api"]["rest_api_id"], notes["websocket_api"]["websocket_api_id"]
    if there != (version["api"]["id"], version["sockets"]["id"]):
        raise CloudError(f"The APIs of version {number} are gone: deploy the code that you want instead.")
    if _subnets(version) - {*outputs.get("CacheSubnets", "").split(",")}:
        raise CloudError(f"The network of version {number}'s cache is gone: deploy the code that you want instead.")
    versions.go_on(number)
    with steps.step("Pages") as step:
        site = Site(outputs)
        step.note(f"{len(site.put_back(versions.content(version['site'])))} files")
        site.invalidate()
    with steps.step("API and sockets"):
        _put_api_back(version["api"])
        _put_sockets_back(version["sockets"])
    with steps.step("Functions and their rights") as step:
        every = _Functions(versions)
        missing = every.put_back(version["functions"])
        step.note(f"{len(every.changed)} of {len(version['functions'])} changed")
    versions.arrive()
    for name in missing:
        steps.say(f"  Not brought back, because a later version took it away: {name}")
    for name in sorted(_there(outputs) - version["functions"].keys()):
        steps.say(f"  Left as it is, because version {number} did not have it: {name}")


def _subnets(version: Version) -> set[str]:
    return {one for function in version["functions"].values() for one in function["settings"]["VpcConfig"]["SubnetIds"]}


def tidy(versions: Versions) -> None:
    """Remove the APIs' deployments that no version needs."""
    kept = [versions[number] for number in versions.numbers()]
    api, sockets = kept[-1]["api"]["id"], kept[-1]["sockets"]["id"]
    one, two = api_stage.client(), clients.of("apigatewayv2")
    needed = {version["api"]["deployment"] for version in kept}
    needed |= {stage["deploymentId"] for stage in one.get_stages(restApiId=api)["item"]}
    pages = one.get_paginator("get_deployments").paginate(restApiId=api)
    for old in _unneeded((each["id"] for page in pages for each in page["items"]), needed):
        one.delete_deployment(restApiId=api, deploymentId=old)
    needed = {version["sockets"]["deployment"] for version in kept}
    pages = two.get_paginator("get_deployments").paginate(ApiId=sockets)
    for old in _unneeded((each["DeploymentId"] for page in pages for each in page["Items"]), needed):
        two.delete_deployment(ApiId=sockets, DeploymentId=old)


def _unneeded(there: Iterator[str], needed: set[str]) -> list[str]:
    return [one for one in there if one not in needed][:_OLD_DEPLOYMENTS]


# --- The APIs


def _api(api: str) -> dict[str, Any]:
    stage = api_stage.described(api_stage.client(), api)
    kept = ("methodSettings", *_CLUSTER)
    return {"id": api, "deployment": stage["deploymentId"], **{name: stage[name] for name in kept if name in stage}}


def _put_api_back(wanted: dict[str, Any]) -> None:
    """First no caching of what the version doesn't cache, because its deployment lacks the keys for that."""
    gateway, api = api_stage.client(), wanted["id"]
    before = api_stage.described(gateway, api)
    there, given = api_stage.settings(before), api_stage.settings(wanted)
    rest = {"cachingEnabled": False, **{name: given[_ALL][name] for name in _RATE if name in given.get(_ALL, {})}}
    given |= dict.fromkeys(there.keys() - given.keys(), rest)
    uncached = {place: {"cachingEnabled": False} for place, one in given.items() if not one.get("cachingEnabled")}
    api_stage.put(gateway, api, dict(_changes(there, uncached)))
    changes = dict(_changes(there, given))
    for name, path in (("deploymentId", "deployment"), *((name, name) for name in _CLUSTER)):
        if path in wanted and before.get(name) != wanted[path]:
            changes[f"/{name}"] = _said(wanted[path])
    api_stage.put(gateway, api, changes)


def _changes(
    there: dict[tuple[str, str], dict[str, Any]], wanted: dict[tuple[str, str], dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    for place, settings in wanted.items():
        for name, value in settings.items():
            if name in _PATHS and there.get(place, {}).get(name, False) != value:
                yield f"{api_stage.setting(*place)}/{_PATHS[name]}", _said(value)


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sockets(api: str) -> dict[str, Any]:
    stage = clients.of("apigatewayv2").get_stage(ApiId=api, StageName=addresses.API_STAGE)
    return {"id": api, "deployment": stage["DeploymentId"]}


def _put_sockets_back(wanted: dict[str, Any]) -> None:
    client, where = clients.of("apigatewayv2"), {"ApiId": wanted["id"], "StageName": addresses.API_STAGE}
    if client.get_stage(**where)["DeploymentId"] != wanted["deployment"]:
        client.update_stage(**where, DeploymentId=wanted["deployment"])


# --- The functions


class _Functions:
    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._lambda = clients.patient("lambda")
        self._iam = clients.of("iam")
        self._layers: dict[str, Layer] = {}
        self.changed: set[str] = set()

    def taken(self, name: str) -> Function:
        found = self._lambda.get_function(FunctionName=name)
        made = found["Configuration"]
        code = _named("code", made["CodeSha256"])
        self._versions.put_content(code, lambda: _downloaded(found["Code"]["Location"]))
        return {
            "code": code,
            "architectures": made.get("Architectures", ["x86_64"]),
            "settings": _settings(made),
            "layers": [self._layer(one["Arn"]) for one in made.get("Layers", [])],
            "reserved": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "role": _role(made),
            "policy": self._policy(_role(made)),
        }

    def put_back(self, wanted: dict[str, Function]) -> list[str]:
        """Returns the names of those that are gone."""
        layers = {one["content"]: one for function in wanted.values() for one in function["layers"]}
        arns = {content: self._layer_put_back(layer) for content, layer in layers.items()}

        def one(name: str) -> bool:
            with suppress(self._lambda.exceptions.ResourceNotFoundException):
                self._one_put_back(name, wanted[name], [arns[each["content"]] for each in wanted[name]["layers"]])
                return True
            return False

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            there = dict(zip(wanted, pool.map(one, wanted), strict=True))
        return [name for name, is_there in there.items() if not is_there]

    def _one_put_back(self, name: str, wanted: Function, layers: list[str]) -> None:
        found = self._lambda.get_function(FunctionName=name)
        made = found["Configuration"]
        same = wanted["architectures"] == made.get("Architectures", ["x86_64"])
        if not same or wanted["code"] != _named("code", made["CodeSha256"]):
            place = {"S3Bucket": self._versions.bucket, "S3Key": self._versions.place(wanted["code"])}
            self._change("code", name, **place, Architectures=wanted["architectures"])
        if (_settings(made), [one["Arn"] for one in made.get("Layers", [])]) != (wanted["settings"], layers):
            self._change("configuration", name, **wanted["settings"], Layers=layers)
        self._reserve(name, wanted["reserved"], found.get("Concurrency", {}).get("ReservedConcurrentExecutions"))
        role = _role(made)
        if role == wanted["role"] and self._policy(role) != wanted["policy"]:
            self._iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(wanted["policy"]))
            self.changed.add(name)

    def _change(self, what: str, name: str, **wanted: Any) -> None:
        """AWS refuses the next change until this one is done."""
        getattr(self._lambda, f"update_function_{what}")(FunctionName=name, **wanted)
        self._lambda.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=_EACH_SECOND)
        self.changed.add(name)

    def _reserve(self, name: str, wanted: int | None, there: int | None) -> None:
        if wanted == there:
            return
        if wanted is None:
            self._lambda.delete_function_concurrency(FunctionName=name)
        else:
            self._lambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=wanted)
        self.changed.add(name)

    def _policy(self, role: str) -> Any:
        """Chalice names each policy after its role."""
        return self._iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]

    def _layer(self, arn: str) -> Layer:
        if arn not in self._layers:
            found = self._lambda.get_layer_version_by_arn(Arn=arn)
            content = _named("layer", found["Content"]["CodeSha256"])
            self._versions.put_content(content, lambda: _downloaded(found["Content"]["Location"]))
            fits = ("CompatibleRuntimes", "CompatibleArchitectures")
            own = {name: found[name] for name in fits if found.get(name)}
            self._layers[arn] = {"name": arn.split(":")[6], "content": content, "arn": arn, "fits": own}
        return self._layers[arn]

    def _layer_put_back(self, layer: Layer) -> str:
        """Its version, or another with the same content: Chalice deletes those that it has replaced."""
        pages = self._lambda.get_paginator("list_layer_versions").paginate(LayerName=layer["name"])
        there = {one["LayerVersionArn"]: one["Version"] for page in pages for one in page["LayerVersions"]}
        for arn in sorted(there, key=lambda arn: arn != layer["arn"]):
            found = self._lambda.get_layer_version(LayerName=layer["name"], VersionNumber=there[arn])
            if _named("layer", found["Content"]["CodeSha256"]) == layer["content"]:
                return str(arn)
        place = {"S3Bucket": self._versions.bucket, "S3Key": self._versions.place(layer["content"])}
        made = self._lambda.publish_layer_version(LayerName=layer["name"], Content=place, **layer["fits"])
        return str(made["LayerVersionArn"])


def _there(outputs: dict[str, str]) -> set[str]:
    notes = functions.deployed(outputs["Stage"]).values()
    return {note["lambda_arn"].rpartition(":")[2] for note in notes if note["resource_type"] == _FUNCTION}


def _settings(made: dict[str, Any]) -> dict[str, Any]:
    network = made.get("VpcConfig", {})
    return {
        **{name: made[name] for name in _SETTINGS},
        "Environment": {"Variables": made.get("Environment", {}).get("Variables", {})},
        "VpcConfig": {name: sorted(network.get(name, [])) for name in ("SubnetIds", "SecurityGroupIds")},
    }


def _role(made: dict[str, Any]) -> str:
    return str(made["Role"].rpartition("/")[2])


def _named(kind: str, digest: str) -> str:
    """By its hash, which AWS gives in base 64."""
    return f"{kind}-{base64.b64decode(digest).hex()}.zip"


def _downloaded(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        content: bytes = answer.read()
        return content
