"""Conversations: who is in which, what was said last, and how much of it one has not read.

A conversation is one item that knows its members and counts its messages. Each member has an item of his own
beside it, that knows up to which message he has read and how many of all are his. So what is unread is a
difference of four numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.core.bounds import MOST_CONVERSATIONS, MOST_MEMBERS
from chalicelib.core.directory import Directory, Who
from chalicelib.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import Permit, of_person, read_all, refused_as, transact, tries, write

TRIES = 20
BEGUN = "begun#"
_NOT_YET = "attribute_not_exists(person)"
_AT_ONCE = 100

Conversation = dict[str, Any]
Member = dict[str, Any]


class ConversationNotFoundError(NotFoundError):
    """Also for one that is there and not one's own: nobody learns that."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation, or you are not in it.")


class TooManyMembersError(ConflictError):
    def __init__(self) -> None:
        super().__init__(f"A conversation has at most {MOST_MEMBERS} members.")


class TooManyConversationsError(ConflictError):
    def __init__(self) -> None:
        super().__init__(f"You have begun {MOST_CONVERSATIONS:,} conversations: leave one of them first.")


class Place(NamedTuple):
    """A member's own in a conversation, as it was when it was read."""

    conversation: Conversation
    member: Member

    @property
    def id(self) -> str:
        return str(self.conversation["id"])

    @property
    def person(self) -> str:
        return str(self.member["person"])


@dataclass(frozen=True)
class Conversations:
    dynamodb: Any
    conversations: str
    members: str
    directory: Directory
    sleep: Callable[[float], None] = time.sleep

    def start(self, person: str, others: list[str], title: str | None, permit: Permit | None = None) -> Conversation:
        members = sorted({person, *others})
        self._check(members, {id: f"/members/{place}" for place, id in reversed(list(enumerate(others)))})
        at = now()
        conversation: Conversation = {
            "id": new_id(),
            "createdAt": at,
            "begunBy": person,
            "total": 0,
            "people": dict.fromkeys(members, at),
        }
        if title:
            conversation["title"] = title.strip()
        rows = [_joined(conversation["id"], member, at, 0) for member in members]
        puts = [(self.conversations, conversation), *((self.members, row) for row in rows)]
        writes = [{"Put": {"TableName": table, "Item": typed(row)}} for table, row in puts]
        if write(self.dynamodb, [self._one_more_begun(person), *writes], permit, self.sleep):
            raise TooManyConversationsError()
        return self._shown([conversation], {row["conversation"]: row for row in rows if row["person"] == person})[0]

    def mine(self, person: str, turn: Turn) -> Page[dict[str, Any]]:
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

    def get(self, place: Place) -> Conversation:
        return self._shown([place.conversation], {place.id: place.member})[0]

    def place(self, id: str, person: str) -> Place:
        """As it is at this moment."""
        if not is_id(id):
            raise ConversationNotFoundError()
        found = self._read_all({self.conversations: [typed({"id": id})], self.members: [_member_key(id, person)]})
        if not found[self.conversations] or not found[self.members]:
            raise ConversationNotFoundError()
        return Place(found[self.conversations][0], found[self.members][0])

    def rename(self, place: Place, title: str) -> Conversation:
        self.dynamodb.update_item(
            TableName=self.conversations,
            Key=typed({"id": place.id}),
            UpdateExpression="SET title = :title",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues=typed({":title": title.strip()}),
        )
        return self.get(self.place(place.id, place.person))

    def add_member(self, place: Place, other: str, permit: Permit | None = None) -> Conversation:
        """Who joins sees what was said before; nothing of it is unread to him."""
        self._check([*{*place.conversation["people"], other}], {other: "/id"})
        row = _joined(place.id, other, now(), place.conversation["total"])
        joins = {"Put": {"TableName": self.members, "Item": typed(row), "ConditionExpression": _NOT_YET}}
        change = {
            "UpdateExpression": "SET people.#person = :at",
            "ConditionExpression": "size(people) < :most",
            "ExpressionAttributeValues": typed({":at": row["joinedAt"], ":most": MOST_MEMBERS}),
        }
        self._change_members([joins], place.id, other, change, permit)
        return self.get(self.place(place.id, place.person))

    def leave(self, place: Place) -> None:
        self._remove(place.conversation, place.person)

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
        return (item["conversation"] for item in of_person(self.dynamodb, self.members, person))

    def erase(self, person: str) -> None:
        keys = (typed({"id": id}) for id in self.all_of(person))
        while some := list(islice(keys, _AT_ONCE)):
            for conversation in self._read(self.conversations, some):
                self._remove(conversation, person)
        self.dynamodb.delete_item(TableName=self.members, Key=_begun_key(person))

    def _remove(self, conversation: Conversation, person: str) -> None:
        leaves = {
            "Delete": {
                "TableName": self.members,
                "Key": _member_key(conversation["id"], person),
                "ConditionExpression": "attribute_exists(person)",
            }
        }
        change = {"UpdateExpression": "REMOVE people.#person", "ConditionExpression": "attribute_exists(id)"}
        if conversation.get("begunBy") != person:
            self._change_members([leaves], conversation["id"], person, change)
            return
        # Who comes back to it has not begun it any more: so each is counted once, coming and going.
        change["UpdateExpression"] += ", begunBy"
        self._change_members([leaves, self._one_less_begun(person)], conversation["id"], person, change)

    def _one_more_begun(self, person: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self.members,
                "Key": _begun_key(person),
                "UpdateExpression": "ADD begun :one",
                "ConditionExpression": "attribute_not_exists(begun) OR begun < :most",
                "ExpressionAttributeValues": typed({":one": 1, ":most": MOST_CONVERSATIONS}),
            }
        }

    def _one_less_begun(self, person: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self.members,
                "Key": _begun_key(person),
                "UpdateExpression": "ADD begun :less",
                "ExpressionAttributeValues": typed({":less": -1}),
            }
        }

    def _change_members(
        self,
        rows: list[dict[str, Any]],
        id: str,
        person: str,
        change: dict[str, Any],
        permit: Permit | None = None,
    ) -> None:
        """The member's own items and the conversation's list together; what is so already stays so."""
        update = {
            "TableName": self.conversations,
            "Key": typed({"id": id}),
            "ExpressionAttributeNames": {"#person": person},
            **change,
        }
        for _ in tries(TRIES, self.sleep, "Too much is going on in this conversation now: try again."):
            refused = transact(self.dynamodb, [*rows, {"Update": update}], permit)
            if refused is None or 0 in refused:
                return
            if len(rows) in refused:
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


def _last(conversation: Conversation, people: dict[str, Who]) -> dict[str, Any] | None:
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


def _begun_key(person: str) -> dict[str, Any]:
    """How many one has begun lies beside the members, where it is found by nobody else."""
    return typed({"conversation": f"{BEGUN}{person}", "person": person})


def _member_key(conversation: str, person: str) -> dict[str, Any]:
    return typed({"conversation": conversation, "person": person})
