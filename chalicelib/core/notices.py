"""Notices: what happened that concerns a person. Features declare kinds, and what reads their streams tells of events.

An event has a key, so that telling it again makes no second notice. A notice names who did it and where, and quotes
nothing: what was said can be read, changed and deleted in its own place only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import NamedTuple, NotRequired, TypedDict

from chalicelib.core import aws, log, settings
from chalicelib.core.bounds import DAY, Bound, Count, TooOftenError, without_account
from chalicelib.core.ids import as_time, new_id
from chalicelib.core.mentions import mentioned
from chalicelib.core.tables import Database, Once, Table, transaction

NOTICES = Bound("notices", 200, DAY, "notices")
KEPT_SECONDS = 60 * DAY
STATE = "!"  # sorts before all ids: the row of what a person has read and doesn't want
_HERE = "attribute_exists(#name)"

Among = Callable[[], Container[str]]

kinds: dict[str, str] = {}


def kind(name: str, says: str) -> str:
    """Declare a kind; `says` tells a person when such a notice comes."""
    kinds[name] = says
    return name


MENTION = kind("mention", "Somebody mentions you")


class News(NamedTuple):
    """What there is to tell. `key` is the same whenever the same event is told."""

    kind: str
    key: str
    text: str  # goes on after the name of `by`, or is a whole sentence
    url: str  # a place in the pages
    by: str = ""


class Notice(TypedDict):
    person: str
    id: str
    kind: str
    text: str
    url: str
    at: str
    expiresAt: int
    by: NotRequired[str]


class State(TypedDict):
    person: str
    id: str
    readUpTo: NotRequired[str]
    unwanted: NotRequired[set[str]]


@dataclass(frozen=True)
class Notices:
    database: Database
    table: str
    people: str
    counters: str
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Notice]:
        return Table(self.database, self.table, ("person", "id"))

    @property
    def states(self) -> Table[State]:
        return Table(self.database, self.table, ("person", "id"))

    def state(self, person: str) -> State:
        return self.states.get(person, STATE) or {"person": person, "id": STATE}

    def tell(self, person: str, news: News) -> None:
        """Once, unless they did it themselves, don't want to hear of it, have left, or have heard too much today."""
        if person == news.by or news.kind in self.state(person).get("unwanted", set()):
            return
        now = self.clock()
        notice = _notice(person, news, now)
        here: Table[dict[str, object]] = Table(self.database, self.people)
        writes = {
            "told": self._told(person, news.key).note(now, notice=notice["id"]),
            "notice": self.rows.putting(notice),
            **{f"here {id}": here.checking(id, _HERE) for id in (person, news.by) if id},
        }
        permit = without_account(self.database, self.counters, (Count(NOTICES, person),), now)
        try:
            transaction(self.database, writes, permit)
        except TooOftenError:
            log.note(untold=news.kind)

    def take_back(self, person: str, key: str) -> None:
        """What it told of is gone. It is not told again."""
        if became := self._told(person, key).became():
            self.rows.remove((person, became["notice"]))

    def mentions(self, before: str, after: str, news: News, among: Among | None = None) -> None:
        """Tell those newly mentioned, and take it back from those no longer; `among` finds who may see it."""
        were, are = mentioned(before), mentioned(after)
        for person in were:
            if person not in are:
                self.take_back(person, news.key)
        new = [person for person in are if person not in were]
        seeing = among() if among and new else new
        for person in new:
            if person in seeing:
                self.tell(person, news)

    def erase(self, person: str) -> None:
        """What they were told, and what others were told of them."""
        for row in self.of_person(person):
            self.rows.remove((row["person"], row["id"]))

    def of_person(self, person: str) -> Iterator[Notice]:
        for partition in (person, _told_to(person)):
            yield from self.rows.rows("person = :person", person=partition)
        yield from self.rows.of_person(person, "by")

    def _told(self, person: str, key: str) -> Once:
        """Kept as long as the notice, or it could not be taken back."""
        return Once(self.rows, (_told_to(person), key), KEPT_SECONDS)


def _told_to(person: str) -> str:
    return f"told#{person}"


def _notice(person: str, news: News, now: float) -> Notice:
    notice: Notice = {
        "person": person,
        "id": new_id(int(now * 1000)),
        "kind": news.kind,
        "text": news.text,
        "url": news.url,
        "at": as_time(now),
        "expiresAt": int(now) + KEPT_SECONDS,
    }
    return {**notice, "by": news.by} if news.by else notice


def notices() -> Notices:
    return Notices(
        aws.client("dynamodb"), settings.table("notices"), settings.table("people"), settings.table("counters")
    )
