"""Messages: numbered within their conversation in the order in which they were accepted, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from chalicelib.chat.conversations import TRIES, Conversations, Member, Place
from chalicelib.core.directory import Directory
from chalicelib.core.errors import BadRequestError, NotFoundError
from chalicelib.core.ids import now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import Permit, every, of_person, refused_as, transact, tries

_REMEMBERED_SECONDS = 7 * 24 * 60 * 60
_LAST = "lastText = :text, lastAt = :at, lastAuthor = :person, lastChange = :unchanged"
_FINAL = 1_000_000_000  # no change of a message comes after its deletion

Message = dict[str, Any]


class MessageNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such message.")


@dataclass(frozen=True)
class Messages:
    dynamodb: Any
    table: str
    conversations: Conversations
    directory: Directory

    def send(
        self, place: Place, text: str, client_id: str, seconds: float, permit: Permit | None = None
    ) -> tuple[Message, bool]:
        """The message, and whether it is new. The next number is taken only by who gets all of it written."""
        for number in tries(TRIES, self.conversations.sleep, "Too many are writing here now: try again."):
            if number:  # somebody else got the number that was tried for
                place = self.conversations.place(place.id, place.person)
            message = _next(place, text.strip(), client_id)
            refused = transact(self.dynamodb, self._writes(message, seconds), permit)
            if refused is None:
                break
            if 0 in refused:
                return self._sent(place.id, place.person, client_id), False
        return self.shown([message])[0], True

    def page(self, place: Place, before: str | None, turn: Turn) -> Page[dict[str, Any]]:
        """Newest first."""
        of = ["messages before", place.id]
        start = position(of, before, (int,), "before")
        found = self._query(place.id, "<", start[0] if start else None, turn.limit + 1)
        return self._paged(of, found, turn.limit)

    def since(self, place: Place, id: str, turn: Turn) -> Page[dict[str, Any]]:
        """Everything after that message, oldest first."""
        of = ["messages since", place.id]
        start = position(of, turn.after, (int,))
        found = self._query(place.id, ">", start[0] if start else _since(id), turn.limit + 1)
        return self._paged(of, found, turn.limit)

    def edit(self, place: Place, id: str, text: str) -> Message:
        values = {"text": text.strip(), "editedAt": now()}
        message = self._change(_key(place.id, _number(id)), place.person, values, _STILL_THERE)
        self._change_last(place.id, message["number"], message["text"], message["changes"])
        return self.shown([message])[0]

    def delete(self, place: Place, id: str) -> None:
        """A mark stays, so that nothing moves and everybody sees that something was there."""
        key = _key(place.id, _number(id))
        self._change(key, place.person, {"text": "", "deletedAt": now()}, _STILL_THERE)
        self._change_last(place.id, _number(id), "", _FINAL)

    def read(self, place: Place, id: str) -> None:
        """Up to here; never back."""
        conversation, member = place
        number = _number(id)
        if not 0 < number <= conversation["total"]:
            raise MessageNotFoundError()
        if number <= member["readTotal"]:
            return
        with refused_as(None):
            self.dynamodb.update_item(
                TableName=self.conversations.members,
                Key=typed({"conversation": place.id, "person": place.person}),
                UpdateExpression="SET readTotal = :number, readOwn = :own",
                ConditionExpression="readTotal < :number",
                ExpressionAttributeValues=typed({":number": number, ":own": self._own_up_to(member, number)}),
            )

    def erase(self, person: str) -> None:
        """What the person said becomes a mark, in every conversation. Each leaves the index, so it comes to an end."""
        for item in self.of_person(person):
            self._change_last(item["conversation"], item["number"], "", _FINAL)
            self._empty(item, person)

    def of_person(self, person: str) -> Iterator[Message]:
        return of_person(self.dynamodb, self.table, person)

    def shown(self, messages: list[Message]) -> list[Message]:
        people = self.directory.people(map(_author_of, messages))
        return [
            {
                "id": message_id(message["number"]),
                "conversationId": message["conversation"],
                "text": message["text"],
                "author": people[_author_of(message)],
                "at": message["at"],
                "editedAt": message.get("editedAt"),
                "deleted": "deletedAt" in message,
                "clientId": message["clientId"],
            }
            for message in messages
        ]

    def _writes(self, message: Message, seconds: float) -> list[dict[str, Any]]:
        """All or nothing: that this client id was sent, the member's own count, the conversation's, the message."""
        sent = {"conversation": _sent_key(message), "number": 0, "message": message["number"]}
        return [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": typed({**sent, "expiresAt": int(seconds) + _REMEMBERED_SECONDS}),
                    "ConditionExpression": "attribute_not_exists(conversation)",
                }
            },
            {
                "Update": {
                    "TableName": self.conversations.members,
                    "Key": typed({"conversation": message["conversation"], "person": message["person"]}),
                    "UpdateExpression": "SET own = :own",
                    "ConditionExpression": "own = :before",  # who has left meanwhile has none
                    "ExpressionAttributeValues": typed({":own": message["own"], ":before": message["own"] - 1}),
                }
            },
            {
                "Update": {
                    "TableName": self.conversations.conversations,
                    "Key": typed({"id": message["conversation"]}),
                    "UpdateExpression": f"SET #total = :number, {_LAST}",
                    "ConditionExpression": "#total = :before",
                    "ExpressionAttributeNames": {"#total": "total"},
                    "ExpressionAttributeValues": typed(
                        {
                            ":number": message["number"],
                            ":before": message["number"] - 1,
                            ":text": message["text"],
                            ":at": message["at"],
                            ":person": message["person"],
                            ":unchanged": 0,
                        }
                    ),
                }
            },
            {"Put": {"TableName": self.table, "Item": typed(message)}},
        ]

    def _sent(self, conversation_id: str, person: str, client_id: str) -> Message:
        sent = {"conversation": conversation_id, "person": person, "clientId": client_id}
        key = typed({"conversation": _sent_key(sent), "number": 0})
        number = plain(self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"])["message"]
        return self.shown([self.as_it_is(conversation_id, number)])[0]

    def as_it_is(self, conversation_id: str, number: int) -> Message:
        key = _key(conversation_id, number)
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            raise MessageNotFoundError()
        return plain(item)

    def _change(self, key: dict[str, Any], person: str, values: dict[str, Any], condition: str) -> Message:
        """One's own, under that condition; each change has a number."""
        names = ", ".join(f"#{name} = :{name}" for name in values)
        with refused_as(MessageNotFoundError()):
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression=f"SET {names} ADD changes :one",
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues=typed(
                    {":person": person, ":one": 1, **{f":{name}": value for name, value in values.items()}}
                ),
                ReturnValues="ALL_NEW",
            )
        return plain(answer["Attributes"])

    def _empty(self, item: Message, person: str) -> None:
        with refused_as(None):  # the index was late: it is empty already
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(item["conversation"], item["number"]),
                UpdateExpression="SET #text = :empty, deletedAt = if_not_exists(deletedAt, :now) REMOVE person",
                ConditionExpression="person = :person",
                ExpressionAttributeNames={"#text": "text"},
                ExpressionAttributeValues=typed({":empty": "", ":now": now(), ":person": person}),
            )

    def _change_last(self, conversation_id: str, number: int, text: str, change: int) -> None:
        """If they are still the last words, and what is there is not of a later change."""
        with refused_as(None):
            self.dynamodb.update_item(
                TableName=self.conversations.conversations,
                Key=typed({"id": conversation_id}),
                UpdateExpression="SET lastText = :text, lastChange = :change",
                ConditionExpression="#total = :number AND lastChange < :change",
                ExpressionAttributeNames={"#total": "total"},
                ExpressionAttributeValues=typed({":text": text, ":number": number, ":change": change}),
            )

    def _own_up_to(self, member: Member, number: int) -> int:
        """How many of the messages since he joined, up to this one, are the member's: the newest of them knows."""
        answer = self.dynamodb.query(
            TableName=self.table,
            IndexName="own",
            KeyConditionExpression="conversation = :id AND author BETWEEN :first AND :last",
            ExpressionAttributeValues=typed(
                {
                    ":id": member["conversation"],
                    ":first": _author(member["person"], member["joinedTotal"] + 1),
                    ":last": _author(member["person"], number),
                }
            ),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return int(plain(answer["Items"][0])["own"]) if answer["Items"] else 0

    def _query(self, conversation_id: str, side: str, number: int | None, limit: int) -> list[Message]:
        query: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "conversation = :id",
            "ExpressionAttributeValues": typed({":id": conversation_id}),
            "ScanIndexForward": side == ">",
            "ConsistentRead": True,
            "Limit": limit,
        }
        if number is not None:
            query["KeyConditionExpression"] += f" AND #number {side} :number"
            query["ExpressionAttributeNames"] = {"#number": "number"}
            query["ExpressionAttributeValues"][":number"] = {"N": str(number)}
        # By itself an answer ends after a megabyte.
        return list(islice(every(self.dynamodb, **query), limit))

    def _paged(self, of: list[str], found: list[Message], limit: int) -> Page[dict[str, Any]]:
        more = len(found) > limit
        last = cursor(of, [found[limit - 1]["number"]]) if more else None
        return {"items": self.shown(found[:limit]), "next": last}


