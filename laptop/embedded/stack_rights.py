"""CloudFormation and Lambda act with the rights of who calls them; ministack lets them do everything."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import lambda_svc
from ministack.services.cloudformation import stacks

from laptop.embedded.patching import Function, patch
from laptop.embedded.stack_calls import CALLS, PASSED_TO, TO_LAMBDA, Call

_NAMES = (
    *(
        "AlarmName",
        "Bucket",
        "BucketName",
        "ClusterName",
        "ConfigurationSetName",
        "LayerName",
        "Name",
        "QueueName",
        "Queues",
    ),
    *("RoleName", "TableName", "TopicName", "Topics"),
)
PASS = "iam:PassRole"
_CALLS = os.environ.get("EMBEDDED_CALLS")  # a file for everything that is asked for: key, action, resource


@patch(iam_evaluator, "enforce")
def noted(original: Function, key: str, action: str, service: str, region: str, *rest: Any, **options: Any) -> Any:
    if _CALLS:
        with Path(_CALLS).open("a", encoding="utf-8") as calls:
            resource = options.get("resource_arn", rest[0] if rest else "*")
            print(key, action, resource, sep="\t", file=calls)
    return original(key, action, service, region, *rest, **options)


def _refusal(action: str, resource: str, passed_to: str = "") -> str:
    """Why the caller of the current request may not do this, or nothing."""
    key, told = iam_evaluator._verified_key.get(), {"iam:PassedToService": passed_to} if action == PASS else {}
    service = action.partition(":")[0]
    if not key or not iam_evaluator.enforce(key, action, service, get_region(), resource, service_context=told):
        return ""
    return f"{iam_evaluator.caller_arn()} is not authorized to perform: {action} on resource: {resource}"


def _name(properties: dict[str, Any]) -> str:
    """As the template gives it; AWS makes names of others from the stack's."""
    for key in _NAMES:
        found = properties.get(key)
        if isinstance(found, list):
            found = next(iter(found), "")
        if isinstance(found, str) and found:
            return re.split("[:/]", found)[-1]
    return ""


def _check(kind: str, calls: Iterable[Call], properties: dict[str, Any], stack: str) -> None:
    for action, pattern in calls:
        resource = pattern.replace(":*:*:", f":{get_region()}:{get_account_id()}:").replace(
            "{name}", _name(properties) or stack
        )
        if said := _refusal(action, resource.replace("::*:", f"::{get_account_id()}:"), PASSED_TO.get(kind, "")):
            raise ValueError(said)


@patch(stacks, "_provision_resource")
def by_who_may_make_it(original: Function, kind: str, name: str, properties: Any, stack: str) -> Any:
    if kind in CALLS:
        _check(kind, CALLS[kind].making, properties, stack)
    return original(kind, name, properties, stack)


@patch(stacks, "_update_resource")
def by_who_may_change_it(
    original: Function, kind: str, name: str, before: Any, after: Any, stack: str, *rest: Any
) -> Any:
    if kind in CALLS and before != after:
        _check(kind, CALLS[kind].making, after, stack)
    return original(kind, name, before, after, stack, *rest)


@patch(stacks, "_delete_resource")
def by_who_may_delete_it(
    original: Function, kind: str, name: str, properties: Any, stack: str | None = None, *rest: Any, **options: Any
) -> Any:
    if kind in CALLS:
        _check(kind, CALLS[kind].deleting, properties, stack or "")
    return original(kind, name, properties, stack, *rest, **options)


@patch(lambda_svc, "_create_function")
def with_a_role_of_ones_own(original: Function, data: dict[str, Any]) -> Any:
    return _may_not_pass(data) or original(data)


@patch(lambda_svc, "_update_config")
def still_with_a_role_of_ones_own(original: Function, name: str, data: dict[str, Any]) -> Any:
    return _may_not_pass(data) or original(name, data)


def _may_not_pass(data: dict[str, Any]) -> Any:
    said = _refusal(PASS, data["Role"], TO_LAMBDA) if data.get("Role") else ""
    return error_response_json("AccessDeniedException", said, 403) if said else None
