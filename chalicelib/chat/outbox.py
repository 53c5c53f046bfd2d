"""What the tables' streams say has happened, as pushes to the members who are in a conversation now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.chat.conversations import Conversations
from chalicelib.chat.messages import Messages, message_id
from chalicelib.core.items import plain
from chalicelib.core.streams import Record
from chalicelib.live.push import Push


@dataclass(frozen=True)
class Outbox:
    conversations: Conversations
    messages: Messages
    push: Push

    def message(self, record: Record) -> None:
        after = _image(record, "NewImage")
        if not after or "text" not in after:
            return  # the note that a client id was sent, or a message that is gone
        members = self.conversations.members_of(after["conversation"])
        is_new = record["eventName"] == "INSERT"
        if is_new:
            self.conversations.touch(after["conversation"], members, after["at"])
        # As it is now: a record that comes late must not bring back what was taken back since.
        there = self.messages.as_it_is(after["conversation"], after["number"])
        [shown] = self.messages.shown([there])
        self._tell(members, "message" if is_new else _kind_of_change(there), after["conversation"], message=shown)

    def member(self, record: Record) -> None:
        """Read on. Who came or left is told once, with the conversation; the last activity, with its message."""
        before, after = _image(record, "OldImage"), _image(record, "NewImage")
        if before and after and before.get("readTotal") != after.get("readTotal"):
            conversation, read = after["conversation"], message_id(after["readTotal"])
            members = self.conversations.members_of(conversation)
            self._tell(members, "read", conversation, person=after["person"], messageId=read)

    def conversation(self, record: Record) -> None:
        """Begun, joined, left or renamed: to all who are in it, and to those who were until now."""
        before, after = _image(record, "OldImage"), _image(record, "NewImage")
        were, are = before.get("people", {}), after.get("people", {})
        if before.get("title") != after.get("title") or were.keys() != are.keys():
            self._tell([*were, *are], "conversation", (after or before)["id"])

    def typing(self, conversation: str, person: str) -> None:
        """Not kept anywhere: it is of this moment or of none."""
        there, _ = self.conversations.place(conversation, person)
        others = [member for member in there["people"] if member != person]
        who = self.conversations.directory.people([person])[person]
        self._tell(others, "typing", conversation, person=who)

    def _tell(self, persons: list[str], kind: str, conversation: str, **what: Any) -> None:
        self.push.to_persons(persons, {"type": kind, "conversationId": conversation, **what})


def _image(record: Record, name: str) -> dict[str, Any]:
    return plain(record["dynamodb"].get(name) or {})


def _kind_of_change(message: dict[str, Any]) -> str:
    return "message.deleted" if "deletedAt" in message else "message.edited"
