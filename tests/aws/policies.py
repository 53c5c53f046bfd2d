"""The functions' policies, with names as long as they get, as parliament and AWS's list of actions see them.

parliament knows what is malformed and which resources fit an action; policy_sentry has the newer list of actions.
"""

from __future__ import annotations

import importlib.resources
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

from tests.aws.findings import Result

Policy = dict[str, Any]


def check(policies: dict[str, Policy]) -> Result:
    found = {f"{name}: {each}" for name, policy in policies.items() for each in (*_linted(policy), *_unknown(policy))}
    actions = {action for policy in policies.values() for action, _ in _allowed(policy)}
    return Result("policies", f"{len(policies)} policies, {len(actions)} actions", sorted(found))


def _linted(policy: Policy) -> Iterator[str]:
    for finding in _parliament().analyze_policy_string(json.dumps(policy)).findings:
        yield f"{finding.issue} {json.dumps(finding.detail)}"


def _parliament() -> Any:
    """It asks setuptools for its files' paths, by a module that setuptools no longer has."""
    if "parliament" not in sys.modules:
        gone = ModuleType("pkg_resources")
        gone.__dict__["resource_filename"] = lambda package, name: str(importlib.resources.files(package) / name)
        sys.modules.setdefault("pkg_resources", gone)
    import parliament

    return parliament


def _unknown(policy: Policy) -> Iterator[str]:
    """What IAM would take without a word, and never match."""
    for action, condition in _allowed(policy):
        service, _, name = action.partition(":")
        privilege = (get_service_prefix_data(service) or {}).get("privileges", {}).get(name)
        if privilege is None:
            yield f"there is no action {action}"
        elif condition and condition not in _keys(privilege) and not condition.startswith("aws:"):
            yield f"{action} knows no condition {condition}"


def _allowed(policy: Policy) -> Iterator[tuple[str, str]]:
    """Each action with each key of its conditions, or none."""
    for statement in policy["Statement"]:
        keys = [key for tested in statement.get("Condition", {}).values() for key in tested]
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield from ((action, key) for key in keys or [""])


def _keys(privilege: dict[str, Any]) -> set[str]:
    return {key for kind in privilege["resource_types"].values() for key in kind["condition_keys"]}
