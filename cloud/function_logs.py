"""The logs of functions: AWS makes each at the first call, and keeps it for ever, whatever happens to the function."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from cloud import clients


def keep(functions: Iterable[str], days: int) -> None:
    logs = clients.patient("logs")
    for name in map(_log, functions):
        there = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        kept = {one["logGroupName"]: one.get("retentionInDays") for one in there}
        if name not in kept:
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=name)
        if kept.get(name) != days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def delete(functions: Iterable[str]) -> None:
    logs = clients.patient("logs")
    for name in map(_log, functions):
        with suppress(logs.exceptions.ResourceNotFoundException):
            logs.delete_log_group(logGroupName=name)


def _log(function: str) -> str:
    return f"/aws/lambda/{function}"
