"""CloudFormation refuses a template that names a resource or parameter it does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped]
from ministack.services.cloudformation import engine, handlers

from laptop.embedded.patching import Function, patch

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
