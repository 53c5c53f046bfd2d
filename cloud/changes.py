"""What a deployment would change: resources, functions, pages. Nothing is touched."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from cloud import clients, functions, rights
from cloud.site import Site
from cloud.stage import Stage, outputs_of
from cloud.steps import Steps

_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-"}
_ORDER = "-!~+"  # what may lose something comes first
_AGAIN = {"True": "is made anew", "Conditional": "may be made anew"}
_MOST = 30


def show(steps: Steps, stage: Stage, parameters: dict[str, str]) -> None:
    stack = stage.at_rest()
    outputs = outputs_of(stack) if stack else {"Stage": stage.name}
    wanted = _Known({**outputs, **{name: value for name, value in parameters.items() if value}})
    for title, lines in (
        ("Settings", _settings(stage.parameters(), parameters)),
        ("Resources", _resources(stage.changes(stack, parameters))),
        ("Functions", _functions(wanted)),
        ("Pages", _pages(wanted)),
    ):
        found = sorted(lines, key=lambda line: _ORDER.index(line[0]))
        steps.say(f"\n  {title}: {len(found) or 'as they are'}")
        for line in found[:_MOST]:
            steps.say(f"    {line}")
        if len(found) > _MOST:
            steps.say(f"    … and {len(found) - _MOST} more")
    steps.say("\nNothing was changed. Without --plan, this is done.")


class _Known(dict[str, str]):
    """A stage's outputs. What the stack doesn't have yet differs from everything that it has."""

    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def _settings(before: dict[str, str], given: dict[str, str]) -> Iterator[str]:
    for name, value in given.items():
        if before.get(name) != value:
            yield f"~ {name}: {before.get(name) or 'as in the template'} → {value or 'empty'}"


def _resources(changes: Iterable[dict[str, Any]]) -> Iterator[str]:
    for one in changes:
        names = {each["Target"].get("Name", each["Target"]["Attribute"]) for each in one.get("Details", [])}
        what = f"{one['LogicalResourceId']}, {one['ResourceType']}"
        which = f" ({', '.join(sorted(names))})" if names else ""
        if again := _AGAIN.get(one.get("Replacement", "")):
            yield f"! {what}{which}: {again}"
        else:
            yield f"{_SIGNS[one['Action']]} {what}{which}"


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
    pages = clients.of("lambda").get_paginator("list_functions").paginate()
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
    address = clients.of("lambda").get_function(FunctionName=function["FunctionName"])["Code"]["Location"]
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
