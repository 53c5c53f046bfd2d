"""Transactions that are refused, that collide, or that fail for another reason."""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import pytest

from chalicelib.core import aws
from chalicelib.core.errors import ConflictError
from chalicelib.core.tables import Database, attempt, tries
from tests.support.failing import MEETING, Failing, refusal

WRITES: dict[str, dict[str, Any]] = {"one": {"Put": {}}, "two": {"Update": {}}, "three": {"Put": {}}}


def cancelled(*reasons: str) -> aws.AwsError:
    return refusal("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


def test_nothing_is_refused_where_all_is_written() -> None:
    database = create_autospec(Database, instance=True)
    assert attempt(database, WRITES) is None
    database.transact_write_items.assert_called_once_with(TransactItems=list(WRITES.values()))


@pytest.mark.parametrize(
    ("failure", "names"),
    [
        (cancelled("ConditionalCheckFailed", "None", "ConditionalCheckFailed"), {"one", "three"}),
        (cancelled("TransactionConflict", "ConditionalCheckFailed", "None"), {"two"}),
        (cancelled("None", "TransactionConflict", "None"), set()),
        (cancelled("ThrottlingError", "None", "None"), set()),
        (MEETING, set()),
    ],
)
def test_tells_which_were_refused(failure: Exception, names: set[str]) -> None:
    assert attempt(Failing(failure), WRITES) == names


@pytest.mark.parametrize("failure", [refusal("AccessDeniedException"), cancelled("ValidationError", "None", "None")])
def test_no_other_failure_is_taken_for_a_refusal(failure: aws.AwsError) -> None:
    with pytest.raises(aws.AwsError) as raised:
        attempt(Failing(failure), WRITES)
    assert raised.value is failure


def test_tries_so_often_and_then_it_is_a_conflict() -> None:
    slept: list[float] = []
    numbers = []
    with pytest.raises(ConflictError, match="Busy"):
        for number in tries(12, slept.append, "Busy: try again."):
            numbers.append(number)
            assert len(slept) == number, "the first is at once, and none waits for nothing"
    assert numbers == list(range(12))
    assert all(0 <= wait <= min(0.01 * 2**number, 2) for number, wait in enumerate(slept))
    assert len(set(slept)) > 1


def test_who_succeeds_tries_no_more() -> None:
    slept: list[float] = []
    for _ in tries(12, slept.append, "Busy: try again."):
        break
    assert slept == []
