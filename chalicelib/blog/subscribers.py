"""Who gets new articles by mail: asked for by anyone, confirmed by who reads the mails of that address.

A row is known by a hash of its address; the address itself goes as soon as nothing may be sent there any more.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from chalicelib.blog.letters import Letters
from chalicelib.blog.mailer import Mailer, at_most_once
from chalicelib.core.errors import NotFoundError, UnavailableError
from chalicelib.core.ids import as_time, new_id
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import refused_as

ASKED, CONFIRMED, ENDED, STOPPED = "asked", "confirmed", "ended", "stopped"
LISTED = "yes"
MOST_A_DAY = 3
_GOOD_SECONDS = 3 * 24 * 60 * 60
_REMEMBERED_SECONDS = 30 * 24 * 60 * 60

Subscriber = dict[str, Any]


class LinkError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("This link is not good, or not any more.")


class NoMailError(UnavailableError):
    def __init__(self) -> None:
        super().__init__("Nobody can subscribe here: this place has no address to send mail from.")


@dataclass(frozen=True)
class Subscribers:
    dynamodb: Any
    table: str

    def ask(self, address: str, seconds: float) -> None:
        """Who asks can't see whether the address is known, confirmed, gone, or was asked too often today."""
        address = address.strip().lower()
        day = as_time(seconds)[:10]
        with refused_as(None):
            self._ask(address, seconds, "attribute_not_exists(asks) OR askedOn < :day", "asks = :one", day)
            return
        with refused_as(None):
            self._ask(address, seconds, "askedOn = :day AND asks < :most", "asks = asks + :one", day)

    def confirm(self, token: str, seconds: float) -> None:
        """Twice is as good as once."""
        id, secret = _parts(token)
        with refused_as(LinkError()):
            self._update(
                id,
                "answer = :answer AND #status IN (:asked, :confirmed) AND goodUntil > :now",
                "SET #status = :confirmed, listed = :listed REMOVE expiresAt",
                {
                    ":answer": _hash(secret),
                    ":asked": ASKED,
                    ":confirmed": CONFIRMED,
                    ":now": int(seconds),
                    ":listed": LISTED,
                },
            )

    def end(self, token: str, seconds: float) -> None:
        """By whoever has a mail of ours. The address goes; the link is known for a while, to be told the same again."""
        id, secret = _parts(token)
        with refused_as(None):
            self._update(
                id,
                "farewell = :farewell AND #status <> :stopped",
                "SET #status = :ended, expiresAt = :expires REMOVE address, listed, answer",
                {
                    ":farewell": secret,
                    ":stopped": STOPPED,
                    ":ended": ENDED,
                    ":expires": int(seconds) + _REMEMBERED_SECONDS,
                },
            )
            return
        if self.row(id).get("farewell") != secret:
            raise LinkError()

    def stop(self, address: str) -> None:
        """Mail bounces there, or is not wanted: nothing is sent any more, whoever asks for it."""
        with refused_as(None):
            self._update(
                id_of(address),
                "attribute_exists(id)",
                "SET #status = :stopped REMOVE address, listed, answer, expiresAt",
                {":stopped": STOPPED},
            )

    def to_question(self, id: str, round: str, seconds: float) -> tuple[str, str] | None:
        """Address and token of a mail that only the first who asks for it may send."""
        secret = secrets.token_urlsafe(24)
        with refused_as(None):
            row = self._update(
                id,
                "#status = :asked AND round = :round AND (attribute_not_exists(questioned) OR questioned <> :round)",
                "SET questioned = :round, answer = :answer, goodUntil = :until",
                {
                    ":asked": ASKED,
                    ":round": round,
                    ":answer": _hash(secret),
                    ":until": int(seconds) + _GOOD_SECONDS,
                },
            )
            return row["address"], f"{id}.{secret}"
        return None

    def to_welcome(self, id: str, round: str) -> tuple[str, str] | None:
        with refused_as(None):
            row = self._update(
                id,
                "#status = :confirmed AND round = :round AND (attribute_not_exists(welcomed) OR welcomed <> :round)",
                "SET welcomed = :round",
                {":confirmed": CONFIRMED, ":round": round},
            )
            return row["address"], farewell_of(row)
        return None

    def give_back(self, id: str, mark: str, round: str) -> None:
        """The mail could not be sent: it may be tried again."""
        with refused_as(None):
            self.dynamodb.update_item(
                TableName=self.table,
                Key=typed({"id": id}),
                ConditionExpression="#mark = :round",
                UpdateExpression="REMOVE #mark",
                ExpressionAttributeNames={"#mark": mark},
                ExpressionAttributeValues=typed({":round": round}),
            )

    def listed(self, after: str, limit: int) -> list[Subscriber]:
        """The next so many who are confirmed, in order of their ids."""
        answer = self.dynamodb.query(
            TableName=self.table,
            IndexName="by-listed",
            KeyConditionExpression="listed = :listed AND id > :after",
            ExpressionAttributeValues=typed({":listed": LISTED, ":after": after or " "}),
            Limit=limit,
        )
        return [plain(item) for item in answer["Items"]]

    def row(self, id: str) -> Subscriber:
        key = typed({"id": id})
        return plain(self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item") or {})

    def _ask(self, address: str, seconds: float, often: str, count: str, day: str) -> None:
        given = {
            ":asked": ASKED,
            ":ended": ENDED,
            ":address": address,
            ":round": new_id(),
            ":farewell": secrets.token_urlsafe(24),
            ":day": day,
            ":one": 1,
            ":expires": int(seconds) + _GOOD_SECONDS,
        }
        most = {":most": MOST_A_DAY} if ":most" in often else {}
        self._update(
            id_of(address),
            f"(attribute_not_exists(id) OR #status IN (:asked, :ended)) AND ({often})",
            f"SET #status = :asked, address = :address, round = :round, askedOn = :day, {count}, expiresAt = :expires, "
            "farewell = if_not_exists(farewell, :farewell)",
            {**given, **most},
        )

    def _update(self, id: str, condition: str, change: str, given: dict[str, Any]) -> Subscriber:
        answer = self.dynamodb.update_item(
            TableName=self.table,
            Key=typed({"id": id}),
            ConditionExpression=condition,
            UpdateExpression=change,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=typed(given),
            ReturnValues="ALL_NEW",
        )
        return plain(answer["Attributes"])


@dataclass(frozen=True)
class Correspondence:
    """What a changed row has us write, once however often we are told."""

    subscribers: Subscribers
    letters: Letters
    mailer: Mailer

    def follow(self, record: dict[str, Any], seconds: float) -> None:
        row = plain(record["dynamodb"].get("NewImage") or {})
        if row.get("status") == ASKED and row.get("questioned") != row["round"]:
            self._question(row, seconds)
        elif row.get("status") == CONFIRMED and row.get("welcomed") != row["round"]:
            self._welcome(row)

    def _question(self, row: Subscriber, seconds: float) -> None:
        if found := self.subscribers.to_question(row["id"], row["round"], seconds):
            address, token = found
            with at_most_once(lambda: self.subscribers.give_back(row["id"], "questioned", row["round"])):
                self.mailer.send(address, self.letters.question(token))

    def _welcome(self, row: Subscriber) -> None:
        if found := self.subscribers.to_welcome(row["id"], row["round"]):
            address, farewell = found
            with at_most_once(lambda: self.subscribers.give_back(row["id"], "welcomed", row["round"])):
                self.mailer.send(address, self.letters.welcome(farewell))


def id_of(address: str) -> str:
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def farewell_of(row: Subscriber) -> str:
    """The token in each mail by which one leaves. It can do no more: so it is kept as it is, for the next mail."""
    return f"{row['id']}.{row['farewell']}"


def unwanted(notice: dict[str, Any]) -> list[str]:
    """The addresses of a notice by SES to which nothing more should be sent; a full mailbox may be emptied again."""
    kind = notice.get("eventType") or notice.get("notificationType")
    if kind == "Bounce" and notice["bounce"]["bounceType"] == "Permanent":
        return [one["emailAddress"] for one in notice["bounce"]["bouncedRecipients"]]
    if kind == "Complaint":
        return [one["emailAddress"] for one in notice["complaint"]["complainedRecipients"]]
    return []


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _parts(token: str) -> tuple[str, str]:
    id, _, secret = token.partition(".")
    if len(id) != 64 or not secret or not token.isascii():
        raise LinkError()
    return id, secret
