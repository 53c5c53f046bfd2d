"""The people of this stage: one row each, created on their first visit, found by mail address."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Required, TypedDict

from chalicelib.core.bounds import EndedError, ErasedError
from chalicelib.core.directory import Who
from chalicelib.core.errors import ForbiddenError, NotFoundError
from chalicelib.core.ids import as_time
from chalicelib.core.person import Person
from chalicelib.core.tables import Database, Table

# Longer than anything issued before can live: a token for an hour, and a socket opened with it for two more.
_REMEMBERED_SECONDS = 4 * 60 * 60


class PersonRow(TypedDict, total=False):
    """A person, or the mark of one who has left."""

    id: Required[str]
    email: str
    name: str
    since: str
    signedOutAt: int  # everywhere: what was signed in until then is no longer
    erasedAt: str
    expiresAt: int


class ShownPerson(Who):
    """People as they see themselves."""

    email: str
    groups: list[str]


class PersonNotFoundError(NotFoundError):
    detail = "Nobody here has this address."


@dataclass(frozen=True)
class People:
    database: Database
    table: str
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[PersonRow]:
        return Table(self.database, self.table)

    def welcome(self, person: Person) -> ShownPerson:
        """The person's own row, created on the first visit."""
        row = self._row(person) or self._add(person)
        if person.email and row["email"] != person.email:  # the address is changed and verified at sign-in
            row = self._set(person, "email", person.email)
        return _shown(row, person)

    def rename(self, person: Person, name: str) -> ShownPerson:
        self.welcome(person)
        return _shown(self._set(person, "name", name.strip()), person)

    def sign_out(self, person: Person) -> None:
        """Everywhere, this sign-in too. Its stream record closes the sockets."""
        self.welcome(person)
        self._set(person, "signedOutAt", int(self.clock()))

    def check(self, person: Person) -> PersonRow | None:
        """Refuses a sign-in that was ended, and no one else: an account may be deleted again."""
        row = self.rows.get(person.id)
        if row and row.get("signedOutAt", -1) >= person.signed_in_at:
            raise EndedError()
        return row

    def with_email(self, email: str) -> Who:
        address = email.strip().lower()
        found = self.rows.some(1, "email = :email", index="by-email", email=address).rows if address else []
        if not found:  # nobody has an empty address: DynamoDB has no empty keys
            raise PersonNotFoundError()
        return {"id": found[0]["id"], "name": found[0]["name"]}

    def forget(self, id: str) -> None:
        """Leaves a mark that expires by itself. Its stream records, coming and going, trigger the erasure."""
        now = self.clock()
        mark: PersonRow = {"id": id, "erasedAt": as_time(now), "expiresAt": int(now) + _REMEMBERED_SECONDS}
        self.rows.put(mark, "attribute_not_exists(erasedAt)")  # asked twice, done once

    def _set(self, person: Person, attribute: str, value: str | int) -> PersonRow:
        row = self.rows.change(person.id, f"SET #{attribute} = :value", "attribute_exists(email)", value=value)
        if not row:
            raise ErasedError()
        return row

    def _row(self, person: Person) -> PersonRow | None:
        row = self.check(person)
        if row and "erasedAt" in row:
            raise ErasedError()
        return row

    def _add(self, person: Person) -> PersonRow:
        if not person.email:
            raise ForbiddenError("Confirm your mail address first, with the code we sent to it.")
        row: PersonRow = {
            "id": person.id,
            "email": person.email,
            "name": _one_line(person.name) or person.email.partition("@")[0],
            "since": as_time(self.clock()),
        }
        if self.rows.put(row, self.rows.new):
            return row
        return self._row(person) or row  # another tab was faster


def _one_line(name: str) -> str:
    """Nobody has checked a token's name."""
    readable = "".join(" " if letter < " " or letter in "\x7f\ufffd" else letter for letter in name)
    return " ".join(readable.split())[:200].strip()


def _shown(row: PersonRow, person: Person) -> ShownPerson:
    return {"id": row["id"], "email": row["email"], "name": row["name"], "groups": sorted(person.groups)}
