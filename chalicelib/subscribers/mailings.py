"""A new article to all confirmed subscribers: a batch per step, each recipient noted before the mail goes out.

A mailing's row says how far it is. Each step changes the row, and its stream triggers the next: so a mailing continues
after any interruption, and nobody gets a mail twice. Each step reads the article again: what was taken back goes to
nobody else, and what was corrected goes out as it is now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from chalicelib.articles.articles import Article
from chalicelib.articles.documents import address_of
from chalicelib.core.mailer import Mailer, at_most_once
from chalicelib.core.streams import Change
from chalicelib.core.tables import Database, Table, transaction
from chalicelib.subscribers.letters import Letters
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
    published: Callable[[str], Article | None]  # by its slug, as it is now
    batch: int = 50
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Mailing]:
        """Mailings, and who got each."""
        return Table(self.database, self.table, ("mailing", "recipient"))

    def begin(self, id: str, slug: str) -> None:
        """Only the first time: republishing an article that was mailed mails nothing."""
        row = {"mailing": id, "recipient": _PROGRESS, "slug": slug, "place": "", "steps": 0}
        if not self.rows.put(row, self.rows.new):
            # One under way may just find that the article was taken back: with another step it looks again.
            self.rows.change((id, _PROGRESS), "ADD steps :one", "attribute_not_exists(done)", one=1)

    def follow(self, change: Change[Mailing]) -> None:
        """By the mailing's current row, however late the record; recipients' rows don't matter."""
        row = change.after or {}
        if row.get("recipient") == _PROGRESS and "done" not in row:
            self.step(row["mailing"])

    def step(self, id: str) -> None:
        """The next batch. If two take the same one at once, they share it and only one moves on."""
        row = self.rows.get(id, _PROGRESS)
        if not row or "done" in row:
            return
        article = self.published(_slug(row))
        if not article or article["id"] != id:
            self.rows.remove((id, _PROGRESS), "steps = :steps", steps=row["steps"])  # published later, it is mailed
            return
        found = self.subscribers.listed(row["place"], self.batch)
        for subscriber in found:
            self._mail(article, subscriber)
        if len(found) < self.batch:
            self._move(row, "SET done = :there", True)
        else:
            self._move(row, "SET place = :there", found[-1]["id"])

    def _mail(self, article: Article, subscriber: Subscriber) -> None:
        if self._note(article, subscriber):
            with at_most_once(lambda: self.rows.remove(_key(article, subscriber))):
                told = {**article, "url": address_of(self.letters.site, article["slug"])}
                self.mailer.send(subscriber["address"], self.letters.article(told, farewell_of(subscriber)))

    def _note(self, article: Article, subscriber: Subscriber) -> bool:
        """Whether we send it: nobody else has, and the mail is still wanted."""
        mailing, recipient = _key(article, subscriber)
        note = {"mailing": mailing, "recipient": recipient, "expiresAt": int(self.clock()) + _REMEMBERED_SECONDS}
        writes = {"note": self.rows.putting(note, self.rows.new), "wanted": self.subscribers.wanted(subscriber["id"])}
        return not transaction(self.database, writes)

    def _move(self, row: Mailing, change: str, there: object) -> None:
        key = row["mailing"], _PROGRESS
        self.rows.change(key, f"{change} ADD steps :one", "steps = :steps", there=there, steps=row["steps"], one=1)


def _slug(row: Mailing) -> str:
    """A mailing that an earlier version began has the article's address instead."""
    return row["slug"] if "slug" in row else unquote(row["article"]["url"].rpartition("/")[2])


def _key(article: Article, subscriber: Subscriber) -> tuple[str, str]:
    return article["id"], subscriber["id"]
