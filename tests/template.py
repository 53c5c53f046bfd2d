"""`cloud/template.yaml` as data: tests make their tables from it, so that they cannot drift from what is deployed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
TEMPLATE = Path(__file__).resolve().parent.parent / "cloud" / "template.yaml"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Knows CloudFormation's tags: `!Ref Table` becomes `{"Ref": "Table"}`."""


def _tagged(loader: _Loader, tag: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        return {tag: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _tagged)


@cache
def template() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(TEMPLATE.read_text("utf-8"), _Loader)
    return read


def table(resource: str) -> dict[str, Any]:
    """What CreateTable takes for a table of the template, but for its name."""
    found = template()["Resources"][resource]
    assert found["Type"] in TABLES, resource
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    return {name: found["Properties"][name] for name in wanted if name in found["Properties"]}


def tables_in_the_environment() -> dict[str, str]:
    """Which table of the template each variable of the functions names."""
    common = json.loads((TEMPLATE.parent.parent / ".chalice" / "common.json").read_text("utf-8"))
    named = {name: value.strip("${}") for name, value in common["environment_variables"].items()}
    return {name: resource for name, resource in named.items() if name.endswith("_TABLE")}
