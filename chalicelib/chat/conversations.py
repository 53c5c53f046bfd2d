"""Conversations: their members, last messages and unread counts.

A conversation is one row with its members and the number of its messages. Each member also has a row, with the last
message they have read and how many messages are their own. So the unread count is a difference of four numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, NotRequired, TypedDict, cast

from chalicelib.core.directory import Directory, Who
from chalicelib.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.tables import Database, Permit, Table, Write, attempt, together, transaction, tries

TRIES = 20
MOST_CONVERSATIONS = 1_000  # that a person started and is still in
MOST_MEMBERS = 50
BEGUN = "begun#"
_AT_ONCE = 100


class Conversation(TypedDict):
    id: str
    createdAt: str
    begunBy: NotRequired[str]
    total: int
    people: dict[str, str]  # when each joined
    title: NotRequired[str]
    lastText: NotRequired[str]
    lastAt: NotRequired[str]
    lastAuthor: NotRequired[str]
    lastChange: NotRequired[int]


class Member(TypedDict):
    conversation: str
    person: str
    joinedAt: str
    activity: str
    own: int
    joinedTotal: int
    readTotal: int
    readOwn: int


class Last(TypedDict):
    text: str
    at: str
    author: Who


class ShownConversation(TypedDict):
    id: str
    title: str | None
    members: list[Who]
    last: Last | None
    unread: int
    createdAt: str


class ConversationNotFoundError(NotFoundError):
    """Also for conversations of others: nobody learns whether they exist."""

    detail = "There is no such conversation, or you are not in it."


class TooManyMembersError(ConflictError):
    detail = f"A conversation has at most {MOST_MEMBERS} members."


class TooManyConversationsError(ConflictError):
    detail = f"You have started {MOST_CONVERSATIONS:,} conversations: leave one of them first."


class Place(NamedTuple):
    """A conversation and a member's row in it, as they were when read."""

    conversation: Conversation
    member: Member

    @property
    def id(self) -> str:
        return self.conversation["id"]

    @property
    def person(self) -> str:
        return self.member["person"]


