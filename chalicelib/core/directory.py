"""Current names of people; those who left stay nameless."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypedDict

from chalicelib.core import aws, settings
from chalicelib.core.tables import Database, Table

GONE = "Somebody who left"
_FRESH_SECONDS = 30.0


class Who(TypedDict):
    """A person, as others see them."""

    id: str
    name: str


class Written(TypedDict):
    """What a person wrote, as others see it."""

    id: str
    text: str
    author: Who
    at: str


class PersonRow(TypedDict, total=False):
    id: str
    name: str


class Directory:
    """Looks up many at once and remembers them briefly: consecutive pages show the same people."""

    def __init__(self, database: Database, table: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._people: Table[PersonRow] = Table(database, table)
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}

    def people(self, ids: Iterable[str]) -> dict[str, Who]:
        """`{id: {id, name}}` for each."""
        asked = set(ids)
        names = self._names(asked)
        return {id: {"id": id, "name": names.get(id, GONE)} for id in asked}

    def written(self, rows: Sequence[Mapping[str, Any]]) -> list[Written]:
        """With the names of those who wrote it."""
        people = self.people(row["person"] for row in rows)
        return [
            {"id": row["id"], "text": row["text"], "author": people[row["person"]], "at": row["at"]} for row in rows
        ]

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those who are not here (any more), read afresh: a memory must neither admit anyone nor keep anyone out."""
        asked = set(ids)
        return sorted(asked - self._read(asked, consistent=True).keys())

    def _names(self, ids: set[str]) -> dict[str, str]:
        now = self._clock()
        known = {id: self._known[id][1] for id in ids if id in self._known and now < self._known[id][0]}
        found = self._read(ids - known.keys())
        self._known.update({id: (now + _FRESH_SECONDS, name) for id, name in found.items()})
        return known | found

    def _read(self, ids: set[str], consistent: bool = False) -> dict[str, str]:
        """The names of those who are here."""
        rows = self._people.many(sorted(ids), consistent)
        return {row["id"]: row["name"] for row in rows if "name" in row}


def directory() -> Directory:
    """One per process: its memory is the point."""
    return _directory(aws.client("dynamodb"), settings.table("people"))


def forget() -> None:
    """Forget all remembered names."""
    _directory.cache_clear()


_directory = cache(Directory)
