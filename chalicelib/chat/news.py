"""Which members are told of what happens in a conversation: that they are in it, and that a message mentions them."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.chat.conversations import Conversation, Conversations
from chalicelib.chat.messages import Message, Messages
from chalicelib.core.mentions import mentioned
from chalicelib.core.notices import MENTION, News, Notices, kind
from chalicelib.core.streams import Change

ADDED = kind("conversation", "You are added to a conversation")


@dataclass(frozen=True)
class Reporter:
    """By what is there now, however late the record: whoever has left is told nothing."""

    conversations: Conversations
    messages: Messages
    notices: Notices

    def message(self, change: Change[Message]) -> None:
        """Most mention nobody, and cost nothing more."""
        after, before = change.after, _text(change.before)
        if not after or not mentioned(f"{before} {_text(after)}"):
            return
        id, number = after["conversation"], after["number"]
        author = after["author"].rpartition("#")[0]
        news = News(MENTION, f"message {id} {number}", "mentioned you in a conversation.", f"/chat/{id}", author)
        there = self.messages.as_it_is(id, number)["text"]
        self.notices.mentions(before, there, news, lambda: self.conversations.members_of(id))

    def conversation(self, change: Change[Conversation]) -> None:
        were, are = (row["people"] if row else {} for row in (change.before, change.after))
        row = change.after or change.before
        if not row or were == are:
            return
        members = self.conversations.members_of(row["id"])
        for person, joined in were.items():
            if person not in members:
                self.notices.take_back(person, _key(row, joined))
        starter = row.get("begunBy", "") if change.kind == "INSERT" else ""
        text = "started a conversation with you." if starter else "You were added to a conversation."
        for person in sorted(are.keys() - were.keys()):
            if person in members:
                self.notices.tell(person, News(ADDED, _key(row, are[person]), text, f"/chat/{row['id']}", starter))


def _text(row: Message | None) -> str:
    """The note of a client id has none."""
    return row.get("text", "") if row else ""


def _key(conversation: Conversation, joined: str) -> str:
    """Who leaves and is added again hears of it again."""
    return f"member {conversation['id']} {joined}"
