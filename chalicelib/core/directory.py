"""The names of people, as they are now; who has left is nobody in particular."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from chalicelib.core import aws, settings
from chalicelib.core.items import plain

GONE = "Somebody who left"
_AT_ONCE = 100
_FRESH_SECONDS = 30.0


class Directory:
    """A look-up of many at once, with a short memory: pages of the same people come one after the other."""

    def __init__(self, dynamodb: Any, table: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._dynamodb, self._table, self._clock = dynamodb, table, clock
        self._known: dict[str, tuple[float, str | None]] = {}

    def people(self, ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """`{id: {id, name}}` for each."""
        names = self._names(set(ids))
        return {id: {"id": id, "name": name or GONE} for id, name in names.items()}

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those who are not here (any more)."""
        return sorted(id for id, name in self._names(set(ids)).items() if name is None)

    def _names(self, ids: set[str]) -> dict[str, str | None]:
        now = self._clock()
        unknown = sorted(id for id in ids if id not in self._known or self._known[id][0] < now)
        for start in range(0, len(unknown), _AT_ONCE):
            batch = unknown[start : start + _AT_ONCE]
            found = self._read(batch)
            self._known.update({id: (now + _FRESH_SECONDS, found.get(id)) for id in batch})
        return {id: self._known[id][1] for id in ids}

    def _read(self, ids: list[str]) -> dict[str, str | None]:
        rows: list[dict[str, Any]] = []
        asked: dict[str, Any] = {self._table: {"Keys": [{"id": {"S": id}} for id in ids]}}
        while asked:
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            rows += map(plain, answer["Responses"].get(self._table, []))
            asked = answer.get("UnprocessedKeys") or {}
        return {row["id"]: row.get("name") for row in rows}


@cache
def directory() -> Directory:
    """One for the process: its memory is the point of it."""
    return Directory(aws.client("dynamodb"), settings.people_table())
