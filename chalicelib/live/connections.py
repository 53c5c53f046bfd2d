"""Open sockets: one row each, found by id, by person, and all together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Required, TypedDict

from chalicelib.core.errors import TooManyError
from chalicelib.core.ids import as_time
from chalicelib.core.person import SignIn
from chalicelib.core.tables import Database, Permit, Table, Write, transaction

MOST_SOCKETS = 30  # of a person
# A socket lives for two hours at most; a row that no `$disconnect` removed expires soon after.
_SECONDS = 2 * 60 * 60 + 10 * 60
# Enough partitions for many people to connect at once, few enough to query them all.
_GATES = 4
# A socket that is still opening is reported as gone, too.
_OPENING_SECONDS = 30
# Besides the sockets there is one row per person with the ids of those they opened.
_PLACES = "of#"


class TooManySocketsError(TooManyError):
    detail = f"You have {MOST_SOCKETS} pages open: close one of them first."
    retry_after = 60


class Connection(NamedTuple):
    id: str
    api: str


class Row(TypedDict, total=False):
    """A socket, or the ids of those that a person has opened."""

    id: Required[str]
    api: str
    person: str
    signedInAt: int
    gate: int
    since: str
    expiresAt: int
    taken: set[str]


@dataclass(frozen=True)
class Connections:
    database: Database
    table: str
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Row]:
        return Table(self.database, self.table)

    def open(self, connection: Connection, sign_in: SignIn, permit: Permit | None = None) -> None:
        """Open a socket if the person has a place left; when all are taken, look for sockets that died silently."""
        person, now = sign_in.person, self.clock()
        row: Row = {
            "id": connection.id,
            "api": connection.api,
            "person": person,
            "signedInAt": sign_in.at,
            "gate": sum(connection.id.encode()) % _GATES,
            "since": as_time(now),
            "expiresAt": int(now) + _SECONDS,
        }
        opens = {"socket": self.rows.putting(row), "place": self._place(person, connection.id)}
        if transaction(self.database, opens, permit):
            self._free_places(person)
            if transaction(self.database, opens, permit):
                raise TooManySocketsError()

    def close(self, id: str) -> None:
        self.rows.remove(id)

    def lose(self, id: str) -> None:
        """Nothing could be sent to it: it is gone, unless it has only just opened."""
        self.rows.remove(id, "since < :recently", recently=as_time(self.clock() - _OPENING_SECONDS))

    def sign_in(self, id: str) -> SignIn | None:
        row = self.rows.get(id)
        return SignIn(row["person"], row.get("signedInAt", 0)) if row else None

    def of_person(self, person: str) -> list[Connection]:
        return list(map(_connection, self.rows.of_person(person)))

    def everyone(self) -> Iterator[Connection]:
        for gate in range(_GATES):
            yield from map(_connection, self.rows.rows("gate = :gate", index="by-gate", gate=gate))

    def end(self, person: str, hang_up: Callable[[Connection], None]) -> None:
        """Close all sockets that the person has opened so far: also one that no index has yet."""
        taken = self._taken(person)
        for row in self.rows.many(sorted(taken)):
            hang_up(_connection(row))
            self.close(row["id"])
        if taken:
            self.rows.change(_PLACES + person, "DELETE taken :gone", gone=taken)

    def erase(self, person: str, hang_up: Callable[[Connection], None]) -> None:
        self.end(person, hang_up)
        self.close(_PLACES + person)

    def _place(self, person: str, id: str) -> Write:
        room = "attribute_not_exists(taken) OR size(taken) < :most OR contains(taken, :id)"
        return self.rows.changing(_PLACES + person, "ADD taken :one", room, one={id}, most=MOST_SOCKETS, id=id)

    def _taken(self, person: str) -> set[str]:
        places = self.rows.get(_PLACES + person)
        return places.get("taken", set()) if places else set()

    def _free_places(self, person: str) -> None:
        """Frees places whose rows are gone or should be: DynamoDB may delete expired rows late."""
        taken, now = self._taken(person), self.clock()
        if gone := taken - {row["id"] for row in self.rows.many(sorted(taken)) if row["expiresAt"] > now}:
            self.rows.change(_PLACES + person, "DELETE taken :gone", gone=gone)


def _connection(row: Row) -> Connection:
    return Connection(row["id"], row["api"])
