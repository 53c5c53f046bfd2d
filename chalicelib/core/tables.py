"""What is the same for every table: a query to its end, many items at once, refused conditions, transactions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import aws
from chalicelib.core.errors import ConflictError
from chalicelib.core.items import plain
from chalicelib.core.signed import chance

_REFUSED = "ConditionalCheckFailed"
_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_AT_ONCE = 100
_PAUSE_SECONDS = 0.05
_FIRST_WAIT = 0.01
_LONGEST_WAIT = 0.5


def every(dynamodb: Any, **query: Any) -> Iterator[dict[str, Any]]:
    """All that a query finds, read as it is used."""
    while True:
        answer = dynamodb.query(**query)
        yield from map(plain, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def read_all(
    dynamodb: Any,
    table: str,
    keys: Iterable[dict[str, Any]],
    consistent: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """The items with these keys, in no order; those that are not there are left out."""
    waiting = list(keys)
    found: list[dict[str, Any]] = []
    while waiting:
        asked = {table: {"Keys": waiting[:_AT_ONCE], "ConsistentRead": consistent}}
        answer = dynamodb.batch_get_item(RequestItems=asked)
        found += map(plain, answer["Responses"].get(table, []))
        left = (answer.get("UnprocessedKeys") or {}).get(table, {}).get("Keys", [])
        waiting = left + waiting[_AT_ONCE:]
        if left:  # a busy table answers only a part
            sleep(_PAUSE_SECONDS)
    return found


@contextmanager
def refused_as(error: Exception | None) -> Iterator[None]:
    """A write whose condition doesn't hold is this error, or of no importance."""
    try:
        yield
    except aws.Failure as failure:
        if aws.code_of(failure) != "ConditionalCheckFailedException":
            raise
        if error:
            raise error from None


def transact(dynamodb: Any, writes: list[dict[str, Any]]) -> set[int] | None:
    """None if all is written. Else nothing is, and here are the places of those whose condition doesn't hold: none of
    them where it only met another transaction, and may succeed at the next try.
    """
    try:
        dynamodb.transact_write_items(TransactItems=writes)
        return None
    except aws.Failure as failure:
        reasons = aws.reasons_of(failure)
        if not {_REFUSED, *_BUSY} & set(reasons):
            raise
        return {place for place, reason in enumerate(reasons) if reason == _REFUSED}


def tries(most: int, sleep: Callable[[float], None], busy: str) -> Iterator[int]:
    """Each a little after the one before and apart from the others who try; after the last one it is a conflict."""
    for number in range(most):
        if number:
            sleep(min(_FIRST_WAIT * 2 ** (number - 1), _LONGEST_WAIT) * chance())
        yield number
    raise ConflictError(busy)
