"""How often one person may do what costs others something: a counter row per time window.

A counter is raised in the same transaction as what it counts. That transaction also checks that the sign-in has not
been ended, so that a token that outlives its account, or signing out everywhere, can't start anything.
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
from chalicelib.core.person import SignIn
from chalicelib.core.tables import Database, Table, Write, transaction

SECOND, MINUTE, HOUR, DAY = 1, 60, 60 * 60, 24 * 60 * 60
_NAMES = {SECOND: "a second", MINUTE: "a minute", HOUR: "an hour", DAY: "a day"}
_NOT_ENDED = "attribute_not_exists(erasedAt) AND (attribute_not_exists(signedOutAt) OR signedOutAt < :signed_in)"
_KEPT_SECONDS = 60  # after the window's end, so that a clock that is a little slow still finds its counter


class Bound(NamedTuple):
    """At most so many in a time window: far above what people do, and below what others would notice."""

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


class EndedError(UnauthorizedError):
    detail = "This sign-in has ended: sign in again."


class ErasedError(EndedError):
    detail = "This account was deleted."


class TooOftenError(TooManyError):
    def __init__(self, says: str, until: int, now: float) -> None:
        when = as_time(until)[:19].replace("T", " ")
        seconds = max(1, until - int(now))
        super().__init__(f"{says} Try again after {when} UTC.", retry_after=seconds)


class Rate(NamedTuple):
    """What the gateway lets through on one route, from all callers together: per second, and at once."""

    a_second: int
    at_once: int

    @property
    def says(self) -> str:
        return f"At most {self.a_second:,} a second, for all callers together."


# Far above normal use. A flood on the routes open to anyone leaves capacity for the others.
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
    """How much to add to a counter, of a person or of the whole stage."""

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
    """Checks bounds inside the transaction that it permits."""

    database: Database
    counters: str
    people: str
    sign_in: SignIn | None  # if there is none, it isn't checked
    counts: tuple[Count, ...]
    now: float
    is_used: bool = False

    def writes(self) -> list[Write]:
        """One write per counter, and last a check of the sign-in."""
        self.is_used = True
        for count in self.counts:
            if count.amount > count.bound.most:
                raise self._too_often(count)
        return [*map(self._raised, self.counts), *self._not_ended()]

    def refusal(self, place: int) -> ProblemError:
        """Why the write at this place was refused."""
        return self._too_often(self.counts[place]) if place < len(self.counts) else EndedError()

    def take(self) -> None:
        """Count in a transaction of its own, for work that isn't written in one."""
        transaction(self.database, {}, self)

    def used(self, place: int = 0) -> int:
        """The counter's current value."""
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

    def _not_ended(self) -> list[Write]:
        """Refused once the account is deleted, or signed out everywhere; who is new has no row yet, and passes."""
        if not self.sign_in:
            return []
        people: Table[dict[str, object]] = Table(self.database, self.people)
        return [people.checking(self.sign_in.person, _NOT_ENDED, signed_in=self.sign_in.at)]

    def _too_often(self, count: Count) -> TooOftenError:
        return TooOftenError(count.sentence, count.ends(self.now), self.now)


def _counters(database: Database, name: str) -> Table[Counter]:
    return Table(database, name, ("person", "id"))


class UnusedPermitError(Exception):
    """Something that has a bound was done without being counted."""


@contextmanager
def counted(permit: Permit | None, by_itself: bool) -> Iterator[None]:
    """Count the work before it is done; or let its own transaction count, and check that it did."""
    if permit and by_itself:
        permit.take()
    yield
    if permit and not by_itself and not permit.is_used:
        raise UnusedPermitError("its `permit` was not used in a transaction: if it has none, don't ask for the permit")


def forget(person: str) -> None:
    """A deleted account leaves no counters behind."""
    for counter in counters_of(person):
        _all_counters().remove((person, counter["id"]))


def counters_of(person: str) -> Iterator[Counter]:
    return _all_counters().rows("person = :person", person=person)


def _all_counters() -> Table[Counter]:
    return _counters(aws.client("dynamodb"), settings.table("counters"))


def permit(sign_in: SignIn, *counts: Count) -> Permit:
    tables = settings.table("counters"), settings.table("people")
    return Permit(aws.client("dynamodb"), *tables, sign_in, counts, time.time())


def without_account(database: Database, counters: str, counts: tuple[Count, ...], now: float) -> Permit:
    """For what anyone may do without an account: counted, but for no person."""
    return Permit(database, counters, "", None, counts, now)


def once(sign_in: SignIn, bound: Bound) -> Permit:
    """A permit to do it once."""
    return permit(sign_in, Count(bound, sign_in.person))
