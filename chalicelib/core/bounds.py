"""How often one person may do what costs others something: a counter row for each window of time.

A counter is raised in the same transaction as what it counts. That transaction also looks whether the person's account
is still there, so that a token which outlives its account begins nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from chalicelib.core import aws, settings
from chalicelib.core.errors import ProblemError, TooManyError, UnauthorizedError
from chalicelib.core.ids import as_time
from chalicelib.core.tables import Database, Table, Write, transaction

SECOND, MINUTE, HOUR, DAY = 1, 60, 60 * 60, 24 * 60 * 60
_NAMES = {SECOND: "a second", MINUTE: "a minute", HOUR: "an hour", DAY: "a day"}
_KEPT_SECONDS = 60  # behind the window's end, so that no clock which is a little late finds its counter gone


class Bound(NamedTuple):
    """So many of them in a window of so many seconds: far above what people do, and below what others would feel."""

    name: str
    most: int
    seconds: int
    what: str

    @property
    def says(self) -> str:
        return f"At most {self.most:,} {self.what} {self.window} for each person."

    @property
    def window(self) -> str:
        return _NAMES[self.seconds]


class ErasedError(UnauthorizedError):
    detail = "This account was deleted."


class TooOftenError(TooManyError):
    def __init__(self, says: str, until: int, now: float) -> None:
        when = as_time(until)[:19].replace("T", " ")
        seconds = max(1, until - int(now))
        super().__init__(f"{says} Try again after {when} UTC.", retry_after=seconds)


class Rate(NamedTuple):
    """What the gateway lets through of one route, of all callers together: so many a second, and so many at once."""

    a_second: int
    at_once: int

    @property
    def says(self) -> str:
        return f"At most {self.a_second:,} a second, for all callers together."


# Far above what people do here. Whatever comes to the routes that are open to anyone, the others are still answered.
OF_A_ROUTE = Rate(2_000, 1_000)
READ_BY_ANYONE = Rate(500, 500)
WRITTEN_BY_ANYONE = Rate(50, 100)


class Counter(TypedDict):
    person: str
    id: str
    used: int
    expiresAt: int


@dataclass(frozen=True)
class Count:
    """So much more on the counter of one who is bound: a person, or the stage as a whole."""

    bound: Bound
    owner: str
    amount: int = 1
    says: str = ""

    @property
    def sentence(self) -> str:
        return self.says or self.bound.says

    def key(self, now: float) -> tuple[str, str]:
        return self.owner, f"{self.bound.name}#{int(now) // self.bound.seconds}"

    def ends(self, now: float) -> int:
        return (int(now) // self.bound.seconds + 1) * self.bound.seconds


@dataclass
class Permit:
    """Goes into the transaction that it permits."""

    database: Database
    counters: str
    people: str
    person: str  # nobody's account is looked at where it is empty
    counts: tuple[Count, ...]
    now: float
    is_used: bool = False

    def writes(self) -> list[Write]:
        """One for each counter, and last whether the account is there."""
        self.is_used = True
        for count in self.counts:
            if count.amount > count.bound.most:
                raise self._too_often(count)
        return [*map(self._raised, self.counts), *self._account()]

    def refusal(self, place: int) -> ProblemError:
        """Why that one of the writes was refused."""
        return self._too_often(self.counts[place]) if place < len(self.counts) else ErasedError()

    def take(self) -> None:
        """By itself, for what is not written in a transaction."""
        transaction(self.database, {}, self)

    def used(self, place: int = 0) -> int:
        """What the counter says now."""
        counter = self._rows.get(*self.counts[place].key(self.now))
        return counter["used"] if counter else 0

    @property
    def _rows(self) -> Table[Counter]:
        return _counters(self.database, self.counters)

    def _raised(self, count: Count) -> Write:
        return self._rows.changing(
            count.key(self.now),
            "SET expiresAt = :expires ADD used :amount",
            "attribute_not_exists(used) OR used <= :room",
            expires=count.ends(self.now) + _KEPT_SECONDS,
            amount=count.amount,
            room=count.bound.most - count.amount,
        )

    def _account(self) -> list[Write]:
        """Refused once it is deleted; who has not come by yet has no row, and nothing to be refused for."""
        if not self.person:
            return []
        people: Table[dict[str, object]] = Table(self.database, self.people)
        return [people.checking(self.person, "attribute_not_exists(erasedAt)")]

    def _too_often(self, count: Count) -> TooOftenError:
        return TooOftenError(count.sentence, count.ends(self.now), self.now)


def _counters(database: Database, name: str) -> Table[Counter]:
    return Table(database, name, ("person", "id"))


class UnusedPermitError(Exception):
    """Something has a bound, and was done without being counted."""


@contextmanager
def counted(permit: Permit | None, by_itself: bool) -> Iterator[None]:
    """What is done is counted before; or by its own transaction, and then that is seen to afterwards."""
    if permit and by_itself:
        permit.take()
    yield
    if permit and not by_itself and not permit.is_used:
        raise UnusedPermitError("its `permit` is in no transaction: where there is none, don't ask for it")


def forget(person: str) -> None:
    """An account that is deleted leaves no counters behind."""
    for counter in counters_of(person):
        _all_counters().remove((person, counter["id"]))


def counters_of(person: str) -> Iterator[Counter]:
    return _all_counters().rows("person = :person", person=person)


def _all_counters() -> Table[Counter]:
    return _counters(aws.client("dynamodb"), settings.table("counters"))


def permit(person: str, *counts: Count) -> Permit:
    tables = settings.table("counters"), settings.table("people")
    return Permit(aws.client("dynamodb"), *tables, person, counts, time.time())


def without_account(database: Database, counters: str, counts: tuple[Count, ...], now: float) -> Permit:
    """For what anyone may ask for: it is counted, and no person is behind it."""
    return Permit(database, counters, "", "", counts, now)


def once(person: str, bound: Bound) -> Permit:
    """To do it once."""
    return permit(person, Count(bound, person))
