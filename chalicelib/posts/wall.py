"""The wall: posts newest first, each once however often it was sent, none on a partition that all write to."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from chalicelib.core.directory import Directory
from chalicelib.core.errors import BadRequestError, NotFoundError, TooManyError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import every, refused_as, transact, tries

# The wall's order is kept in this many strips: each takes its part of the writes, a page is merged from all of them.
_STRIPS = 4
MOST_A_MINUTE = 300
_REMEMBERED_SECONDS = 7 * 24 * 60 * 60
_TRIES = 8

Post = dict[str, Any]


class PostNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such post, or it is not yours.")


class TooManyPostsError(TooManyError):
    def __init__(self) -> None:
        super().__init__(
            f"That is more than {MOST_A_MINUTE} posts a minute: wait a little.", headers={"Retry-After": "60"}
        )


@dataclass(frozen=True)
class Wall:
    dynamodb: Any
    table: str
    directory: Directory
    sleep: Callable[[float], None] = time.sleep

    def add(self, person: str, text: str, client_id: str, seconds: float) -> Post:
        """What has the same client id is the same post: sent again, it is only told again."""
        for _ in tries(_TRIES, self.sleep, "Too many of your posts came at this moment: try again."):
            post = {"id": new_id(), "text": text.strip(), "person": person, "at": now()}
            refused = transact(self.dynamodb, self._writes(post, client_id, seconds))
            if refused is None:
                break
            if 0 in refused:
                return self._sent(person, client_id)
            if 1 in refused:
                raise TooManyPostsError()
        return self.shown([post])[0]

    def newest(self, turn: Turn) -> Page:
        return self._page("newest", turn, newest_first=True)

    def since(self, id: str, turn: Turn) -> Page:
        """Everything after that post, oldest first; the post itself may be gone by now."""
        if not is_id(id):
            detail = "must be the id of a post"
            raise BadRequestError(f"The parameter `since` {detail}.", [{"pointer": "/since", "detail": detail}])
        return self._page("since", turn, newest_first=False, start=id)

    def remove(self, id: str, person: str) -> None:
        if not is_id(id):
            raise PostNotFoundError()
        with refused_as(PostNotFoundError()):
            self.dynamodb.delete_item(
                TableName=self.table,
                Key=_key(id),
                ConditionExpression="person = :person",
                ExpressionAttributeValues=typed({":person": person}),
            )

    def erase(self, person: str) -> None:
        found = every(
            self.dynamodb,
            TableName=self.table,
            IndexName="by-person",
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues=typed({":person": person}),
        )
        for post in found:
            self.dynamodb.delete_item(TableName=self.table, Key=_key(post["id"]))

    def as_it_is(self, post: Post) -> Post | None:
        """Now, whatever a record says that comes late."""
        key = typed({"strip": post["strip"], "id": post["id"]})
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return plain(item) if item else None

    def shown(self, posts: list[Post]) -> list[Post]:
        people = self.directory.people(post["person"] for post in posts)
        return [
            {"id": post["id"], "text": post["text"], "author": people[post["person"]], "at": post["at"]}
            for post in posts
        ]

    def _writes(self, post: Post, client_id: str, seconds: float) -> list[dict[str, Any]]:
        """The post, that this client id was sent, and one more on the person's count of this minute: all or nothing."""
        expires = int(seconds)
        sent = {"strip": _sent_key(post["person"], client_id), "id": "sent", "post": post["id"]}
        count = typed({"strip": f"count#{post['person']}#{int(seconds) // 60}", "id": "count"})
        return [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": typed({**sent, "expiresAt": expires + _REMEMBERED_SECONDS}),
                    "ConditionExpression": "attribute_not_exists(strip)",
                }
            },
            {
                "Update": {
                    "TableName": self.table,
                    "Key": count,
                    "UpdateExpression": "SET expiresAt = :expires ADD posts :one",
                    "ConditionExpression": "attribute_not_exists(posts) OR posts < :most",
                    "ExpressionAttributeValues": typed({":one": 1, ":most": MOST_A_MINUTE, ":expires": expires + 600}),
                }
            },
            {"Put": {"TableName": self.table, "Item": typed({"strip": _strip(post["id"]), **post})}},
        ]

    def _sent(self, person: str, client_id: str) -> Post:
        key = typed({"strip": _sent_key(person, client_id), "id": "sent"})
        sent = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        id = plain(sent)["post"]
        post = self.as_it_is({"strip": _strip(id), "id": id})
        if not post:
            raise PostNotFoundError()  # it was deleted since
        return self.shown([post])[0]

    def _page(self, name: str, turn: Turn, newest_first: bool, start: str = "") -> Page:
        """One query a strip, each in order; merged, they are the page."""
        after = position([name], turn.after, (str,))
        bound = after[0] if after else start
        strips = [self._strip(strip, bound, newest_first, turn.limit + 1) for strip in range(_STRIPS)]
        found = list(islice(merge(*strips, key=lambda post: post["id"], reverse=newest_first), turn.limit + 1))
        shown = self.shown(found[: turn.limit])
        more = len(found) > turn.limit
        return {"items": shown, "next": cursor([name], [shown[-1]["id"]]) if more else None}

    def _strip(self, strip: int, bound: str, newest_first: bool, limit: int) -> list[Post]:
        query: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "strip = :strip",
            "ExpressionAttributeValues": typed({":strip": f"wall#{strip}"}),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,  # what is missed here and was pushed before would never be seen
            "Limit": limit,
        }
        if bound:
            query["KeyConditionExpression"] += " AND id < :bound" if newest_first else " AND id > :bound"
            query["ExpressionAttributeValues"][":bound"] = {"S": bound}
        return [plain(item) for item in self.dynamodb.query(**query)["Items"]]


def changes(records: list[dict[str, Any]]) -> list[tuple[str, tuple[str, Post]]]:
    """Sequence number, kind of change and post of each stream record that is about a post."""
    found = []
    for record in records:
        change = record["dynamodb"]
        kind = {"INSERT": "post", "REMOVE": "post.deleted"}.get(record["eventName"])
        image = change.get("NewImage") or change.get("OldImage") or {}
        if kind and image.get("strip", {}).get("S", "").startswith("wall#"):
            found.append((change["SequenceNumber"], (kind, plain(image))))
    return found


def _strip(id: str) -> str:
    return f"wall#{zlib.crc32(id.encode()) % _STRIPS}"


def _key(id: str) -> dict[str, Any]:
    return typed({"strip": _strip(id), "id": id})


def _sent_key(person: str, client_id: str) -> str:
    return f"sent#{person}#{client_id}"
