"""The to-dos' promises: in order, private, no duplicates, and every write is read back, with or without a cache."""

from __future__ import annotations

import json
import math
import time
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from chalicelib.core.cache import Cache, Dax, NoCache
from chalicelib.core.errors import BadRequestError, InvalidError
from chalicelib.core.items import plain
from chalicelib.core.pages import Turn, cursor
from chalicelib.core.tables import Database
from chalicelib.todos.lists import StaleTodoError, Todo, TodoNotFoundError, Todos
from tests.support.clock import at
from tests.support.persons import made_at_once
from tests.support.tables import Tables

EVERYTHING = Turn(100)
LATER = 60.0


class LikeDax:
    """Keeps items as written through it, query results as they once were, and replicas that lag behind."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.items: dict[str, Any] = {}
        self.answers: dict[str, Any] = {}
        self.lagging = True
        self.asked = 0

    def get_item(self, **asked: Any) -> Any:
        if asked.pop("ConsistentRead", False):
            return self._ask("get_item", **asked, ConsistentRead=True)
        place = _place(asked["TableName"], asked["Key"])
        if place not in self.items:
            self.items[place] = self._ask("get_item", **asked).get("Item")
        return {"Item": self.items[place]} if self.items[place] else {}

    def query(self, **asked: Any) -> Any:
        if asked.get("ConsistentRead"):
            return self._ask("query", **asked)
        question = json.dumps(asked, sort_keys=True)
        if question not in self.answers:
            self.answers[question] = {"Items": []} if self.lagging else self._ask("query", **asked)
        return self.answers[question]

    def put_item(self, **asked: Any) -> Any:
        answer = self._ask("put_item", **asked)
        key = {name: asked["Item"][name] for name in ("person", "id")}
        self.items[_place(asked["TableName"], key)] = asked["Item"]
        return answer

    def delete_item(self, **asked: Any) -> Any:
        answer = self._ask("delete_item", **asked)
        self.items[_place(asked["TableName"], asked["Key"])] = None
        return answer

    def _ask(self, operation: str, **asked: Any) -> Any:
        self.asked += 1
        return getattr(self.database, operation)(**asked)


def _place(table: str, key: dict[str, Any]) -> str:
    return json.dumps([table, key], sort_keys=True)


def through(dax: LikeDax) -> Dax:
    return Dax(cast(Database, dax), dax.database)


def titles(todos: Todos, completed: bool | None = None, later: float = 0.0, limit: int = 100) -> list[str]:
    found: list[Todo] = []
    after = None
    later_on = at(time.time() + later, todos)
    while True:
        page = later_on.page(completed, Turn(limit, after), todos.revision())
        assert len(page["items"]) <= limit
        found += page["items"]
        after = page["next"]
        if after is None:
            return [todo["title"] for todo in found]


def added(todos: Todos, title: str, **given: Any) -> Todo:
    return todos.add({"title": title, **given})[0]


class TodosContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture(params=["no cache", "a cache as DAX is"])
    def cache(self, request: pytest.FixtureRequest, tables: Tables) -> Cache:
        return NoCache(tables.database) if request.param == "no cache" else through(LikeDax(tables.database))

    @pytest.fixture
    def todos(self, cache: Cache, tables: Tables) -> Todos:
        return Todos(cache, tables.new("TodosTable"), "ada")

    def test_a_new_one_is_at_the_end_and_whole(self, todos: Todos) -> None:
        assert titles(todos) == []
        first, second = added(todos, "First"), added(todos, "Second", due="2026-12-24", priority="high", notes="soon")
        assert (first["order"], second["order"], first["version"]) == (1, 2, 1)
        assert first["completed"] is False and first["due"] is None and first["files"] == []
        assert todos.get(second["id"]) == {**second, "due": "2026-12-24", "priority": "high", "notes": "soon"}
        assert titles(todos) == titles(todos, completed=False) == ["First", "Second"]
        assert titles(todos, completed=True) == []

    def test_of_many_at_once_each_gets_a_place_of_its_own(self, todos: Todos) -> None:
        for round in range(2):
            made = made_at_once([partial(todos.add, {"title": f"{round}-{n}"}) for n in range(16)])
            assert sorted(todo["order"] for todo, _ in made) == [16 * round + n for n in range(1, 17)]
        assert len(titles(todos)) == len(titles(todos, completed=False)) == 32
        todos.clear(only_completed=False)
        assert added(todos, "First")["order"] == 1
        added(todos, "Far away", order=1000.5)
        assert added(todos, "After it")["order"] == 1001
        assert added(todos, "With a client id", clientId="c1")["order"] == 1002

    def test_what_was_just_written_is_read(self, todos: Todos) -> None:
        for turn in range(3):
            assert len(titles(todos)) == turn
            assert len(titles(todos, later=LATER)) in (turn, 0)  # even if an old answer for the same list is cached
            todo = added(todos, f"{turn}")
            assert titles(todos)[-1] == f"{turn}"
            todos.change(todo["id"], {"title": f"changed {turn}"}, todo["version"])
            assert titles(todos)[-1] == f"changed {turn}" == todos.get(todo["id"])["title"]
        todos.remove(todo["id"])
        assert len(titles(todos)) == 2
        with pytest.raises(TodoNotFoundError):
            todos.get(todo["id"])
        todos.clear(only_completed=False)
        assert titles(todos) == []

    def test_a_list_that_rests_is_read_once(self, tables: Tables) -> None:
        dax = LikeDax(tables.database)
        todos = Todos(through(dax), tables.new("TodosTable"), "ada")
        added(todos, "Only")
        dax.lagging = False
        assert titles(todos, later=LATER) == ["Only"]
        asked = dax.asked
        assert titles(todos, later=LATER) == ["Only"] and dax.asked == asked
        todos.renew()
        assert titles(todos, later=LATER) == ["Only"] and dax.asked == asked + 2, "a put, and a query of its own"

    def test_each_revision_is_another(self, todos: Todos) -> None:
        seen = {todos.revision()}
        todo = added(todos, "One")
        seen.add(todos.revision())
        todos.change(todo["id"], {"completed": True}, 0)
        seen.add(todos.revision())
        todos.remove(todo["id"])
        seen.add(todos.revision())
        todos.clear(only_completed=True)
        assert len(seen | {todos.revision()}) == 5

    def test_moving_changes_one_row(self, todos: Todos, tables: Tables) -> None:
        one, two, three = (added(todos, title) for title in ("one", "two", "three"))
        todos.change(three["id"], {"order": (one["order"] + two["order"]) / 2}, three["version"])
        assert titles(todos) == titles(todos, limit=1) == ["one", "three", "two"]
        versions = {row["title"]: row["version"] for row in map(plain, tables.items(todos.table)) if "title" in row}
        assert versions == {"one": 1, "two": 1, "three": 2}

    def test_pages_of_a_part(self, todos: Todos) -> None:
        for number in range(9):
            added(todos, f"{number}", completed=number % 3 == 0)
        assert titles(todos, completed=True, limit=2) == ["0", "3", "6"]
        assert titles(todos, completed=False, limit=2) == ["1", "2", "4", "5", "7", "8"]
        page = todos.page(True, Turn(1), todos.revision())
        with pytest.raises(BadRequestError):
            todos.page(False, Turn(1, page["next"]), todos.revision())

    @pytest.mark.parametrize("place", ["~", "z" * 50, "0", " ", "2~~"])
    def test_a_made_up_place_is_harmless(self, todos: Todos, place: str) -> None:
        added(todos, "One")
        for completed in (None, False, True):
            page = todos.page(completed, Turn(5, cursor(["todos", completed], [place])), todos.revision())
            assert page["next"] is None

    def test_a_stale_change_changes_nothing(self, todos: Todos) -> None:
        todo = added(todos, "One")
        todos.change(todo["id"], {"title": "Two"}, 1)
        for version in (1, 3, -1):
            with pytest.raises(StaleTodoError):
                todos.change(todo["id"], {"title": "Lost"}, version)
        assert todos.change(todo["id"], {"notes": "no version"}, 0)["version"] == 3
        assert (todos.get(todo["id"])["title"], todos.get(todo["id"])["notes"]) == ("Two", "no version")

    def test_changes_at_once_lose_nothing(self, todos: Todos) -> None:
        todo = added(todos, "One")
        fields: list[Todo] = [{"title": "Two"}, {"notes": "noted"}, {"completed": True}, {"priority": "low"}]
        made_at_once([partial(todos.change, todo["id"], change, 0) for change in fields])
        now = todos.get(todo["id"])
        assert {name: now[name] for change in fields for name in change} == {
            name: value for change in fields for name, value in change.items()
        }
        assert now["version"] == 5

    def test_sent_twice_it_is_there_once(self, todos: Todos) -> None:
        tries = made_at_once([partial(todos.add, {"title": "Once", "clientId": "c1"})] * 4)
        assert [is_new for _, is_new in tries].count(True) == 1
        assert len({todo["id"] for todo, _ in tries}) == 1
        assert titles(todos) == ["Once"]
        todos.remove(tries[0][0]["id"])
        with pytest.raises(TodoNotFoundError):
            todos.add({"title": "Once", "clientId": "c1"})
        assert titles(todos) == []

    def test_clearing_the_done_ones(self, todos: Todos) -> None:
        for number in range(5):
            added(todos, f"{number}", completed=number < 3)
        todos.clear(only_completed=True)
        assert titles(todos) == ["3", "4"]

    def test_nobody_elses(self, todos: Todos) -> None:
        mine = added(todos, "Mine")
        others = Todos(todos.cache, todos.table, "bob")
        added(others, "His")
        for attempt in (
            partial(others.get, mine["id"]),
            partial(others.change, mine["id"], {"title": "Taken"}, 0),
            partial(others.remove, mine["id"]),
        ):
            with pytest.raises(TodoNotFoundError):
                attempt()
        others.clear(only_completed=False)
        others.erase()
        assert titles(others) == [] and titles(todos) == ["Mine"]

    def test_nothing_is_left_of_who_leaves(self, todos: Todos, tables: Tables) -> None:
        added(todos, "One", clientId="c1")
        todos.erase()
        todos.erase()
        assert tables.items(todos.table) == []

    @pytest.mark.parametrize("id", ["", "list", "sent#c1", "01M7Y3DD7RJ73SSC4XY7BN1C69", "é" * 26])
    def test_what_is_no_todo(self, todos: Todos, id: str) -> None:
        added(todos, "One", clientId="c1")
        for attempt in (
            partial(todos.get, id),
            partial(todos.change, id, {"title": "x"}, 0),
            partial(todos.remove, id),
        ):
            with pytest.raises(TodoNotFoundError):
                attempt()

    def test_a_day_that_is_none(self, todos: Todos) -> None:
        with pytest.raises(InvalidError):
            added(todos, "One", due="2026-02-30")
        todo = added(todos, "One", due="2028-02-29")
        with pytest.raises(InvalidError):
            todos.change(todo["id"], {"due": "2027-02-29"}, 0)
        assert todos.change(todo["id"], {"due": None}, 0)["due"] is None

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(orders=some.lists(some.floats(-1e15, 1e15) | some.integers(-5, 5), min_size=2, max_size=8))
    def test_the_list_goes_by_order(self, todos: Todos, orders: list[float]) -> None:
        todos.clear(only_completed=False)
        for number, order in enumerate(orders):
            added(todos, f"{number}", order=order)
        found = todos.page(None, EVERYTHING, todos.revision())["items"]
        # What is too small for the table counts as zero.
        tidy = [order if abs(order) > 1e-100 else 0 for order in orders]
        assert all(math.isclose(todo["order"], order) for todo, order in zip(found, sorted(tidy), strict=True))