@dataclass(frozen=True)
class OwnMessages:
    messages: Messages
    place: Place

    @property
    def person(self) -> str:
        return self.place.person

    def edit(self, id: str, text: str) -> Message:
        return self.messages.edit(self.place, id, text)

    def delete(self, id: str) -> None:
        self.messages.delete(self.place, id)


_STILL_THERE = "person = :person AND attribute_not_exists(deletedAt)"


def message_id(number: int) -> str:
    return f"{number:012d}"


def _number(id: str) -> int:
    if not re.fullmatch("[0-9]{12}", id):
        raise MessageNotFoundError()
    return int(id)


def _since(id: str) -> int:
    """Not a 404: that would say that the conversation is not one's own."""
    if not re.fullmatch("[0-9]{12}", id):
        detail = "must be the id of a message"
        raise BadRequestError(f"The parameter `since` {detail}.", [{"pointer": "/since", "detail": detail}])
    return int(id)


def _key(conversation_id: str, number: int) -> dict[str, Any]:
    return typed({"conversation": conversation_id, "number": number})


def _next(place: Place, text: str, client_id: str) -> Message:
    conversation, member = place
    number, own = conversation["total"] + 1, member["own"] + 1
    return {
        "conversation": conversation["id"],
        "number": number,
        "person": member["person"],
        "author": _author(member["person"], number),
        "own": own,
        "text": text,
        "at": now(),
        "clientId": client_id,
    }


def _author(person: str, number: int) -> str:
    return f"{person}#{number:012d}"


def _author_of(message: Message) -> str:
    """Also of one whose account is gone."""
    return str(message["author"]).rpartition("#")[0]


def _sent_key(message: Message) -> str:
    return f"sent#{message['conversation']}#{message['person']}#{message['clientId']}"
