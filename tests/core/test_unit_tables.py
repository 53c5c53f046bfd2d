"""Transactions that are refused, that meet others, or that fail for another reason."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.errors import ConflictError
from chalicelib.core.tables import transact, tries
from tests.support.failing import MEETING, Failing, refusal

WRITES: list[dict[str, Any]] = [{"Put": {}}, {"Update": {}}, {"Put": {}}]


def cancelled(*reasons: str) -> aws.AwsError:
    return refusal("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


class Writing:
    """A table that takes everything."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:
        self.written += TransactItems
        return {}


def test_nothing_is_refused_where_all_is_written() -> None:
    table = Writing()
    assert transact(table, WRITES) is None
    assert table.written == WRITES


@pytest.mark.parametrize(
    ("failure", "places"),
    [
        (cancelled("ConditionalCheckFailed", "None", "ConditionalCheckFailed"), {0, 2}),
        (cancelled("TransactionConflict", "ConditionalCheckFailed", "None"), {1}),
        (cancelled("None", "TransactionConflict", "None"), set()),
        (cancelled("ThrottlingError", "None", "None"), set()),
        (MEETING, set()),
    ],
)
def test_tells_which_were_refused(failure: Exception, places: set[int]) -> None:
    assert transact(Failing(failure), WRITES) == places


@pytest.mark.parametrize("failure", [refusal("AccessDeniedException"), cancelled("ValidationError", "None", "None")])
def test_no_other_failure_is_taken_for_a_refusal(failure: aws.AwsError) -> None:
    with pytest.raises(aws.AwsError) as raised:
        transact(Failing(failure), WRITES)
    assert raised.value is failure


def test_tries_so_often_and_then_it_is_a_conflict() -> None:
    slept: list[float] = []
    numbers = []
    with pytest.raises(ConflictError, match="Busy"):
        for number in tries(12, slept.append, "Busy: try again."):
            numbers.append(number)
            assert len(slept) == number, "the first is at once, and none waits for nothing"
    assert numbers == list(range(12))
    assert all(0 <= wait <= min(0.01 * 2**number, 0.5) for number, wait in enumerate(slept))
    assert len(set(slept)) > 1


def test_who_succeeds_tries_no_more() -> None:
    slept: list[float] = []
    for _ in tries(12, slept.append, "Busy: try again."):
        break
    assert slept == []
