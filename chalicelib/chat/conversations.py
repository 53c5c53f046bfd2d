"""Conversations: who is in which, what was said last, and how much of it one has not read.

A conversation is one item that knows its members and counts its messages. Each member has an item of his own
beside it, that knows up to which message he has read and how many of all are his. So what is unread is a
difference of four numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core.directory import Directory
from chalicelib.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import every, read_all, refused_as, transact, tries

MOST_MEMBERS = 50
TRIES = 20
_NOT_YET = "attribute_not_exists(person)"

Conversation = dict[str, Any]
Member = dict[str, Any]


class ConversationNotFoundError(NotFoundError):
    """Also for one that is there and not one's own: nobody learns that."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation, or you are not in it.")


class TooManyMembersError(ConflictError):
    def __init__(self) -> None:
        super().__init__(f"A conversation has at most {MOST_MEMBERS} members.")


@dataclass(frozen=True)
class Conversations:
    dynamodb: Any
    conversations: str
    members: str
    directory: Directory
    sleep: Callable[[float], None] = time.sleep

    def start(self, person: str, others: list[str], title: str | None) -> Conversation:
        members = sorted({person, *others})
        self._check(members, {id: f"/members/{place}" for place, id in reversed(list(enumerate(others)))})
        at = now()
        conversation: Conversation = {"id": new_id(), "createdAt": at, "total": 0, "people": dict.fromkeys(members, at)}
        if title:
            conversation["title"] = title.strip()
        rows = [_joined(conversation["id"], member, at, 0) for member in members]
        writes = [{"Put": {"TableName": self.conversations, "Item": typed(conversation)}}]
        self.dynamodb.transact_write_items(
            TransactItems=writes + [{"Put": {"TableName": self.members, "Item": typed(row)}} for row in rows]
        )
        return self._shown([conversation], {row["conversation"]: row for row in rows if row["person"] == person})[0]

    def mine(self, person: str, turn: Turn) -> Page:
        """Latest activity first, from the index; then the conversations and one's places in them as they are now."""
        of = ["conversations", person]
        start = position(of, turn.after, (str, str))
        query: dict[str, Any] = {
            "TableName": self.members,
            "IndexName": "by-person",
            "KeyConditionExpression": "person = :person",
            "ExpressionAttributeValues": typed({":person": person}),
            "ScanIndexForward": False,
            "Limit": turn.limit + 1,
        }
        if start:
            query["ExclusiveStartKey"] = typed({"person": person, "activity": start[0], "conversation": start[1]})
        found = list(map(plain, self.dynamodb.query(**query)["Items"]))
        rows = found[: turn.limit]
        ids = [row["conversation"] for row in rows]
        conversations = {one["id"]: one for one in self._read(self.conversations, [typed({"id": id}) for id in ids])}
        # What the index says is a little old: one's own words would be unread.
        keys = [_member_key(id, person) for id in ids]
        own = {member["conversation"]: member for member in self._read(self.members, keys)}
        shown = self._shown([conversations[id] for id in ids if id in conversations and id in own], own)
        last = cursor(of, [rows[-1]["activity"], rows[-1]["conversation"]]) if len(found) > turn.limit else None
        return {"items": shown, "next": last}

    def get(self, id: str, person: str) -> Conversation:
        conversation, member = self.seen_by(id, person)
        return self._shown([conversation], {id: member})[0]

    def seen_by(self, id: str, person: str) -> tuple[Conversation, Member]:
        """The conversation and one's own place in it, as they are at this moment."""
        if not is_id(id):
            raise ConversationNotFoundError()
        found = self._read_all({self.conversations: [typed({"id": id})], self.members: [_member_key(id, person)]})
        if not found[self.conversations] or not found[self.members]:
            raise ConversationNotFoundError()
        return found[self.conversations][0], found[self.members][0]

    def rename(self, id: str, person: str, title: str) -> Conversation:
        self.seen_by(id, person)
        self.dynamodb.update_item(
            TableName=self.conversations,
            Key=typed({"id": id}),
            UpdateExpression="SET title = :title",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues=typed({":title": title.strip()}),
        )
        return self.get(id, person)

    def add_member(self, id: str, person: str, other: str) -> Conversation:
        """Who joins sees what was said before; nothing of it is unread to him."""
        conversation, _ = self.seen_by(id, person)
        self._check([*{*conversation["people"], other}], {other: "/id"})
        row = _joined(id, other, now(), conversation["total"])
        joins = {"Put": {"TableName": self.members, "Item": typed(row), "ConditionExpression": _NOT_YET}}
        change = {
            "UpdateExpression": "SET people.#person = :at",
            "ConditionExpression": "size(people) < :most",
            "ExpressionAttributeValues": typed({":at": row["joinedAt"], ":most": MOST_MEMBERS}),
        }
        self._change_members(joins, id, other, change)
        return self.get(id, person)

    def leave(self, id: str, person: str) -> None:
        self.seen_by(id, person)
        self._remove(id, person)

    def members_of(self, id: str) -> list[str]:
        item = self.dynamodb.get_item(TableName=self.conversations, Key=typed({"id": id}), ConsistentRead=True)
        return sorted(plain(item["Item"])["people"]) if "Item" in item else []

    def touch(self, id: str, members: Iterable[str], at: str) -> None:
        """Later activity moves a conversation up, for each of its members; told twice or late, it changes nothing."""
        for member in members:
            with refused_as(None):
                self.dynamodb.update_item(
                    TableName=self.members,
                    Key=_member_key(id, member),
                    UpdateExpression="SET activity = :at",
                    ConditionExpression="activity < :at",  # who has left has none
                    ExpressionAttributeValues=typed({":at": at}),
                )

    def all_of(self, person: str) -> Iterator[str]:
        found = every(
            self.dynamodb,
            TableName=self.members,
            IndexName="by-person",
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues=typed({":person": person}),
        )
        return (item["conversation"] for item in found)

    def erase(self, person: str) -> None:
        for id in self.all_of(person):
            self._remove(id, person)

    def _remove(self, id: str, person: str) -> None:
        leaves = {
            "Delete": {
                "TableName": self.members,
                "Key": _member_key(id, person),
                "ConditionExpression": "attribute_exists(person)",
            }
        }
        change = {"UpdateExpression": "REMOVE people.#person", "ConditionExpression": "attribute_exists(id)"}
        self._change_members(leaves, id, person, change)

    def _change_members(self, row: dict[str, Any], id: str, person: str, change: dict[str, Any]) -> None:
        """The member's own item and the conversation's list together; what is so already stays so."""
        update = {
            "TableName": self.conversations,
            "Key": typed({"id": id}),
            "ExpressionAttributeNames": {"#person": person},
            **change,
        }
        for _ in tries(TRIES, self.sleep, "Too much is going on in this conversation now: try again."):
            refused = transact(self.dynamodb, [row, {"Update": update}])
            if refused is None or 0 in refused:
                return
            if 1 in refused:
                raise TooManyMembersError()

    def _check(self, members: list[str], pointers: dict[str, str]) -> None:
        """`pointers` says where in the body each of those who are to join is named."""
        if len(members) > MOST_MEMBERS:
            raise TooManyMembersError()
        if missing := self.directory.missing(pointers):
            errors: list[FieldError] = [{"pointer": pointers[id], "detail": "is nobody's id"} for id in missing]
            raise InvalidError("Nobody here has that id.", sorted(errors, key=lambda error: error["pointer"]))

    def _read(self, table: str, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return read_all(self.dynamodb, table, keys, consistent=True)

    def _read_all(self, keys: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        """The items of each table, as they are at this moment."""
        found: dict[str, list[dict[str, Any]]] = {table: [] for table in keys}
        asked: dict[str, Any] = {table: {"Keys": keys[table], "ConsistentRead": True} for table in keys}
        while asked:
            answer = self.dynamodb.batch_get_item(RequestItems=asked)
            for table, items in answer["Responses"].items():
                found[table] += map(plain, items)
            asked = answer.get("UnprocessedKeys") or {}
        return found

    def _shown(self, conversations: list[Conversation], own: dict[str, Member]) -> list[Conversation]:
        last_authors = [one["lastAuthor"] for one in conversations if "lastAuthor" in one]
        people = self.directory.people([person for one in conversations for person in one["people"]] + last_authors)
        return [
            {
                "id": one["id"],
                "title": one.get("title"),
                "members": [people[person] for person in _in_order(one)],
                "last": _last(one, people),
                "unread": unread(one, own[one["id"]]),
                "createdAt": one["createdAt"],
            }
            for one in conversations
        ]


def unread(conversation: Conversation, member: Member) -> int:
    """All that came after what was read, less one's own."""
    since = conversation["total"] - member["readTotal"]
    own = member["own"] - member["readOwn"]
    return max(int(since - own), 0)


def _last(conversation: Conversation, people: dict[str, dict[str, str]]) -> dict[str, Any] | None:
    if "lastAt" not in conversation:
        return None
    author = people[conversation["lastAuthor"]]
    return {"text": conversation["lastText"], "at": conversation["lastAt"], "author": author}


def _in_order(conversation: Conversation) -> list[str]:
    """Who came first is first; a map has no order of its own."""
    joined: dict[str, str] = conversation["people"]
    return sorted(joined, key=lambda person: (joined[person], person))


def _joined(conversation: str, person: str, at: str, total: int) -> Member:
    """His count begins anew: what he may have said before he left is not in it."""
    numbers = {"own": 0, "joinedTotal": total, "readTotal": total, "readOwn": 0}
    return {"conversation": conversation, "person": person, "joinedAt": at, "activity": at, **numbers}


def _member_key(conversation: str, person: str) -> dict[str, Any]:
    return typed({"conversation": conversation, "person": person})
