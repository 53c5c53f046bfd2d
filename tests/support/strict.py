"""Limits of DynamoDB that moto lacks: what AWS would refuse is refused here too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.core.aws import AwsError

LONGEST_KEY = 2048
LONGEST_EXPRESSION = 4096


class Strict:
    """A DynamoDB client that enforces them."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        call = getattr(self._client, operation)

        def checked(**parameters: Any) -> Any:
            for fault in _faults(parameters):
                raise AwsError(
                    {
                        "Error": {"Code": "ValidationException", "Message": fault},
                        "ResponseMetadata": {"HTTPStatusCode": 400},
                    },
                    operation,
                )
            return call(**parameters)

        return checked


def _faults(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for entry in node:
            yield from _faults(entry)
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name == "Key" and any(not 0 < len(key.get("S", "-").encode()) <= LONGEST_KEY for key in value.values()):
            yield f"a key must have from 1 to {LONGEST_KEY} bytes"
        if name.endswith("Expression") and len(value.encode()) > LONGEST_EXPRESSION:
            yield f"{name} has {len(value.encode())} bytes, more than {LONGEST_EXPRESSION}"
        yield from _faults(value)
