"""The chat on a test's own tables, and databases that fail or dawdle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.chat.conversations import (
    Conversations,
    Last,
    Place,
)
from chalicelib.chat.messages import Messages, ShownMessage, message_id
from chalicelib.core.ids import new_id
from chalicelib.core.pages import Page, Turn
from tests.support.persons import BOB, Persons
from tests.support.tables import Tables

EVERYTHING = Turn(100)
ZERO = message_id(0)


@dataclass
class Chat:
    """The two halves of the chat, with shortcuts."""

    tables: Tables
    persons: Persons

    def __post_init__(self) -> None:
        new, database, directory = self.tables.new, self.tables.database, self.persons.directory
        self.conversations = Conversations(database, new("ConversationsTable"), new("MembersTable"), directory)
        self.messages = Messages(database, new("MessagesTable"), self.conversations, directory)

    def through(self, database: Any) -> Messages:
        """The messages, by way of a database that fails or dawdles."""
        conversations = replace(self.conversations, database=database)
        return replace(self.messages, database=database, conversations=conversations)

    def start(self, *persons: str, title: str | None = "Talk") -> str:
        """A new one, because of its title."""
        first, *others = persons
        conversation, is_new = self.conversations.start(first, others or [first], title)
        assert is_new
        return conversation["id"]

    def place(self, id: str, person: str) -> Place:
        return self.conversations.place(id, person)

    def say(self, id: str, person: str, text: str = "Hello", client_id: str = "") -> ShownMessage:
        message, is_new = self.messages.send(self.place(id, person), text, client_id or new_id())
        assert is_new
        return message

    def last(self, id: str, person: str) -> Last:
        last = self.conversations.get(self.place(id, person))["last"]
        assert last, "nothing was said"
        return last

    def unread(self, id: str, person: str) -> int:
        """The same in the list as by itself."""
        alone = self.conversations.get(self.place(id, person))["unread"]
        listed = [one for one in self.conversations.mine(person, EVERYTHING)["items"] if one["id"] == id]
        assert [one["unread"] for one in listed] == [alone]
        return int(alone)

    def numbers(self, id: str, person: str) -> list[int]:
        return numbers(self.messages.page(self.place(id, person), None, EVERYTHING))


def numbers(page: Page[Any]) -> list[int]:
    return [int(message["id"]) for message in page["items"]]


def older(chat: Chat, id: str, limit: int, at: str | None) -> Page[Any]:
    return chat.messages.page(chat.place(id, BOB), at, Turn(limit))


def later(chat: Chat, id: str, since: int, limit: int, at: str | None) -> Page[Any]:
    return chat.messages.since(chat.place(id, BOB), message_id(since), Turn(limit, at))


def all_pages(ask: Callable[[str | None], Page[Any]]) -> list[int]:
    found, at = [], None
    while True:
        page = ask(at)
        found += numbers(page)
        at = page["next"]
        if at is None:
            return found
        assert len(found) < 1000, "the pages do not end"


@dataclass
class Model:
    """What is unread, in plain Python: others' messages after the last one read."""

    authors: list[str] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)  # the members, and how far each has read

    def unread(self, person: str) -> int:
        return sum(author != person for author in self.authors[self.read[person] :])


class Late:
    """A client with something else happening between its first and second update."""

    def __init__(self, client: Any, act: Callable[[], Any]) -> None:
        self._client, self._act, self._updates = client, act, 0

    def __getattr__(self, operation: str) -> Any:
        if operation == "update_item":
            self._updates += 1
            if self._updates == 2:
                self._act()
        return getattr(self._client, operation)


class Stopping:
    """A client that dies at the n-th call of an operation."""

    def __init__(self, client: Any, operation: str, after: int) -> None:
        self._client, self._operation, self._left = client, operation, after

    def __getattr__(self, operation: str) -> Any:
        if operation == self._operation:
            self._left -= 1
            if self._left < 0:
                raise ConnectionError(operation)
        return getattr(self._client, operation)
