"""Who gets new articles by mail: anyone may ask, and whoever reads that address's mail confirms.

A row's key is a hash of its address; the address itself is deleted as soon as nothing may be sent there. Mails refer
to the row by a handle, which reveals nothing about the address.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib.core import bounds
from chalicelib.core.bounds import DAY, HOUR, Bound, Count, Permit, TooOftenError
from chalicelib.core.errors import NotFoundError, UnavailableError
from chalicelib.core.ids import new_id
from chalicelib.core.mailer import Mailer, at_most_once
from chalicelib.core.streams import Change
from chalicelib.core.tables import Database, Table, Write, transaction
from chalicelib.subscribers import mailboxes
from chalicelib.subscribers.letters import Letters

ASKED, CONFIRMED, ENDED, STOPPED = "asked", "confirmed", "ended", "stopped"
LISTED = "yes"
_STAGE = "stage"
_ID_LENGTH, _HANDLE_LENGTH = 64, 32
_WAITING_SECONDS = 2 * 24 * 60 * 60  # longer than a failed event is kept for retries
_GOOD_SECONDS = 3 * 24 * 60 * 60
_REMEMBERED_SECONDS = 30 * 24 * 60 * 60

# Mails that ask whether one wants to subscribe: to one mailbox, to one domain, and of the whole stage. The last one
# leaves most of what SES sends for a new sender in a day, 50,000, to the mails that were asked for.
QUESTIONS_TO_ONE = Bound("questions-to-one", 3, DAY, "questions whether to subscribe, to one mailbox")
QUESTIONS_TO_A_DOMAIN = Bound("questions-to-a-domain", 1_000, HOUR, "of them to one domain")
QUESTIONS_AN_HOUR = Bound("questions-an-hour", 5_000, HOUR, "of them by the whole stage")
QUESTIONS_A_DAY = Bound("questions-a-day", 20_000, DAY, "of them by the whole stage")

Subscriber = dict[str, Any]


class LinkError(NotFoundError):
    detail = "This link is invalid or has expired."


class NoMailError(UnavailableError):
    detail = "You can't subscribe here: this site has no address to send mail from."


@dataclass(frozen=True)
class Subscribers:
    database: Database
    table: str
    counters: str
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Subscriber]:
        return Table(self.database, self.table)

    def ask(self, address: str) -> None:
        """One write for any address, so the response time reveals nothing. What depends on the address comes later."""
        expires = self._in(_WAITING_SECONDS)
        self.rows.put({"id": f"wish#{new_id()}", "wants": _plain(address), "expiresAt": expires})

    def grant(self, wish: Subscriber) -> None:
        """Take the wish away and, where allowed, have the address asked: not if confirmed, stopped or asked too often.

        In one transaction, so that a wish delivered twice is granted once.
        """
        address = wish["wants"]
        writes = {"wish": self.rows.removing(wish["id"], self.rows.there), "question": self._asking(address)}
        with suppress(TooOftenError):
            if not transaction(self.database, writes, self._permit(address)):
                return
        self.rows.remove(wish["id"])

    def confirm(self, token: str) -> None:
        """Confirming twice is fine."""
        handle, secret = _parts(token)
        confirmed = self.rows.change(
            self._id_by(handle),
            "SET #status = :confirmed, listed = :listed REMOVE expiresAt",
            "answer = :answer AND #status IN (:asked, :confirmed) AND goodUntil > :now",
            answer=_hash(secret),
            asked=ASKED,
            confirmed=CONFIRMED,
            now=self._in(0),
            listed=LISTED,
        )
        if not confirmed:
            raise LinkError()

    def end(self, token: str) -> None:
        """For anyone with a mail of ours. The address goes; the link still works for a while, with the same answer."""
        handle, secret = _parts(token)
        id = self._id_by(handle)
        farewell = secret if id == handle else token
        ended = self.rows.change(
            id,
            "SET #status = :ended, expiresAt = :expires REMOVE address, listed, answer",
            "farewell = :farewell AND #status <> :stopped",
            farewell=farewell,
            stopped=STOPPED,
            ended=ENDED,
            expires=self._in(_REMEMBERED_SECONDS),
        )
        if not ended and not hmac.compare_digest(str(self.row(id).get("farewell", "")), farewell):
            raise LinkError()

    def stop(self, address: str) -> None:
        """Mail bounces there or is unwanted: nothing is sent any more, even on request."""
        change = "SET #status = :stopped REMOVE address, listed, answer, expiresAt"
        self.rows.change(id_of(address), change, self.rows.there, stopped=STOPPED)

    def to_question(self, id: str, round: str) -> tuple[str, str] | None:
        """Address and token for a mail that only the first caller may send."""
        secret = secrets.token_urlsafe(24)
        row = self.rows.change(
            id,
            "SET questioned = :round, answer = :answer, goodUntil = :until",
            "#status = :asked AND round = :round AND (attribute_not_exists(questioned) OR questioned <> :round)",
            asked=ASKED,
            round=round,
            answer=_hash(secret),
            until=self._in(_GOOD_SECONDS),
        )
        return (row["address"], f"{row.get('handle', id)}.{secret}") if row else None

    def to_welcome(self, id: str, round: str) -> tuple[str, str] | None:
        once = "#status = :confirmed AND round = :round AND (attribute_not_exists(welcomed) OR welcomed <> :round)"
        row = self.rows.change(id, "SET welcomed = :round", once, confirmed=CONFIRMED, round=round)
        return (row["address"], farewell_of(row)) if row else None

    def give_back(self, id: str, mark: str, round: str) -> None:
        """The mail could not be sent: allow another try."""
        self.rows.change(id, f"REMOVE #{mark}", f"#{mark} = :round", round=round)

    def listed(self, after: str, limit: int) -> list[Subscriber]:
        """The next confirmed subscribers, in order of id."""
        where = "listed = :listed AND id > :after"
        return self.rows.some(limit, where, index="by-listed", listed=LISTED, after=after or " ").rows

    def row(self, id: str) -> Subscriber:
        return self.rows.get(id) or {}

    def wanted(self, id: str) -> Write:
        """A condition for transactions that only concern those who want mail at that moment."""
        return self.rows.checking(id, "attribute_exists(listed)")

    def _id_by(self, handle: str) -> str:
        """Mails from before there were handles use the id itself."""
        if len(handle) == _ID_LENGTH:
            return handle
        found = next(self.rows.rows("handle = :handle", index="by-handle", handle=handle), None)
        if not found:
            raise LinkError()
        return str(found["id"])

    def _asking(self, address: str) -> Write:
        handle = secrets.token_urlsafe(24)
        return self.rows.changing(
            id_of(address),
            "SET #status = :asked, address = :address, round = :round, expiresAt = :expires, "
            "handle = if_not_exists(handle, :handle), farewell = if_not_exists(farewell, :farewell)",
            "attribute_not_exists(id) OR #status IN (:asked, :ended)",
            asked=ASKED,
            ended=ENDED,
            address=address,
            round=new_id(),
            handle=handle,
            farewell=f"{handle}.{secrets.token_urlsafe(24)}",
            expires=self._in(_GOOD_SECONDS),
        )

    def _permit(self, address: str) -> Permit:
        mailbox = mailboxes.of(address)
        counts = (
            Count(QUESTIONS_TO_ONE, _hash(mailbox)),
            Count(QUESTIONS_TO_A_DOMAIN, _hash(mailboxes.domain_of(mailbox))),
            Count(QUESTIONS_AN_HOUR, _STAGE),
            Count(QUESTIONS_A_DAY, _STAGE),
        )
        return bounds.without_account(self.database, self.counters, counts, self.clock())

    def _in(self, seconds: int) -> int:
        return int(self.clock()) + seconds


@dataclass(frozen=True)
class Correspondence:
    """The mails that a changed row causes, each once however often we are told."""

    subscribers: Subscribers
    letters: Letters
    mailer: Mailer

    def follow(self, change: Change[Subscriber]) -> None:
        row = change.after or {}
        if "wants" in row:
            self.subscribers.grant(row)
        elif row.get("status") == ASKED and row.get("questioned") != row["round"]:
            self._question(row)
        elif row.get("status") == CONFIRMED and row.get("welcomed") != row["round"]:
            self._welcome(row)

    def _question(self, row: Subscriber) -> None:
        if found := self.subscribers.to_question(row["id"], row["round"]):
            address, token = found
            with at_most_once(lambda: self.subscribers.give_back(row["id"], "questioned", row["round"])):
                self.mailer.send(address, self.letters.question(token))

    def _welcome(self, row: Subscriber) -> None:
        if found := self.subscribers.to_welcome(row["id"], row["round"]):
            address, farewell = found
            with at_most_once(lambda: self.subscribers.give_back(row["id"], "welcomed", row["round"])):
                self.mailer.send(address, self.letters.welcome(farewell))


def id_of(address: str) -> str:
    return _hash(_plain(address))


def farewell_of(row: Subscriber) -> str:
    """The token in each mail for unsubscribing. It can do nothing else, so it is stored as it is, for the next mail."""
    farewell = str(row["farewell"])
    return farewell if "." in farewell else f"{row['id']}.{farewell}"


def unwanted(notice: dict[str, Any]) -> list[str]:
    """The addresses in an SES notice that should get no more mail; full mailboxes don't count."""
    kind = notice.get("eventType") or notice.get("notificationType")
    if kind == "Bounce" and notice["bounce"]["bounceType"] == "Permanent":
        return [one["emailAddress"] for one in notice["bounce"]["bouncedRecipients"]]
    if kind == "Complaint":
        return [one["emailAddress"] for one in notice["complaint"]["complainedRecipients"]]
    return []


def _plain(address: str) -> str:
    return address.strip().lower()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _parts(token: str) -> tuple[str, str]:
    handle, _, secret = token.partition(".")
    if len(handle) not in (_HANDLE_LENGTH, _ID_LENGTH) or not secret or not token.isascii():
        raise LinkError()
    return handle, secret
