"""What CloudFormation asks its caller for, as AWS's resource schemas say, beside what `stack_calls.py` knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from laptop.embedded.stack_calls import CALLS, Calls
from tests.aws.findings import Result


def check(types: Iterable[str]) -> Result:
    asked = {kind: _asked(kind) for kind in sorted(set(types))}
    found = [f"{kind}: {action}" for kind, actions in asked.items() for action in _missing(kind, actions)]
    return Result("stack's rights", f"{sum(map(len, asked.values()))} actions of {len(asked)} types", found)


def _asked(kind: str) -> set[str]:
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    parts = [part for name, part in schema.get("handlers", {}).items() if name != "list"]
    return {action for part in [*parts, schema.get("tagging", {})] for action in part.get("permissions", [])}


def _missing(kind: str, actions: set[str]) -> Iterator[str]:
    calls = CALLS.get(kind, Calls([], []))
    allowed = {action.lower() for action, _ in (*calls.making, *calls.deleting)}
    return (one for one in sorted(actions) if not any(fnmatchcase(each, one.lower()) for each in allowed))
