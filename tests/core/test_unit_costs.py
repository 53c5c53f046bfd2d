"""docs/COSTS.md matches the routes' costs, and a page costs the same whatever the size of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import calls
from benchmarks.calls import Cost
from chalicelib.core.pages import DEFAULT_LIMIT
from chalicelib.core.routes import operations

SMALL, LARGER = calls.SIZES[0], 3 * calls.SIZES[0]


@pytest.fixture(scope="module")
def small() -> list[Cost]:
    return calls.measure(SMALL)


@pytest.fixture(scope="module")
def larger() -> list[Cost]:
    return calls.measure(LARGER, calls.lists)


@pytest.fixture(scope="module")
def documented() -> list[list[str]]:
    """The rows of the table, each a list of cells."""
    lines = calls.documented().splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]


def test_a_page_is_one_call_whatever_the_size(small: list[Cost], larger: list[Cost]) -> None:
    for costs in (small, larger):
        pages = [cost for cost in costs if cost.situation.startswith("a page")]
        assert len(pages) == 4
        for page in pages:
            assert page.calls == {"Query": 1}, page
            assert 0 < page.read <= DEFAULT_LIMIT + 1, page


def test_a_full_page_reads_the_same_items_whatever_the_size(small: list[Cost], larger: list[Cost]) -> None:
    full = [cost.read for cost in (*small, *larger) if cost.situation in ("a page, the first", "a page, in the middle")]
    assert full == [DEFAULT_LIMIT + 1] * 4


def test_no_list_writes(larger: list[Cost]) -> None:
    assert {cost.written for cost in larger} == {0}


@pytest.mark.parametrize("route", ["GET /health", "GET /openapi.json"])
def test_asks_nothing_of_aws(route: str, small: list[Cost]) -> None:
    assert [cost.calls for cost in small if cost.route == route] == [{}]


def test_no_route_scans(small: list[Cost]) -> None:
    assert not [cost for cost in small if "Scan" in cost.calls]


def test_every_route_is_in_the_table(documented: list[list[str]]) -> None:
    promised = {f"`{operation.method} {operation.path}`" for operation in operations}
    assert {row[0] for row in documented} == promised, "measure it in benchmarks/calls.py"


def test_the_table_is_up_to_date(documented: list[list[str]], small: list[Cost]) -> None:
    measured = [[f"`{cost.route}`", cost.situation, *cost.cells] for cost in small]
    assert [row[:5] for row in documented] == measured, "run `python -m benchmarks calls --write`"


def test_counts_what_each_operation_reads_and_writes() -> None:
    keys: dict[str, Any] = {"RequestItems": {"one": {"Keys": [{}, {}]}, "other": {"Keys": [{}]}}}
    puts: dict[str, Any] = {"RequestItems": {"one": [{"PutRequest": {}}, {"DeleteRequest": {}}]}}
    writes: dict[str, Any] = {"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}, {"Delete": {}}]}
    assert calls.items_read("Query", {}, {"Count": 2, "ScannedCount": 500}) == 500
    assert calls.items_read("BatchGetItem", keys, {}) == 3
    assert calls.items_read("GetItem", {}, {}) == 1
    assert calls.items_written("BatchWriteItem", puts) == 2
    assert calls.items_written("TransactWriteItems", writes) == 2
    assert calls.items_written("Query", {}) == 0