@dataclass(frozen=True)
class Conversations:
    database: Database
    table: str
    members_table: str
    directory: Directory
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def rows(self) -> Table[Conversation]:
        return Table(self.database, self.table)

    @property
    def members(self) -> Table[Member]:
        return Table(self.database, self.members_table, ("conversation", "person"))

    def start(
        self, person: str, others: list[str], title: str | None, permit: Permit | None = None
    ) -> ShownConversation:
        members = sorted({person, *others})
        self._check(members, {id: f"/members/{place}" for place, id in reversed(list(enumerate(others)))})
        at = self._now()
        conversation: Conversation = {
            "id": new_id(),
            "createdAt": at,
            "begunBy": person,
            "total": 0,
            "people": dict.fromkeys(members, at),
        }
        if title:
            conversation["title"] = title.strip()
        joined = {member: _joined(conversation["id"], member, at, 0) for member in members}
        writes = {
            "begun": self._begun_one_more(person),
            "conversation": self.rows.putting(conversation),
            **{f"member {member}": self.members.putting(row) for member, row in joined.items()},
        }
        if transaction(self.database, writes, permit, self.sleep):
            raise TooManyConversationsError()
        return self.get(Place(conversation, joined[person]))

    def mine(self, person: str, turn: Turn) -> Page[ShownConversation]:
        """Latest activity first, by the index; the conversations and member rows themselves are read consistently."""
        of = ["conversations", person]
        after = position(of, turn.after, (str, str))
        start = {"person": person, "activity": after[0], "conversation": after[1]} if after else None
        where = "person = :person"
        found = self.members.some(
            turn.limit + 1, where, index="by-person", newest_first=True, start=start, person=person
        )
        rows, following = page(of, turn, found.rows, ["activity", "conversation"])
        ids = [row["conversation"] for row in rows]
        conversations = {one["id"]: one for one in self.rows.many(ids)}
        # The index lags a little: the person's own messages would count as unread.
        own = {member["conversation"]: member for member in self.members.many((id, person) for id in ids)}
        places = [Place(conversations[id], own[id]) for id in ids if id in conversations and id in own]
        return {"items": self._shown(places), "next": following}

    def get(self, place: Place) -> ShownConversation:
        return self._shown([place])[0]

    def place(self, id: str, person: str) -> Place:
        """Read consistently."""
        if not is_id(id):
            raise ConversationNotFoundError()
        found = together(self.database, [(self.rows, id), (self.members, (id, person))])
        conversations, members = found[self.table], found[self.members_table]
        if not conversations or not members:
            raise ConversationNotFoundError()
        return Place(cast(Conversation, conversations[0]), cast(Member, members[0]))

    def rename(self, place: Place, title: str) -> ShownConversation:
        self.rows.change(place.id, "SET title = :title", self.rows.there, title=title.strip())
        return self.get(self.place(place.id, place.person))

    def add_member(self, place: Place, other: str, permit: Permit | None = None) -> ShownConversation:
        """A new member can read older messages; none of them counts as unread."""
        self._check([*{*place.conversation["people"], other}], {other: "/id"})
        row = _joined(place.id, other, self._now(), place.conversation["total"])
        update, where, names = "SET people.#person = :at", "size(people) < :most", {"person": other}
        writes = {
            "member": self.members.putting(row, self.members.new),
            "people": self.rows.changing(place.id, update, where, names, at=row["joinedAt"], most=MOST_MEMBERS),
        }
        self._change_members(writes, permit)
        return self.get(self.place(place.id, place.person))

    def leave(self, place: Place) -> None:
        self._remove(place.conversation, place.person)

    def members_of(self, id: str) -> list[str]:
        conversation = self.rows.get(id)
        return sorted(conversation["people"]) if conversation else []

    def touch(self, id: str, members: Iterable[str], at: str) -> None:
        """Later activity moves a conversation up in each member's list; repeated or late calls change nothing."""
        for member in members:
            self.members.change((id, member), "SET activity = :at", "activity < :at", at=at)  # who left has no row

    def change_last(self, id: str, number: int, text: str, change: int) -> None:
        """If this is still the last message, and no later change of it is stored."""
        update, where = "SET lastText = :text, lastChange = :change", "#total = :number AND lastChange < :change"
        self.rows.change(id, update, where, text=text, change=change, number=number)

    def of_person(self, person: str) -> Iterator[str]:
        return (member["conversation"] for member in self.members.of_person(person))

    def titles(self, person: str) -> Iterator[dict[str, str | None]]:
        """Of the conversations that the person is in."""
        ids = self.of_person(person)
        while some := list(islice(ids, _AT_ONCE)):
            for one in self.rows.many(some):
                yield {"id": one["id"], "title": one.get("title"), "createdAt": one["createdAt"]}

    def erase(self, person: str) -> None:
        ids = self.of_person(person)
        while some := list(islice(ids, _AT_ONCE)):
            for conversation in self.rows.many(some):
                self._remove(conversation, person)
        self.members.remove(_begun_key(person))

    def _remove(self, conversation: Conversation, person: str) -> None:
        id, names = conversation["id"], {"person": person}
        leaves = self.members.removing((id, person), self.members.there)
        if conversation.get("begunBy") != person:
            people = self.rows.changing(id, "REMOVE people.#person", self.rows.there, names)
            self._change_members({"member": leaves, "people": people})
            return
        # A starter who leaves and returns doesn't count as the starter again, so each start is counted back once.
        people = self.rows.changing(id, "REMOVE people.#person, begunBy", self.rows.there, names)
        begun = self.members.changing(_begun_key(person), "ADD begun :less", less=-1)
        self._change_members({"member": leaves, "begun": begun, "people": people})

    def _begun_one_more(self, person: str) -> Write:
        where = "attribute_not_exists(begun) OR begun < :most"
        return self.members.changing(_begun_key(person), "ADD begun :one", where, one=1, most=MOST_CONVERSATIONS)

    def _change_members(self, writes: Mapping[str, Write], permit: Permit | None = None) -> None:
        """Change the member's rows and the conversation's list together; does nothing if already done."""
        for _ in tries(TRIES, self.sleep, "Too much is going on in this conversation now: try again."):
            refused = attempt(self.database, writes, permit)
            if refused is None or "member" in refused:
                return
            if "people" in refused:
                raise TooManyMembersError()

    def _check(self, members: list[str], pointers: dict[str, str]) -> None:
        """`pointers` maps each new member to their place in the body."""
        if len(members) > MOST_MEMBERS:
            raise TooManyMembersError()
        if missing := self.directory.missing(pointers):
            errors: list[FieldError] = [{"pointer": pointers[id], "detail": "is nobody's id"} for id in missing]
            raise InvalidError("Nobody here has that id.", sorted(errors, key=lambda error: error["pointer"]))

    def _shown(self, places: list[Place]) -> list[ShownConversation]:
        conversations = [place.conversation for place in places]
        last_authors = [one["lastAuthor"] for one in conversations if "lastAuthor" in one]
        people = self.directory.people([person for one in conversations for person in one["people"]] + last_authors)
        return [
            {
                "id": one["id"],
                "title": one.get("title"),
                "members": [people[person] for person in _in_order(one)],
                "last": _last(one, people),
                "unread": unread(one, member),
                "createdAt": one["createdAt"],
            }
            for one, member in places
        ]

    def _now(self) -> str:
        return as_time(self.clock())


def unread(conversation: Conversation, member: Member) -> int:
    """Messages after the last one read, minus the member's own."""
    since = conversation["total"] - member["readTotal"]
    own = member["own"] - member["readOwn"]
    return max(since - own, 0)


def _last(conversation: Conversation, people: dict[str, Who]) -> Last | None:
    if "lastAt" not in conversation:
        return None
    author = people[conversation["lastAuthor"]]
    return {"text": conversation["lastText"], "at": conversation["lastAt"], "author": author}


def _in_order(conversation: Conversation) -> list[str]:
    """By time of joining: a map has no order."""
    joined = conversation["people"]
    return sorted(joined, key=lambda person: (joined[person], person))


def _joined(conversation: str, person: str, at: str, total: int) -> Member:
    """The counts start at zero, even for somebody who was a member before."""
    return {
        "conversation": conversation,
        "person": person,
        "joinedAt": at,
        "activity": at,
        "own": 0,
        "joinedTotal": total,
        "readTotal": total,
        "readOwn": 0,
    }


def _begun_key(person: str) -> tuple[str, str]:
    """A key in the members' table for the number of conversations a person has started."""
    return f"{BEGUN}{person}", person
