"""Turns the features' `rights.py` into policies and Chalice's settings."""

from __future__ import annotations

import importlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cloud.errors import CloudError

_CHALICELIB = Path(__file__).resolve().parent.parent / "chalicelib"
_SETTINGS = {"seconds": "lambda_timeout", "megabytes": "lambda_memory_size", "at_once": "reserved_concurrency"}
_LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_LOG = "arn:{Partition}:logs:{Region}:{AccountId}:log-group:/aws/lambda/{Function}:*"
_IN_THE_NETWORK = "{DaxNetwork}"

Declared = dict[str, Any]
Statement = dict[str, Any]
Where = tuple[str, str] | None  # a condition's key and value


def declared() -> Declared:
    """As JSON: each function's grants and settings, and the common variables."""
    for path in sorted(_CHALICELIB.glob("*/rights.py")):
        importlib.import_module(f"chalicelib.{path.parent.name}.rights")
    from chalicelib.core import rights

    functions = {name: asdict(function) for name, function in sorted(rights.functions.items())}
    found: Declared = json.loads(json.dumps({"functions": functions, "variables": rights.variables}))
    return found


def function_name(stage: str, function: str) -> str:
    """Chalice's name: the function behind the routes is named after the stage only."""
    return f"commonplace-{stage}" if function == "api_handler" else f"commonplace-{stage}-{function}"


def logical(feature: str) -> str:
    """As part of a name in the template."""
    return feature.title().replace("_", "")


def policy(function: str, grants: Iterable[Any], outputs: dict[str, str]) -> dict[str, Any]:
    """For resources that the stage has; others are left out. Each function may write its own log."""
    log = _LOG.replace("{Function}", function_name(outputs["Stage"], function))
    actions: dict[tuple[str, Where], set[str]] = defaultdict(set)
    for granted, resources, condition in (*grants, (_LOGGING, (log,), None)):
        where = (condition[0], filled(condition[1], outputs)) if condition else None
        for resource in filter(None, (filled(each, outputs) for each in resources)):
            actions[resource, where].update(granted)
    return {"Version": "2012-10-17", "Statement": list(_statements(actions))}


def _statements(actions: dict[tuple[str, Where], set[str]]) -> Iterator[Statement]:
    """Resources with the same actions share a statement: a policy has at most 10,240 characters."""
    alike: dict[tuple[tuple[str, ...], Where], list[str]] = defaultdict(list)
    for resource, where in sorted(actions, key=_order):
        alike[tuple(sorted(actions[resource, where])), where].append(resource)
    for allowed, where in sorted(alike, key=_order):
        condition = {"Condition": {"StringEquals": {where[0]: where[1]}}} if where else {}
        resources = _one_or_all(alike[allowed, where])
        yield {"Effect": "Allow", "Action": _one_or_all(allowed), "Resource": resources, **condition}


def _order(pair: tuple[Any, Where]) -> tuple[Any, tuple[str, ...]]:
    return pair[0], pair[1] or ()


def _one_or_all(values: Any) -> Any:
    return values[0] if len(values) == 1 else list(values)


def settings(function: Declared, outputs: dict[str, str]) -> dict[str, Any]:
    """A function's settings in Chalice's `config.json`."""
    own = {theirs: function[ours] for ours, theirs in _SETTINGS.items() if function[ours]}
    if outputs["DaxNetwork"] and any(_IN_THE_NETWORK in resources for _, resources, _ in function["grants"]):
        own["subnet_ids"] = outputs["CacheSubnets"].split(",")
        own["security_group_ids"] = [outputs["CacheClients"]]
    if function["layers"]:
        own["layers"] = [filled(f"{{{logical(feature)}LayerArn}}", outputs) for feature in function["layers"]]
    return own


def environment(variables: dict[str, str], outputs: dict[str, str]) -> dict[str, str]:
    """Of every function, leaving out what the stage doesn't have."""
    own = {name: filled(value, outputs) for name, value in variables.items()}
    place = {"STAGE": "Stage", "ACCOUNT_ID": "AccountId", "PARTITION": "Partition", "REGION": "Region"}
    return {**{name: outputs[output] for name, output in place.items()}, "STREAMS": _streams(outputs), **_there(own)}


def _there(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value}


def _streams(outputs: dict[str, str]) -> str:
    """Each stream's creation time, the only part of its ARN that can't be computed."""
    streams = {name: arn for name, arn in outputs.items() if ":dynamodb:" in arn and "/stream/" in arn}
    return " ".join(
        f"{name.removesuffix('Stream').lower()}={arn.rpartition('/')[2]}" for name, arn in sorted(streams.items())
    )


def filled(text: str, outputs: dict[str, str]) -> str:
    try:
        return text.format_map(outputs)
    except KeyError as missing:
        again = f"fix it, or update the stage: `python -m cloud deploy --stage {outputs['Stage']}`"
        raise CloudError(f"A rights.py asks for {missing}, which is not an output of the template: {again}.") from None


if __name__ == "__main__":
    print(json.dumps(declared()))
