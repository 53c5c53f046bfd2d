"""People for the live features' contracts, in a table like the account's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from chalicelib.account.people import People
from chalicelib.core.directory import Directory
from chalicelib.core.person import Person, SignIn
from tests.support.tables import Tables

Made = TypeVar("Made")
ADA, BOB, CLEO, DIDO = "ada", "bob", "cleo", "dido"


class Persons:
    """The people here, and a directory of their names without a memory."""

    def __init__(self, tables: Tables) -> None:
        self._people = People(tables.database, tables.new("PeopleTable"))
        ticks = iter(range(0, 10**9, 1000))
        self.directory = Directory(tables.database, self._people.table, lambda: float(next(ticks)))
        self.come(ADA, BOB, CLEO, DIDO)

    @property
    def table(self) -> str:
        return self._people.table

    def come(self, *ids: str) -> None:
        for id in ids:
            self._people.welcome(Person(id, f"{id}@example.com", id.title()))

    def sign_out(self, id: str) -> int:
        """Everywhere; returns when, as the row has it."""
        person = Person(id, f"{id}@example.com", id.title())
        self._people.sign_out(person)
        row = self._people.rows.get(id)
        assert row
        return row["signedOutAt"]

    def leave(self, id: str) -> None:
        self._people.forget(id)


def made_at_once(makers: Sequence[Callable[[], Made]]) -> list[Made]:
    """What each makes in its own thread, started together."""
    barrier = Barrier(len(makers))

    def run(make: Callable[[], Made]) -> Made:
        barrier.wait(10)
        return make()

    with ThreadPoolExecutor(len(makers)) as threads:
        return list(threads.map(run, makers))


def signed(person: str, at: int = 0) -> SignIn:
    """A sign-in."""
    return SignIn(person, at)


def who(id: str) -> dict[str, Any]:
    return {"id": id, "name": id.title()}
