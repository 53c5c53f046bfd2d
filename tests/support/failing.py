"""A cloud where everything fails in the same way."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import aws


def refusal(code: str, **more: Any) -> aws.AwsError:
    error = {"Code": code, "Message": "arn:aws:dynamodb is secret"}
    return aws.AwsError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}, "SomeOperation")


# The reason given when transactions collide.
MEETING = refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])


class Failing:
    """A client whose every operation fails, or only the named ones."""

    def __init__(self, failure: Exception, operations: tuple[str, ...] = (), other: Any = None) -> None:
        self._failure, self._operations, self._other = failure, operations, other

    def __getattr__(self, operation: str) -> Any:
        if self._operations and operation not in self._operations:
            return getattr(self._other, operation)

        def fail(**parameters: Any) -> Any:
            raise self._failure

        return fail


def fail(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    """Every service from now on, until the test is over."""
    monkeypatch.setattr(aws, "_clients", {service: Failing(failure) for service in (*aws.SIGNED, "s3", "sesv2")})
