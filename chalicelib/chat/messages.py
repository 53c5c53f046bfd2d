"""Messages: numbered within their conversation in the order in which they were accepted, each once."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib.chat.conversations import Conversation, ConversationNotFoundError, Conversations, Member
from chalicelib.core import aws
from chalicelib.core.directory import Directory
from chalicelib.core.errors import ConflictError, NotFoundError
from chalicelib.core.ids import now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position

_REMEMBERED_SECONDS = 7 * 24 * 60 * 60
_TRIES = 12
_FIRST_WAIT = 0.01
_LAST = "lastText = :text, lastAt = :at, lastAuthor = :person"

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
    sleep: Callable[[float], None] = time.sleep

    def send(
        self, conversation_id: str, person: str, text: str, client_id: str, seconds: float
    ) -> tuple[Message, bool]:
        """The message, and whether it is new. The next number is taken only by who gets all of it written."""
        for attempt in range(_TRIES):
            conversation, member = self.conversations.seen_by(conversation_id, person)
            message = _next(conversation, member, text.strip(), client_id)
            try:
                self._write(message, seconds)
                return self.shown([message])[0], True
            except aws.Failure as failure:
                reasons = aws.reasons_of(failure)
                if not reasons:
                    raise
            if reasons[0] == "ConditionalCheckFailed":
                return self._sent(conversation_id, person, client_id), False
            if reasons[1] == "ConditionalCheckFailed":
                raise ConversationNotFoundError()  # left meanwhile
            # Somebody else got the number: the next one is tried for, a little apart from the others.
            self.sleep(_FIRST_WAIT * (attempt + 1) * int.from_bytes(os.urandom(1), "big") / 255)
        raise ConflictError("Too many are writing here at this moment: try again.")

    def page(self, conversation_id: str, person: str, before: str | None, turn: Turn) -> Page:
        """Newest first."""
        self.conversations.seen_by(conversation_id, person)
        start = position(["messages", conversation_id], before, (int,))
        found = self._query(conversation_id, "<", start[0] if start else None, turn.limit + 1)
        return self._paged(conversation_id, found, turn.limit)

    def since(self, conversation_id: str, person: str, id: str, turn: Turn) -> Page:
        """Everything after that message, oldest first."""
        self.conversations.seen_by(conversation_id, person)
        start = position(["messages", conversation_id], turn.after, (int,))
        found = self._query(conversation_id, ">", start[0] if start else _number(id), turn.limit + 1)
        return self._paged(conversation_id, found, turn.limit)

    def edit(self, conversation_id: str, id: str, person: str, text: str) -> Message:
        return self._change(conversation_id, id, person, {"text": text.strip(), "editedAt": now()})

    def delete(self, conversation_id: str, id: str, person: str) -> None:
        """A mark stays, so that nothing moves and everybody sees that something was there."""
        self._change(conversation_id, id, person, {"text": "", "deletedAt": now()})

    def read(self, conversation_id: str, person: str, id: str) -> None:
        """Up to here; never back."""
        conversation, member = self.conversations.seen_by(conversation_id, person)
        number = _number(id)
        if not 0 < number <= conversation["total"]:
            raise MessageNotFoundError()
        if number <= member["readTotal"]:
            return
        try:
            self.dynamodb.update_item(
                TableName=self.conversations.members,
                Key=typed({"conversation": conversation_id, "person": person}),
                UpdateExpression="SET readTotal = :number, readOwn = :own",
                ConditionExpression="readTotal < :number",
                ExpressionAttributeValues=typed(
                    {":number": number, ":own": self._own_up_to(conversation_id, person, number)}
                ),
            )
        except aws.Failure as failure:
            if aws.code_of(failure) != "ConditionalCheckFailedException":
                raise

    def erase(self, person: str) -> None:
        """What the person said becomes a mark, in every conversation."""
        query: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "by-person",
            "KeyConditionExpression": "person = :person",
            "ExpressionAttributeValues": typed({":person": person}),
        }
        while True:
            answer = self.dynamodb.query(**query)
            for item in map(plain, answer["Items"]):
                with suppress(MessageNotFoundError):  # a mark already
                    self._change(item["conversation"], message_id(item["number"]), person, _EMPTIED)
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def shown(self, messages: list[Message]) -> list[Message]:
        people = self.directory.people(message["person"] for message in messages)
        return [
            {
                "id": message_id(message["number"]),
                "conversationId": message["conversation"],
                "text": message["text"],
                "author": people[message["person"]],
                "at": message["at"],
                "editedAt": message.get("editedAt"),
                "deleted": "deletedAt" in message,
                "clientId": message["clientId"],
            }
            for message in messages
        ]

    def _write(self, message: Message, seconds: float) -> None:
        """All or nothing: that this client id was sent, the member's own count, the conversation's, the message."""
        sent = {"conversation": _sent_key(message), "number": 0, "message": message["number"]}
        self.dynamodb.transact_write_items(
            TransactItems=[
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
                        "ConditionExpression": "attribute_exists(person)",
                        "ExpressionAttributeValues": typed({":own": message["own"]}),
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
                            }
                        ),
                    }
                },
                {"Put": {"TableName": self.table, "Item": typed(message)}},
            ]
        )

    def _sent(self, conversation_id: str, person: str, client_id: str) -> Message:
        sent = {"conversation": conversation_id, "person": person, "clientId": client_id}
        key = typed({"conversation": _sent_key(sent), "number": 0})
        number = plain(self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"])["message"]
        return self.shown([self._stored(conversation_id, number)])[0]

    def _stored(self, conversation_id: str, number: int) -> Message:
        key = typed({"conversation": conversation_id, "number": number})
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            raise MessageNotFoundError()
        return plain(item)

    def _change(self, conversation_id: str, id: str, person: str, values: dict[str, Any]) -> Message:
        """One's own, and not a mark already; the conversation's last words change with it."""
        if values is not _EMPTIED:
            self.conversations.seen_by(conversation_id, person)
        number = _number(id)
        names = ", ".join(f"#{name} = :{name}" for name in values)
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=typed({"conversation": conversation_id, "number": number}),
                UpdateExpression=f"SET {names}",
                ConditionExpression="person = :person AND attribute_not_exists(deletedAt)",
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues=typed(
                    {":person": person, **{f":{name}": value for name, value in values.items()}}
                ),
                ReturnValues="ALL_NEW",
            )
        except aws.Failure as failure:
            if aws.code_of(failure) != "ConditionalCheckFailedException":
                raise
            raise MessageNotFoundError() from None
        message = plain(answer["Attributes"])
        self._change_last(message)
        return self.shown([message])[0]

    def _change_last(self, message: Message) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.conversations.conversations,
                Key=typed({"id": message["conversation"]}),
                UpdateExpression="SET lastText = :text",
                ConditionExpression="#total = :number",
                ExpressionAttributeNames={"#total": "total"},
                ExpressionAttributeValues=typed({":text": message["text"], ":number": message["number"]}),
            )
        except aws.Failure as failure:
            if aws.code_of(failure) != "ConditionalCheckFailedException":
                raise

    def _own_up_to(self, conversation_id: str, person: str, number: int) -> int:
        """How many of the messages up to this one are the person's: the newest of them knows."""
        answer = self.dynamodb.query(
            TableName=self.table,
            IndexName="own",
            KeyConditionExpression="conversation = :id AND author BETWEEN :first AND :last",
            ExpressionAttributeValues=typed(
                {
                    ":id": conversation_id,
                    ":first": _author(person, 0),
                    ":last": _author(person, number),
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
        return [plain(item) for item in self.dynamodb.query(**query)["Items"]]

    def _paged(self, conversation_id: str, found: list[Message], limit: int) -> Page:
        more = len(found) > limit
        last = cursor(["messages", conversation_id], [found[limit - 1]["number"]]) if more else None
        return {"items": self.shown(found[:limit]), "next": last}


_EMPTIED = {"text": "", "deletedAt": "1970-01-01T00:00:00.000Z"}


def message_id(number: int) -> str:
    return f"{number:012d}"


def _number(id: str) -> int:
    if not re.fullmatch("[0-9]{12}", id):
        raise MessageNotFoundError()
    return int(id)


def _next(conversation: Conversation, member: Member, text: str, client_id: str) -> Message:
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


def _sent_key(message: Message) -> str:
    return f"sent#{message['conversation']}#{message['person']}#{message['clientId']}"
