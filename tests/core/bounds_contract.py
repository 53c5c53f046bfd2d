"""The promises of bounds: so many per window, however concurrent, and nothing for leavers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.core.bounds import DAY, MINUTE, Bound, Count, EndedError, Permit, TooOftenError
from chalicelib.core.errors import ProblemError
from chalicelib.core.items import typed
from chalicelib.core.tables import attempt, transaction
from tests.albums.contract import at_once
from tests.support.persons import ADA, BOB, Persons, signed
from tests.support.tables import Tables

NOON = 1_700_000_000.5  # 20 seconds into its minute
THREE = Bound("threes", 3, MINUTE, "threes")
LETTERS = Bound("letters", 100, DAY, "letters")

Make = Callable[..., Permit]


class BoundsContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture
    def make(self, tables: Tables, persons: Persons) -> Make:
        counters = tables.new("CountersTable")

        def make(person: str = ADA, bound: Bound = THREE, amount: int = 1, now: float = NOON) -> Permit:
            return Permit(
                tables.database, counters, persons.table, signed(person), (Count(bound, person, amount),), now
            )

        return make

    def test_so_many_in_a_window_and_no_more(self, make: Make) -> None:
        for _ in range(3):
            make().take()
        for _ in range(2):
            with pytest.raises(TooOftenError) as raised:
                make().take()
        refused = raised.value
        assert (refused.status, refused.retry_after) == (429, 40)
        assert refused.detail == "At most 3 threes a minute for each person. Try again after 2023-11-14 22:14:00 UTC."
        make(BOB).take()
        make(now=NOON + 40).take()
        assert make(now=NOON + 40).used() == 1 and make().used() == 3

    def test_of_many_at_once_no_more_than_that(self, make: Make) -> None:
        outcomes = at_once([make(bound=LETTERS, amount=30).take] * 8)
        assert sorted(outcomes) == ["TooOftenError"] * 5 + ["done"] * 3
        assert make(bound=LETTERS).used() == 90

    def test_what_is_refused_for_another_reason_is_not_counted(self, tables: Tables, make: Make) -> None:
        refused = attempt(tables.database, {"other": _only_where_it_is(make())}, make())
        assert refused == {"other"} and make().used() == 0

    def test_what_is_too_often_is_not_written(self, tables: Tables, make: Make) -> None:
        for _ in range(3):
            make().take()
        row = typed({"person": "somebody", "id": "row"})
        with pytest.raises(TooOftenError):
            transaction(tables.database, {"row": {"Put": {"TableName": make().counters, "Item": row}}}, make())
        assert "Item" not in tables.database.get_item(TableName=make().counters, Key=row, ConsistentRead=True)

    @pytest.mark.parametrize("amount", [101, 10**9])
    def test_more_at_once_than_there_is_in_all(self, make: Make, amount: int) -> None:
        with pytest.raises(TooOftenError):
            make(bound=LETTERS, amount=amount).take()
        make(bound=LETTERS, amount=100).take()
        with pytest.raises(TooOftenError):
            make(bound=LETTERS, amount=1).take()

    def test_who_has_left_begins_nothing(self, persons: Persons, make: Make) -> None:
        persons.leave(ADA)
        with pytest.raises(EndedError) as raised:
            make().take()
        assert raised.value.status == 401 and make().used() == 0
        make(BOB).take()

    def test_who_signed_out_everywhere_begins_nothing_until_signed_in_again(
        self, tables: Tables, persons: Persons, make: Make
    ) -> None:
        signed_out_at = persons.sign_out(ADA)
        for at, is_over in ((0, True), (signed_out_at, True), (signed_out_at + 1, False)):
            permit = replace(make(), sign_in=signed(ADA, at))
            if is_over:
                with pytest.raises(EndedError):
                    permit.take()
            else:
                permit.take()
        assert make().used() == 1
        make(BOB).take()

    def test_who_has_not_come_by_yet_may(self, make: Make) -> None:
        make("new-here").take()

    def test_two_counters_are_raised_together_or_not_at_all(self, make: Make) -> None:
        mine, all = Count(LETTERS, ADA, 60), Count(LETTERS, "everyone", 60, "Enough for everybody.")
        both = Permit(make().database, make().counters, make().people, signed(ADA), (mine, all), NOON)
        others = Permit(both.database, both.counters, both.people, signed(BOB), (Count(LETTERS, BOB, 60), all), NOON)
        both.take()
        with pytest.raises(ProblemError, match=r"^Enough for everybody\. Try again after 2023-11-15 00:00:00"):
            others.take()
        assert (both.used(0), both.used(1), others.used(0)) == (60, 60, 0)

    def test_a_counter_goes_by_itself_after_its_window(self, tables: Tables, make: Make) -> None:
        make().take()
        [item] = tables.items(make().counters)
        assert NOON + 40 < int(item["expiresAt"]["N"]) < NOON + 600

    def test_many_at_once_within_the_bound_all_succeed(self, make: Make) -> None:
        assert at_once([partial(make(bound=LETTERS).take)] * 8) == ["done"] * 8


def _only_where_it_is(permit: Permit) -> dict[str, Any]:
    key = typed({"person": "nobody", "id": "none"})
    return {"Delete": {"TableName": permit.counters, "Key": key, "ConditionExpression": "attribute_exists(id)"}}
