"""CloudFormation refuses a template that names what it does not have, unknown parameters, and empty updates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped]
from ministack.services.cloudformation import changesets, engine, handlers

from laptop.embedded.patching import Function, patch

_COMPARED = ("Resources", "Outputs", "Conditions", "Mappings")
IN_A_TEXT = re.compile(r"\$\{(?!!)([\w:]+)(?:\.[\w.]+)?\}")


if hasattr(yaml, "CSafeLoader"):

    class Loader(yaml.CSafeLoader):  # type: ignore[misc]
        """ministack's own, ten times as fast."""

        yaml_constructors = engine.CfnLoader.yaml_constructors
        yaml_multi_constructors = engine.CfnLoader.yaml_multi_constructors
        yaml_implicit_resolvers = engine.CfnLoader.yaml_implicit_resolvers

    engine.CfnLoader = Loader


@patch(handlers, "_parse_template")
def without_loose_ends(original: Function, body: str) -> Any:
    template = original(body)
    known = {*(template.get("Resources") or {}), *(template.get("Parameters") or {})}
    for block in ("Resources", "Outputs"):
        asked = {name for name in named(template.get(block)) if not name.startswith("AWS::")}
        if loose := ", ".join(sorted(asked - known)):
            raise ValueError(f"Unresolved resource dependencies [{loose}] in the {block} block of the template")
    return template


def named(node: Any) -> Iterator[str]:
    """Every name that `Ref`, `Fn::GetAtt` or `Fn::Sub` refers to."""
    if isinstance(node, list):
        for entry in node:
            yield from named(entry)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref" and isinstance(value, str):
            yield value
        elif key == "Fn::GetAtt":
            yield (value if isinstance(value, str) else str(value[0])).partition(".")[0]
        elif key == "Fn::Sub":
            text, own = (value, {}) if isinstance(value, str) else (value[0], value[1])
            yield from (name for name in IN_A_TEXT.findall(text) if name not in own)
            yield from named(own)
        else:
            yield from named(value)


@patch(handlers, "_resolve_parameters")
def of_its_own(original: Function, template: Any, given: list[dict[str, Any]], before: Any = None) -> Any:
    if strange := [one["Key"] for one in given if one.get("Key") not in (template.get("Parameters") or {})]:
        raise ValueError(f"Parameters: [{', '.join(strange)}] do not exist in the template")
    for one in given:
        if str(one.get("UsePreviousValue")).lower() == "true" and one["Key"] not in (before or {}):
            raise ValueError(
                f"Invalid input for parameter key {one['Key']}. Cannot specify usePreviousValue as true "
                "for a parameter key not in the previous template"
            )
    return original(template, given, before)


changesets._resolve_parameters = handlers._resolve_parameters


@patch(changesets, "_resolve_props_for_diff")
def only_what_there_will_be(original: Function, template: Any, values: dict[str, Any], *rest: Any) -> Any:
    """Without resources whose condition does not hold."""
    found = original(template, values, *rest)
    holds = engine._evaluate_conditions(template, values) if template else {}
    there = found.get("Resources", {}).items()
    return {**found, "Resources": {name: one for name, one in there if holds.get(one.get("Condition"), True)}}


@patch(handlers, "_stack_has_no_updates")
def what_changes_no_resource(
    original: Function, stack: dict[str, Any], template: Any, values: dict[str, Any], *rest: Any, **options: Any
) -> bool:
    """Nor an output: a description or a parameter that nothing uses is no update, as on AWS."""
    used = {*named({name: template.get(name) for name in _COMPARED})}
    same = {**stack.get("_template", {}), **{name: block for name, block in template.items() if name not in _COMPARED}}
    before = {name: value for name, value in stack.get("_resolved_params", {}).items() if name in used}
    there = {**stack, "_template": same, "_resolved_params": before}
    counted = {name: value for name, value in values.items() if name in used}
    return bool(original(there, template, counted, *rest, **options))
