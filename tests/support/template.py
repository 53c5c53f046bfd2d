"""The template as data: tests make their tables from it, so that they cannot drift from what is deployed."""

from __future__ import annotations

from functools import cache
from typing import Any

from cloud.template import TABLES, of_type, parsed, whole


@cache
def template() -> dict[str, Any]:
    return parsed(whole())


def table(resource: str) -> dict[str, Any]:
    """CreateTable's parameters for a table of the template, except its name."""
    found = of_type(template(), *TABLES)[resource]
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    return {name: found["Properties"][name] for name in wanted if name in found["Properties"]}


def tables_in_the_environment() -> dict[str, str]:
    """Which template table each overriding variable names."""
    return {f"{name.removesuffix('Table').upper()}_TABLE": name for name in of_type(template(), *TABLES)}
