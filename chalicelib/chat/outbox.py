"""Turns the tables' stream records into pushes to a conversation's current members."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.chat.conversations import Conversation, Conversations, Member
from chalicelib.chat.messages import Message, Messages, message_id
from chalicelib.core.streams import Change
from chalicelib.live.push import Push


@dataclass(frozen=True)
class Outbox:
    conversations: Conversations
    messages: Messages
    push: Push

    def message(self, change: Change[Message]) -> None:
        after = change.after
        if not after or "text" not in after:
            return  # the note of a client id, or a removed row
        id, is_new = after["conversation"], change.kind == "INSERT"
        members = self.conversations.members_of(id)
        if is_new:
            self.conversations.touch(id, members, after["at"])
        # Read it again: a late record must not bring back a text that has been deleted since.
        there = self.messages.as_it_is(id, after["number"])
        if not is_new:
            self.messages.show_as_last(there)  # in case the request that changed it could not
        [shown] = self.messages.shown([there])
        self._tell(members, "message" if is_new else _kind_of_change(there), id, message=shown)

    def member(self, change: Change[Member]) -> None:
        """Only reading on is pushed: joining and leaving go with the conversation, activity with its message."""
        before, after = change.before, change.after
        if before and after and before.get("readTotal") != after.get("readTotal"):
            members = self.conversations.members_of(after["conversation"])
            read = message_id(after["readTotal"])
            self._tell(members, "read", after["conversation"], person=after["person"], messageId=read)

    def conversation(self, change: Change[Conversation]) -> None:
        """Started, joined, left or renamed: pushed to all members, and to those who just left."""
        (title, were), (new_title, are) = _title_and_people(change.before), _title_and_people(change.after)
        row = change.after or change.before
        if not row or (title == new_title and were == are):
            return
        # Read it again: late by a while, who left may be back.
        gone = (were - are) and (were - are) - set(self.conversations.members_of(row["id"]))
        self._tell([*((were | are) - gone)], "conversation", row["id"])
        self._tell([*gone], "conversation", row["id"], left=True)

    def typing(self, conversation: str, person: str) -> None:
        """Pushed to those connected now, and stored nowhere."""
        there, _ = self.conversations.place(conversation, person)
        others = [member for member in there["people"] if member != person]
        who = self.conversations.directory.people([person])[person]
        self._tell(others, "typing", conversation, person=who)

    def _tell(self, persons: list[str], kind: str, conversation: str, **what: object) -> None:
        self.push.to_persons(persons, {"type": kind, "conversationId": conversation, **what})


def _title_and_people(row: Conversation | None) -> tuple[str | None, set[str]]:
    return (row.get("title"), set(row["people"])) if row else (None, set())


def _kind_of_change(message: Message) -> str:
    return "message.deleted" if "deletedAt" in message else "message.edited"
