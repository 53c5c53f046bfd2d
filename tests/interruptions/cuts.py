"""Interrupts work at any of its calls to AWS."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from botocore.exceptions import ReadTimeoutError
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from chalicelib.core import aws
from chalicelib.core.signed import operation_of

WRITES = ("Put", "Update", "Delete", "TransactWrite", "BatchWrite", "Admin", "Send")

Stored = dict[str, Any]  # all rows of each of moto's tables


class Fault(Enum):
    KILLED = "ended after the call"
    LOST = "answer lost"
    THROTTLED = "throttled"
    CONFLICT = "conflict"


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Cut:
    """What befalls one of the calls from here on."""

    fault: Fault | None = None
    at: int = 0
    made: list[str] = field(default_factory=list)
    is_dead: bool = False

    def through(self, operation: str, call: Callable[[], Any]) -> Any:
        if self.is_dead:
            raise Killed
        self.made.append(operation)
        if len(self.made) != self.at:
            return call()
        if self.fault is Fault.THROTTLED:
            raise _refusal("ProvisionedThroughputExceededException", operation, 400)
        if self.fault is Fault.CONFLICT:
            raise _conflict(operation)
        answer = call()
        if self.fault is Fault.LOST:
            raise _unanswered(operation)
        if self.fault is Fault.KILLED:
            self.is_dead = True
            raise Killed
        return answer


def _refusal(code: str, operation: str, status: int, **more: Any) -> aws.AwsError:
    error = {"Code": code, "Message": "interrupted"}
    return aws.AwsError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}, **more}, operation)


def _unanswered(operation: str) -> Exception:
    """As our own client says it; and as boto3 does, which alone sends mails."""
    return ReadTimeoutError(endpoint_url="mail") if operation == "SendEmail" else _refusal("Unanswered", operation, 0)


def _conflict(operation: str) -> aws.AwsError:
    if operation != "TransactWriteItems":
        return _refusal("TransactionConflictException", operation, 400)
    reasons = [{"Code": "TransactionConflict"}]
    return _refusal("TransactionCanceledException", operation, 400, CancellationReasons=reasons)


class Interrupted:
    """A client whose calls go through the cut."""

    def __init__(self, client: Any, knife: Knife) -> None:
        self._client, self._knife = client, knife

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._client, name)
        if name.startswith("generate_"):
            return call
        if name == "get_id":
            call = self._knife.same_folder(call)
        return lambda **given: self._knife.cut.through(operation_of(name), lambda: call(**given))


@dataclass
class Knife:
    """Cuts what all its clients do."""

    cut: Cut = field(default_factory=Cut)
    folder: dict[str, str] = field(default_factory=dict)

    def over(self, client: Any) -> Any:
        return Interrupted(client, self)

    def same_folder(self, get_id: Callable[..., Any]) -> Callable[..., Any]:
        """A person's identity is always the same; moto makes a new one each time."""

        def known(**given: Any) -> dict[str, str]:
            self.folder = self.folder or get_id(**given)
            return self.folder

        return known


def cuts_of(made: list[str]) -> Iterator[Cut]:
    for at, operation in enumerate(made, 1):
        for fault in Fault:
            if fault is not Fault.CONFLICT or operation.startswith(WRITES):
                yield Cut(fault, at)


def _stored() -> dict[str, Any]:
    return get_backend("dynamodb")[DEFAULT_ACCOUNT_ID]["eu-central-1"].tables


def view() -> Stored:
    return {name: table.items for name, table in _stored().items()}


def state() -> Stored:
    return copy.deepcopy(view())


def restore(kept: Stored) -> None:
    for name, items in kept.items():
        _stored()[name].items = copy.deepcopy(items)
