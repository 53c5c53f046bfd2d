"""What a deployment would change: resources, functions, pages. Nothing is touched."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import boto3

from cloud import functions, rights
from cloud.site import Site
from cloud.stage import Stage, outputs_of
from cloud.steps import Steps

_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "+", "Dynamic": "~"}
_MOST = 30


def show(steps: Steps, stage: Stage, parameters: dict[str, str]) -> None:
    stack = stage.at_rest()
    outputs = _Known(outputs_of(stack)) if stack else _Known({"Stage": stage.name})
    for title, lines in (
        ("Resources", _resources(stage.changes(stack, parameters))),
        ("Functions", _functions(outputs)),
        ("Pages", _pages(outputs)),
    ):
        found = [*lines]
        steps.say(f"\n  {title}: {'as they are' if not found else len(found)}")
        for line in islice(found, _MOST):
            steps.say(f"    {line}")
        if len(found) > _MOST:
            steps.say(f"    … and {len(found) - _MOST} more")
    steps.say("\nNothing was changed. Without --plan it is deployed.")


class _Known(dict[str, str]):
    """A stage's outputs. What the stack doesn't have yet differs from everything that it has."""

    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def _resources(changes: Iterable[dict[str, Any]]) -> Iterator[str]:
    for one in changes:
        names = sorted({d["Target"].get("Name", d["Target"]["Attribute"]) for d in one.get("Details", [])})
        what = f" ({', '.join(names)})" if names else ""
        again = {"True": ": is replaced", "Conditional": ": may be replaced"}.get(one.get("Replacement", ""), "")
        yield f"{_SIGNS[one['Action']]} {one['LogicalResourceId']}, {one['ResourceType']}{what}{again}"


def _functions(outputs: dict[str, str]) -> Iterator[str]:
    stage, declared = outputs["Stage"], functions.declared_rights()
    there = _deployed()
    for name, function in declared["functions"].items():
        found = there.get(rights.function_name(stage, name))
        if not found:
            yield f"+ {name}"
        elif changed := [*_changed(found, name, function, declared["variables"], outputs)]:
            yield f"~ {name} ({', '.join(changed)})"
    api = there.get(rights.function_name(stage, "api_handler"))
    if api and _code_of(api) != functions.sources():
        yield "~ the code of all of them"
    if "StateBucket" in outputs:
        yield from (f"- {name}" for name in sorted(functions.kept_functions(outputs) - declared["functions"].keys()))


def _deployed() -> dict[str, dict[str, Any]]:
    pages = boto3.client("lambda").get_paginator("list_functions").paginate()
    return {one["FunctionName"]: one for page in pages for one in page["Functions"]}


def _changed(
    found: dict[str, Any], name: str, function: rights.Declared, variables: dict[str, str], outputs: dict[str, str]
) -> Iterator[str]:
    settings = rights.settings(function, outputs)
    for ours, theirs in (("lambda_timeout", "Timeout"), ("lambda_memory_size", "MemorySize")):
        if ours in settings and settings[ours] != found[theirs]:
            yield f"{theirs} {settings[ours]}"
    wanted, there = rights.environment(variables, outputs), found.get("Environment", {}).get("Variables", {})
    yield from sorted(each for each in {*wanted, *there} if wanted.get(each) != there.get(each))
    if functions.rights_of(outputs["Stage"], name) != rights.policy(name, function["grants"], outputs):
        yield "rights"


def _code_of(function: dict[str, Any]) -> dict[str, bytes]:
    address = boto3.client("lambda").get_function(FunctionName=function["FunctionName"])["Code"]["Location"]
    with urllib.request.urlopen(address, timeout=60) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as files:
        return {name: files.read(name) for name in files.namelist() if functions.is_source(name)}


def _pages(outputs: dict[str, str]) -> Iterator[str]:
    if "SiteBucket" not in outputs:
        yield "+ all of them"
        return
    added, changed, removed = Site(outputs).differences()
    yield from (f"+ {key}" for key in added)
    yield from (f"~ {key}" for key in changed)
    yield from (f"- {key}" for key in removed)
