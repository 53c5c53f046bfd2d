"""Conversations: their members, last messages and unread counts.

A conversation is one row with its members and the number of its messages. Each member also has a row, with the last
message they have read and how many messages are their own. So the unread count is a difference of four numbers.
Two people have one conversation without a title; a note for each of them says which.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, NotRequired, TypedDict, cast

from chalicelib.chat.pairs import Pairs
from chalicelib.core.directory import GONE, Directory, Who
from chalicelib.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.tables import Database, Permit, Table, Write, attempt, together, transaction, tries
from chalicelib.core.things import Circles, Thing

TRIES = 20
MOST_CONVERSATIONS = 1_000  # that a person started and is still in
MOST_MEMBERS = 50
BEGUN = "begun#"
_LATEST = 100
_SEARCHED_AT_ONCE = 20
_THEM = "people.#person"
_BUSY = "Too much is going on in this conversation now: try again."


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
    leftAt: NotRequired[str]  # when somebody left last
    leftBy: NotRequired[str]  # missing if that account was deleted


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


class Left(TypedDict):
    person: Who | None
    at: str


class ShownConversation(TypedDict):
    id: str
    title: str | None
    members: list[Who]
    last: Last | None
    left: Left | None
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

    @property
    def pairs(self) -> Pairs:
        return Pairs(self.database, self.members_table)

    def start(
        self, person: str, others: list[str], title: str | None, permit: Permit | None = None
    ) -> tuple[ShownConversation, bool]:
        """The conversation, and whether it is new: two people have one without a title, whoever starts it."""
        members = sorted({person, *others})
        self._check(members, {id: f"/members/{place}" for place, id in reversed(list(enumerate(others)))})
        other = next(iter({*members} - {person})) if len(members) == 2 and not title else ""
        for _ in tries(TRIES, self.sleep, _BUSY):
            noted = self.pairs.noted(person, other) if other else ""
            if other and (theirs := self._theirs(noted, person, other)):
                if permit:
                    transaction(self.database, {}, permit, self.sleep)
                return self.get(theirs), False
            place, writes = self._beginning(person, members, title)
            pair = self.pairs.noting(person, other, place.id, noted) if other else {}
            refused = attempt(self.database, {**writes, **pair}, permit)
            if refused is None:
                break
            if "begun" in refused:
                raise TooManyConversationsError()
        return self.get(place), True

    def mine(self, person: str, turn: Turn) -> Page[ShownConversation]:
        """Latest activity first, by the index; the conversations and member rows themselves are read consistently."""
        places, following = self._places(person, turn)
        return {"items": self._shown(places), "next": following}

    def found(self, person: str, after: str | None) -> Circles:
        """The person's conversations, as a search finds them: by their titles and the names of the members."""
        places, following = self._places(person, Turn(_SEARCHED_AT_ONCE, after))
        shown = self._shown(places)
        return Circles([_found(one, person) for one in shown], following)

    def _places(self, person: str, turn: Turn) -> tuple[list[Place], str | None]:
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
        return [Place(conversations[id], own[id]) for id in ids if id in conversations and id in own], following

    def unread(self, person: str) -> list[ShownConversation]:
        """Those with unread messages, among the latest: a new message makes its conversation the latest."""
        return [one for one in self.mine(person, Turn())["items"] if one["unread"]]

    def has_any(self, person: str) -> bool:
        return bool(self.members.some(1, "person = :person", index="by-person", person=person).rows)

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
        update = f"SET leftAt = :at, leftBy = :by REMOVE {_THEM}"
        self._remove(place.conversation, place.person, update, at=self._now(), by=place.person)

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
        return chain(self._joined_by(person), (pair["talk"] for pair in self.pairs.of_person(person)))

    def titles(self, person: str) -> Iterator[dict[str, str | None]]:
        """Of the conversations that the person is in: a note of whom they talk with may be of one that they left."""
        for one in self.rows.each(self._joined_by(person)):
            yield {"id": one["id"], "title": one.get("title"), "createdAt": one["createdAt"]}

    def erase(self, person: str) -> None:
        for conversation in self.rows.each(self._joined_by(person)):
            self._remove(conversation, person, f"SET leftAt = :at REMOVE leftBy, {_THEM}", at=self._now())
        self.pairs.erase(person)
        self.members.remove(_begun_key(person))

    def _remove(self, conversation: Conversation, person: str, update: str, **values: str) -> None:
        id, names = conversation["id"], {"person": person}
        leaves = self.members.removing((id, person), self.members.there)
        if conversation.get("begunBy") != person:
            people = self.rows.changing(id, update, self.rows.there, names, **values)
            self._change_members({"member": leaves, "people": people})
            return
        # A starter who leaves and returns doesn't count as the starter again, so each start is counted back once.
        people = self.rows.changing(id, f"{update}, begunBy", self.rows.there, names, **values)
        begun = self.members.changing(_begun_key(person), "ADD begun :less", less=-1)
        self._change_members({"member": leaves, "begun": begun, "people": people})

    def _joined_by(self, person: str) -> Iterator[str]:
        return (member["conversation"] for member in self.members.of_person(person))

    def _beginning(self, person: str, members: list[str], title: str | None) -> tuple[Place, dict[str, Write]]:
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
        return Place(conversation, joined[person]), writes

    def _theirs(self, noted: str, person: str, other: str) -> Place | None:
        """The noted one, if nobody joined or left; else the latest that they have, which is noted from now on."""
        if noted and (place := self._of_two(noted, person, other)):
            return place
        latest = self.members.some(_LATEST, "person = :person", index="by-person", newest_first=True, person=person)
        order = [member["conversation"] for member in latest.rows]
        untitled = [row for row in self.rows.many(order) if "title" not in row]
        both = {row["id"] for row in untitled if {*row["people"]} == {person, other}}
        if not both:
            return None
        id = next(id for id in order if id in both)
        refused = attempt(self.database, self.pairs.noting(person, other, id, noted))
        return self._of_two(id if refused is None else self.pairs.noted(person, other), person, other)

    def _of_two(self, id: str, person: str, other: str) -> Place | None:
        try:
            place = self.place(id, person)
        except ConversationNotFoundError:
            return None
        return place if {*place.conversation["people"]} == {person, other} else None

    def _begun_one_more(self, person: str) -> Write:
        where = "attribute_not_exists(begun) OR begun < :most"
        return self.members.changing(_begun_key(person), "ADD begun :one", where, one=1, most=MOST_CONVERSATIONS)

    def _change_members(self, writes: Mapping[str, Write], permit: Permit | None = None) -> None:
        """Change the member's rows and the conversation's list together; does nothing if already done."""
        for _ in tries(TRIES, self.sleep, _BUSY):
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
        gone = [one["leftBy"] for one in conversations if "leftBy" in one]
        members = [person for one in conversations for person in one["people"]]
        people = self.directory.people(members + last_authors + gone)
        return [
            {
                "id": one["id"],
                "title": one.get("title"),
                "members": [people[person] for person in _in_order(one)],
                "last": _last(one, people),
                "left": _left(one, people),
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


def _found(one: ShownConversation, person: str) -> Thing:
    others = ", ".join(member["name"] for member in one["members"] if member["id"] != person)
    at = one["last"]["at"] if one["last"] else one["createdAt"]
    title = one["title"] or others or "Only you"
    return Thing(one["id"], at, title=title, text=others if one["title"] else "", of=one["id"])


def _last(conversation: Conversation, people: dict[str, Who]) -> Last | None:
    if "lastAt" not in conversation:
        return None
    author = people[conversation["lastAuthor"]]
    return {"text": conversation["lastText"], "at": conversation["lastAt"], "author": author}


def _left(conversation: Conversation, people: dict[str, Who]) -> Left | None:
    """Who left last, unless they are back."""
    by = conversation.get("leftBy", "")
    if "leftAt" not in conversation or by in conversation["people"]:
        return None
    is_here = by in people and people[by]["name"] != GONE
    return {"person": people[by] if is_here else None, "at": conversation["leftAt"]}


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
