"""Messages: each stored once, numbered in the order in which its conversation accepted them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NotRequired, TypedDict

from chalicelib.chat.conversations import TRIES, Conversations, Member, Place
from chalicelib.core.directory import Directory, Who
from chalicelib.core.errors import NotFoundError, ParameterError
from chalicelib.core.ids import as_time
from chalicelib.core.mentions import plain
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.tables import Database, Once, Permit, Table, Write, attempt, tries
from chalicelib.core.things import Thing

_LAST = "lastText = :text, lastAt = :at, lastAuthor = :person, lastChange = :unchanged"
_BEYOND = 10**12  # no message has this number
_FINAL = 1_000_000_000  # no change follows a deletion
_STILL_THERE = "person = :person AND attribute_not_exists(deletedAt)"
_ID = re.compile("[0-9]{12}")


class Message(TypedDict):
    conversation: str
    number: int
    person: NotRequired[str]  # missing once the account is erased
    author: str
    own: int
    text: str
    at: str
    clientId: str
    editedAt: NotRequired[str]
    deletedAt: NotRequired[str]
    changes: NotRequired[int]


class ShownMessage(TypedDict):
    id: str
    conversationId: str
    text: str
    author: Who
    at: str
    editedAt: str | None
    deleted: bool
    clientId: str


class MessageNotFoundError(NotFoundError):
    detail = "There is no such message."


@dataclass(frozen=True)
class Messages:
    database: Database
    table: str
    conversations: Conversations
    directory: Directory

    @property
    def rows(self) -> Table[Message]:
        return Table(self.database, self.table, ("conversation", "number"))

    def send(self, place: Place, text: str, client_id: str, permit: Permit | None = None) -> tuple[ShownMessage, bool]:
        """The message, and whether it is new. A number is taken only if everything is written."""
        sent = Once(self.rows, (f"sent#{place.id}#{place.person}#{client_id}", 0))
        for number in tries(TRIES, self.conversations.sleep, "Too many are writing here now: try again."):
            if number:  # another message took the number
                place = self.conversations.place(place.id, place.person)
            message = self._next(place, text.strip(), client_id)
            refused = attempt(self.database, self._writes(message, place, sent), permit)
            if refused is None:
                break
            if "sent" in refused:
                return self.shown([self.as_it_is(place.id, sent.became()["message"])])[0], False
        return self.shown([message])[0], True

    def page(self, place: Place, before: str | None, turn: Turn) -> Page[ShownMessage]:
        """Newest first."""
        of = ["messages before", place.id]
        start = position(of, before, (int,), "before")
        return self._paged(of, turn, self._found(place.id, "<", start[0] if start else _BEYOND, turn))

    def since(self, place: Place, id: str, turn: Turn) -> Page[ShownMessage]:
        """Everything after that message, oldest first."""
        of = ["messages since", place.id]
        start = position(of, turn.after, (int,))
        return self._paged(of, turn, self._found(place.id, ">", start[0] if start else _since(id), turn))

    def edit(self, place: Place, id: str, text: str) -> ShownMessage:
        message = self._change(place, id, "#text = :text, editedAt = :at", text.strip())
        self.show_as_last(message)
        return self.shown([message])[0]

    def delete(self, place: Place, id: str) -> None:
        """An empty message stays, so that numbers don't shift and everybody sees that one was deleted."""
        self.show_as_last(self._change(place, id, "#text = :text, deletedAt = :at", ""))

    def show_as_last(self, message: Message) -> None:
        """What the list of conversations shows of it, if it is still the last one."""
        change = _FINAL if "deletedAt" in message else message.get("changes", 0)
        self.conversations.change_last(message["conversation"], message["number"], message["text"], change)

    def read(self, place: Place, id: str) -> None:
        """Mark everything up to this message as read; never moves back."""
        conversation, member = place
        number = _number(id)
        if not 0 < number <= conversation["total"]:
            raise MessageNotFoundError()
        if number <= member["readTotal"]:
            return
        update, own = "SET readTotal = :number, readOwn = :own", self._own_up_to(member, number)
        key = place.id, place.person
        self.conversations.members.change(key, update, "readTotal < :number", number=number, own=own)

    def erase(self, person: str) -> None:
        """Empty all the person's messages. Each leaves the index as it is emptied, so the loop ends."""
        update = "SET #text = :empty, deletedAt = if_not_exists(deletedAt, :at) REMOVE person"
        for message in self.of_person(person):
            self.conversations.change_last(message["conversation"], message["number"], "", _FINAL)
            # The condition fails if the index was late and the message is already empty.
            key = self.rows.key_of(message)
            self.rows.change(key, update, "person = :person", empty="", at=self._now(), person=person)

    def of_person(self, person: str) -> Iterator[Message]:
        return self.rows.of_person(person)

    def as_it_is(self, conversation_id: str, number: int) -> Message:
        message = self.rows.get(conversation_id, number)
        if not message:
            raise MessageNotFoundError()
        return message

    def shown(self, messages: list[Message]) -> list[ShownMessage]:
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

    def _next(self, place: Place, text: str, client_id: str) -> Message:
        number = place.conversation["total"] + 1
        return {
            "conversation": place.id,
            "number": number,
            "person": place.person,
            "author": _author(place.person, number),
            "own": place.member["own"] + 1,
            "text": text,
            "at": self._now(),
            "clientId": client_id,
        }

    def _writes(self, message: Message, place: Place, sent: Once) -> dict[str, Write]:
        """All or nothing: the note of the client id, the member's count, the conversation's count, the message."""
        number, own = message["number"], message["own"]
        key = place.id, place.person
        return {
            "sent": sent.note(self.conversations.clock(), message=number),
            # A member who has left by now has no count.
            "member": self.conversations.members.changing(
                key, "SET own = :own", "own = :before", own=own, before=own - 1
            ),
            "conversation": self.conversations.rows.changing(
                place.id,
                f"SET #total = :number, {_LAST}",
                "#total = :before",
                number=number,
                before=number - 1,
                text=message["text"],
                at=message["at"],
                person=place.person,
                unchanged=0,
            ),
            "message": self.rows.putting(message),
        }

    def _change(self, place: Place, id: str, values: str, text: str) -> Message:
        """Only the author's own message, while it exists; changes are numbered."""
        key, update = (place.id, _number(id)), f"SET {values} ADD changes :one"
        at, person = self._now(), place.person
        message = self.rows.change(key, update, _STILL_THERE, text=text, at=at, person=person, one=1)
        if not message:
            raise MessageNotFoundError()
        return message

    def _own_up_to(self, member: Member, number: int) -> int:
        """How many messages, from joining up to this one, are the member's own: stored in the newest of them."""
        person = member["person"]
        found = self.rows.some(
            1,
            "conversation = :id AND author BETWEEN :first AND :last",
            index="own",
            consistent=True,
            newest_first=True,
            id=member["conversation"],
            first=_author(person, member["joinedTotal"] + 1),
            last=_author(person, number),
        )
        return found.rows[0]["own"] if found.rows else 0

    def _found(self, conversation_id: str, side: str, number: int, turn: Turn) -> list[Message]:
        """One more than requested, even if they are long: a single query ends after a megabyte."""
        where, most = f"conversation = :id AND #number {side} :number", turn.limit + 1
        found = self.rows.rows(where, newest_first=side == "<", at_a_time=most, id=conversation_id, number=number)
        return list(islice(found, most))

    def _paged(self, of: list[str], turn: Turn, found: list[Message]) -> Page[ShownMessage]:
        rows, following = page(of, turn, found, ["number"])
        return {"items": self.shown(rows), "next": following}

    def _now(self) -> str:
        return as_time(self.conversations.clock())


@dataclass(frozen=True)
class OwnMessages:
    messages: Messages
    place: Place

    @property
    def person(self) -> str:
        return self.place.person

    def edit(self, id: str, text: str) -> ShownMessage:
        return self.messages.edit(self.place, id, text)

    def delete(self, id: str) -> None:
        self.messages.delete(self.place, id)


def found(row: Message) -> Thing | None:
    """A message, as a search by a member finds it."""
    if not row.get("text") or "person" not in row:
        return None
    id, of = message_id(row["number"]), row["conversation"]
    return Thing(id, row["at"], text=plain(row["text"]), by=row["person"], of=of)


def message_id(number: int) -> str:
    return f"{number:012d}"


def _number(id: str) -> int:
    if not _ID.fullmatch(id):
        raise MessageNotFoundError()
    return int(id)


def _since(id: str) -> int:
    """Not a 404: that would mean that the conversation can't be found."""
    if not _ID.fullmatch(id):
        raise ParameterError("since", "must be the id of a message")
    return int(id)


def _author(person: str, number: int) -> str:
    return f"{person}#{number:012d}"


def _author_of(message: Message) -> str:
    """Works even after the author's account is erased."""
    return message["author"].rpartition("#")[0]
