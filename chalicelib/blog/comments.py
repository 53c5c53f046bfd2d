"""What readers say below an article: oldest first, each once however often it was sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.core.directory import Directory
from chalicelib.core.errors import ForbiddenError, NotFoundError, TooManyError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.person import Person
from chalicelib.core.tables import every, refused_as, transact, tries

MOST_A_MINUTE = 20
_REMEMBERED_SECONDS = 7 * 24 * 60 * 60
_TRIES = 8

Comment = dict[str, Any]


class CommentNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such comment.")


class TooManyCommentsError(TooManyError):
    def __init__(self) -> None:
        super().__init__(
            f"That is more than {MOST_A_MINUTE} comments a minute: wait a little.", headers={"Retry-After": "60"}
        )


@dataclass(frozen=True)
class Comments:
    """Of an article by its id: whoever gets its address after it has none of them."""

    dynamodb: Any
    table: str
    directory: Directory
    sleep: Callable[[float], None] = time.sleep

    def page(self, article: str, turn: Turn) -> Page:
        of = ["comments", article]
        start = position(of, turn.after, (str,))
        query: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "article = :article",
            "ExpressionAttributeValues": typed({":article": article}),
            "ConsistentRead": True,
            "Limit": turn.limit + 1,
        }
        if start:
            query["KeyConditionExpression"] += " AND id > :after"
            query["ExpressionAttributeValues"][":after"] = {"S": start[0]}
        answer = self.dynamodb.query(**query)
        found = [plain(item) for item in answer["Items"]]
        page = found[: turn.limit]
        more = len(found) > turn.limit or "LastEvaluatedKey" in answer  # a page ends after a megabyte, too
        return {"items": self._shown(page), "next": cursor(of, [page[-1]["id"]]) if more else None}

    def add(self, article: str, person: str, text: str, client_id: str, seconds: float) -> tuple[Comment, bool]:
        """The comment, and whether it is new."""
        comment = {"article": article, "id": new_id(), "person": person, "text": text.strip(), "at": now()}
        for _ in tries(_TRIES, self.sleep, "Too many of your comments came at this moment: try again."):
            refused = transact(self.dynamodb, self._writes(comment, client_id, int(seconds)))
            if refused is None:
                break
            if 0 in refused:
                return self._sent(article, person, client_id), False
            if 1 in refused:
                raise TooManyCommentsError()
        return self._shown([comment])[0], True

    def remove(self, article: str, id: str, person: Person) -> None:
        """By who wrote it, or by an author of the blog."""
        if not is_id(id):
            raise CommentNotFoundError()
        key = typed({"article": article, "id": id})
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            raise CommentNotFoundError()
        if plain(item)["person"] != person.id and not person.is_author:
            raise ForbiddenError("Only who wrote a comment, or an author of the blog, may delete it.")
        with refused_as(CommentNotFoundError()):
            self.dynamodb.delete_item(TableName=self.table, Key=key, ConditionExpression="attribute_exists(id)")

    def remove_all(self, article: str) -> None:
        said = every(
            self.dynamodb,
            TableName=self.table,
            KeyConditionExpression="article = :article",
            ExpressionAttributeValues=typed({":article": article}),
            ProjectionExpression="article, id",
        )
        for comment in said:
            self.dynamodb.delete_item(TableName=self.table, Key=typed(comment))

    def erase(self, person: str) -> None:
        said = every(
            self.dynamodb,
            TableName=self.table,
            IndexName="by-person",
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues=typed({":person": person}),
        )
        for comment in said:
            key = typed({"article": comment["article"], "id": comment["id"]})
            self.dynamodb.delete_item(TableName=self.table, Key=key)

    def _writes(self, comment: Comment, client_id: str, seconds: int) -> list[dict[str, Any]]:
        """The comment, that this client id was sent, and one more on the person's count of this minute."""
        sent = {"article": _sent_key(comment["article"], comment["person"], client_id), "id": "sent"}
        note = {**sent, "comment": comment["id"], "expiresAt": seconds + _REMEMBERED_SECONDS}
        count = typed({"article": f"count#{comment['person']}#{seconds // 60}", "id": "count"})
        return [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": typed(note),
                    "ConditionExpression": "attribute_not_exists(article)",
                }
            },
            {
                "Update": {
                    "TableName": self.table,
                    "Key": count,
                    "UpdateExpression": "SET expiresAt = :expires ADD said :one",
                    "ConditionExpression": "attribute_not_exists(said) OR said < :most",
                    "ExpressionAttributeValues": typed({":one": 1, ":most": MOST_A_MINUTE, ":expires": seconds + 600}),
                }
            },
            {"Put": {"TableName": self.table, "Item": typed(comment)}},
        ]

    def _sent(self, article: str, person: str, client_id: str) -> Comment:
        key = typed({"article": _sent_key(article, person, client_id), "id": "sent"})
        note = plain(self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"])
        key = typed({"article": article, "id": note["comment"]})
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            raise CommentNotFoundError()  # it was deleted since
        return self._shown([plain(item)])[0]

    def _shown(self, comments: list[Comment]) -> list[Comment]:
        people = self.directory.people(comment["person"] for comment in comments)
        return [
            {"id": one["id"], "text": one["text"], "author": people[one["person"]], "at": one["at"]} for one in comments
        ]


def _sent_key(article: str, person: str, client_id: str) -> str:
    return f"sent#{article}#{person}#{client_id}"
