"""A new article to all who are confirmed: a batch a step, each recipient noted before he is written to.

The row of a mailing says how far it is. Each step changes it, and its stream sets off the next: so it goes on where it
stopped, whatever ended a step, and nobody is written to twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.articles.articles import Article, is_published
from chalicelib.articles.documents import address_of
from chalicelib.core.streams import Change
from chalicelib.core.tables import Database, Table, transaction
from chalicelib.subscribers.letters import Letters
from chalicelib.subscribers.mailer import Mailer, at_most_once
from chalicelib.subscribers.subscribers import Subscriber, Subscribers, farewell_of

_PROGRESS = "progress"
_REMEMBERED_SECONDS = 180 * 24 * 60 * 60

Mailing = dict[str, Any]


@dataclass(frozen=True)
class Mailings:
    database: Database
    table: str
    subscribers: Subscribers
    letters: Letters
    mailer: Mailer
    batch: int = 50
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Mailing]:
        """Mailings, and who has been written to of each."""
        return Table(self.database, self.table, ("mailing", "recipient"))

    def announce(self, change: Change[Article]) -> None:
        """An article that appears; that one changes or goes is no news."""
        if change.after and is_published(change.after) and not is_published(change.before or {}):
            self.begin(change.after)

    def begin(self, article: Article) -> None:
        """Only the first time: an article that is published again is no new one."""
        told = {name: article[name] for name in ("id", "title", "summary")}
        told["url"] = address_of(self.letters.site, article["slug"])
        row = {"mailing": article["id"], "recipient": _PROGRESS, "article": told, "place": "", "steps": 0}
        self.rows.put(row, self.rows.new)

    def follow(self, change: Change[Mailing]) -> None:
        """Of the mailing's row, however late; those of recipients are no matter."""
        row = change.after or {}
        if row.get("recipient") == _PROGRESS and "done" not in row:
            self.step(row["mailing"])

    def step(self, id: str) -> None:
        """The next batch. Two who take the same one at the same time share it: only one of them moves on."""
        row = self.rows.get(id, _PROGRESS)
        if not row or "done" in row:
            return
        found = self.subscribers.listed(row["place"], self.batch)
        for subscriber in found:
            self._mail(row["article"], subscriber)
        if len(found) < self.batch:
            self._move(row, "SET done = :there REMOVE article", True)
        else:
            self._move(row, "SET place = :there", found[-1]["id"])

    def _mail(self, article: Article, subscriber: Subscriber) -> None:
        if self._note(article, subscriber):
            with at_most_once(lambda: self.rows.remove(_key(article, subscriber))):
                self.mailer.send(subscriber["address"], self.letters.article(article, farewell_of(subscriber)))

    def _note(self, article: Article, subscriber: Subscriber) -> bool:
        """Whether it is ours to write: nobody has, and the mail is still wanted at this moment."""
        mailing, recipient = _key(article, subscriber)
        note = {"mailing": mailing, "recipient": recipient, "expiresAt": int(self.clock()) + _REMEMBERED_SECONDS}
        writes = {"note": self.rows.putting(note, self.rows.new), "wanted": self.subscribers.wanted(subscriber["id"])}
        return not transaction(self.database, writes)

    def _move(self, row: Mailing, change: str, there: object) -> None:
        key = row["mailing"], _PROGRESS
        self.rows.change(key, f"{change} ADD steps :one", "steps = :steps", there=there, steps=row["steps"], one=1)


def _key(article: Article, subscriber: Subscriber) -> tuple[str, str]:
    return article["id"], subscriber["id"]
