"""Which conversation two people have with each other: a note for each of them, so that both go with either account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from chalicelib.core.tables import Database, Table, Write, transaction

PAIRS = "pairs#"


class Pair(TypedDict):
    conversation: str  # whose note it is
    person: str
    talk: str


@dataclass(frozen=True)
class Pairs:
    """Rows in the members' table; they have no activity, so they are in nobody's list of conversations."""

    database: Database
    table: str

    @property
    def rows(self) -> Table[Pair]:
        return Table(self.database, self.table, ("conversation", "person"))

    def noted(self, person: str, other: str) -> str:
        """The id of their conversation, or nothing; read consistently."""
        found = self.rows.many(_keys(person, other)[:1])
        return found[0]["talk"] if found else ""

    def noting(self, person: str, other: str, talk: str, instead_of: str) -> dict[str, Write]:
        """For both, unless another conversation was noted meanwhile."""
        where = "attribute_not_exists(talk) OR talk = :before"
        pairs: list[Pair] = [{"conversation": a, "person": b, "talk": talk} for a, b in _keys(person, other)]
        return {f"pair {place}": self.rows.putting(pair, where, before=instead_of) for place, pair in enumerate(pairs)}

    def of_person(self, person: str) -> Iterator[Pair]:
        return self.rows.rows("conversation = :pairs", pairs=f"{PAIRS}{person}")

    def erase(self, person: str) -> None:
        for pair in self.of_person(person):
            keys = _keys(person, pair["person"])
            transaction(self.database, {f"pair {place}": self.rows.removing(key) for place, key in enumerate(keys)})


def _keys(person: str, other: str) -> list[tuple[str, str]]:
    return [(f"{PAIRS}{person}", other), (f"{PAIRS}{other}", person)]
