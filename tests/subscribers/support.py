"""Subscribers, mailings and a mailbox, whose streams are read when a test says so."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core import aws, bounds
from chalicelib.core.items import plain
from chalicelib.core.letters import Letter
from chalicelib.core.streams import Change
from chalicelib.subscribers.letters import Letters
from chalicelib.subscribers.mailings import Mailings
from chalicelib.subscribers.subscribers import (
    Correspondence,
    Subscriber,
    Subscribers,
    id_of,
)
from tests.support.tables import Tables

LETTERS = Letters("https://example.com", "https://example.com/api")
ADA, BOB = "ada@example.com", "bob@example.com"
DAY = 24 * 60 * 60.0
ARTICLE = {"id": "01", "slug": "on-tea", "title": "On <tea>\n& cakes", "summary": "One & all."}


class CrashError(BaseException):
    """The process ends here and now."""


@dataclass
class Mailbox:
    """Records what was sent; can fail for the next mails."""

    sent: list[tuple[str, Letter]] = field(default_factory=list)
    failures: list[BaseException | None] = field(default_factory=list)

    def send(self, address: str, letter: Letter) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        self.sent.append((address, letter))

    def to(self, address: str) -> list[Letter]:
        return [letter for to, letter in self.sent if to == address]

    def token(self, address: str) -> str:
        """The token in the newest letter."""
        found = re.search(r"token=(\S+)", self.to(address)[-1].text)
        assert found
        return found[1]


def refusal(code: str, message: str = "") -> aws.AwsError:
    return aws.AwsError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "SendEmail"
    )


def not_verified(*addresses: str) -> aws.AwsError:
    failed = f"The following identities failed the check in region EU-CENTRAL-1: {', '.join(addresses)}"
    return refusal("MessageRejected", f"Email address is not verified. {failed}")


@dataclass
class Noted:
    """A client that records its operations, and may end the process instead of one."""

    client: Any
    calls: list[str] = field(default_factory=list)
    crash: str = ""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def noted(**parameters: Any) -> Any:
            self.calls.append(name)
            if name == self.crash:
                raise CrashError
            return getattr(self.client, name)(**parameters)

        return noted


@dataclass
class Post:
    """Subscribers and mailings whose streams are read when the test says so."""

    tables: Tables
    mailbox: Mailbox
    now: float = field(default_factory=time.time)
    articles: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mailbox: Any = self.mailbox
        database, new = self.tables.database, self.tables.new
        self.subscribers = Subscribers(database, new("SubscribersTable"), new("CountersTable"), self._clock)
        self.mailings = Mailings(
            database, new("MailingsTable"), self.subscribers, LETTERS, mailbox, self._published, 3, self._clock
        )

    def _clock(self) -> float:
        return self.now

    def _published(self, slug: str) -> dict[str, Any] | None:
        return self.articles.get(slug)

    def publish(self, article: dict[str, Any]) -> None:
        """Also again."""
        self.articles[article["slug"]] = article
        self.mailings.begin(article["id"], article["slug"])

    @property
    def desk(self) -> Correspondence:
        mailbox: Any = self.mailbox
        return Correspondence(self.subscribers, LETTERS, mailbox)

    def grant(self, times: int = 3) -> None:
        """Every wish as a record, that many times."""
        for wish in self.wishes() * times:
            self.desk.follow(wish)

    def flow(self, times: int = 3) -> None:
        """Then every row of the table."""
        self.grant(times)
        for record in self._records(self.subscribers.table) * times:
            self.desk.follow(record)

    def wishes(self) -> list[Change[Subscriber]]:
        return [one for one in self._records(self.subscribers.table) if one.after and "wants" in one.after]

    def used(self, bound: bounds.Bound) -> list[int]:
        """The values of the counters of this kind."""
        rows = self.tables.items(self.subscribers.counters)
        return [int(row["used"]["N"]) for row in rows if row["id"]["S"].startswith(f"{bound.name}#")]

    def mail(self) -> None:
        """Until the mailings are finished."""
        before = None
        while (records := self._records(self.mailings.table)) != before:
            before = records
            for record in records * 2:
                self.mailings.follow(record)

    def _records(self, table: str) -> list[Change[Any]]:
        return [Change("MODIFY", None, plain(item)) for item in self.tables.items(table)]

    def ask(self, address: str) -> None:
        self.subscribers.ask(address)
        self.flow()

    def confirmed(self, address: str) -> str:
        """The token for unsubscribing."""
        self.ask(address)
        self.subscribers.confirm(self.mailbox.token(address))
        self.flow()
        return self.mailbox.token(address)

    def many(self, count: int) -> list[str]:
        addresses = [f"reader{n}@example.com" for n in range(count)]
        for address in addresses:
            self.subscribers.ask(address)
        self.flow(1)
        for address in addresses:
            self.subscribers.confirm(self.mailbox.token(address))
        self.mailbox.sent.clear()
        return addresses

    def row(self, address: str) -> dict[str, Any]:
        return self.subscribers.row(id_of(address))
