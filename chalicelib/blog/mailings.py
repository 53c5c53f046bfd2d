"""A new article to all who are confirmed: a batch a step, each recipient noted before he is written to.

The row of a mailing says how far it is. Each step changes it, and its stream sets off the next: so it goes on where it
stopped, whatever ended a step, and nobody is written to twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.blog.articles import Article, is_published
from chalicelib.blog.documents import address_of
from chalicelib.blog.letters import Letters
from chalicelib.blog.mailer import Mailer, at_most_once
from chalicelib.blog.subscribers import Subscriber, Subscribers, farewell_of
from chalicelib.core import aws
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import refused_as

_PROGRESS = "progress"
_REMEMBERED_SECONDS = 180 * 24 * 60 * 60


@dataclass(frozen=True)
class Mailings:
    dynamodb: Any
    table: str
    subscribers: Subscribers
    letters: Letters
    mailer: Mailer
    batch: int = 50

    def announce(self, record: dict[str, Any]) -> None:
        """A record of an article that appears; that one changes or goes is no news."""
        before, after = (plain(record["dynamodb"].get(image) or {}) for image in ("OldImage", "NewImage"))
        if is_published(after) and not is_published(before):
            self.begin(after)

    def begin(self, article: Article) -> None:
        """Only the first time: an article that is published again is no new one."""
        told = {name: article[name] for name in ("id", "title", "summary")}
        told["url"] = address_of(self.letters.site, article["slug"])
        row = {"mailing": article["id"], "recipient": _PROGRESS, "article": told, "place": "", "steps": 0}
        with refused_as(None):
            self.dynamodb.put_item(
                TableName=self.table, Item=typed(row), ConditionExpression="attribute_not_exists(mailing)"
            )

    def follow(self, record: dict[str, Any], seconds: float) -> None:
        """A record of the mailing's row, however late; those of recipients are no matter."""
        row = plain(record["dynamodb"].get("NewImage") or {})
        if row.get("recipient") == _PROGRESS and "done" not in row:
            self.step(row["mailing"], seconds)

    def step(self, id: str, seconds: float) -> None:
        """The next batch. Two who take the same one at the same time share it: only one of them moves on."""
        row = self._row(id)
        if "done" in row:
            return
        found = self.subscribers.listed(row["place"], self.batch)
        for subscriber in found:
            self._mail(row["article"], subscriber, seconds)
        if len(found) < self.batch:
            self._move(row, "SET done = :there REMOVE article", {":there": True})
        else:
            self._move(row, "SET place = :there", {":there": found[-1]["id"]})

    def _mail(self, article: Article, subscriber: Subscriber, seconds: float) -> None:
        if self._note(article, subscriber, seconds):
            with at_most_once(lambda: self._forget(article, subscriber)):
                self.mailer.send(subscriber["address"], self.letters.article(article, farewell_of(subscriber)))

    def _note(self, article: Article, subscriber: Subscriber, seconds: float) -> bool:
        """Whether it is ours to write: nobody has, and he still wants it at this moment."""
        note = {**_key(article, subscriber), "expiresAt": int(seconds) + _REMEMBERED_SECONDS}
        put = {
            "TableName": self.table,
            "Item": typed(note),
            "ConditionExpression": "attribute_not_exists(mailing)",
        }
        check = {
            "TableName": self.subscribers.table,
            "Key": typed({"id": subscriber["id"]}),
            "ConditionExpression": "attribute_exists(listed)",
        }
        try:
            self.dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}])
        except aws.Failure as failure:
            if "ConditionalCheckFailed" not in aws.reasons_of(failure):
                raise
            return False
        return True

    def _forget(self, article: Article, subscriber: Subscriber) -> None:
        self.dynamodb.delete_item(TableName=self.table, Key=typed(_key(article, subscriber)))

    def _row(self, id: str) -> dict[str, Any]:
        key = typed({"mailing": id, "recipient": _PROGRESS})
        return plain(self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"])

    def _move(self, row: dict[str, Any], change: str, given: dict[str, Any]) -> None:
        with refused_as(None):
            self.dynamodb.update_item(
                TableName=self.table,
                Key=typed({"mailing": row["mailing"], "recipient": _PROGRESS}),
                ConditionExpression="steps = :steps",
                UpdateExpression=f"{change} ADD steps :one",
                ExpressionAttributeValues=typed({**given, ":steps": row["steps"], ":one": 1}),
            )


def _key(article: Article, subscriber: Subscriber) -> dict[str, str]:
    return {"mailing": article["id"], "recipient": subscriber["id"]}
