"""A person's notices, newest first; how far they have read, and which kinds they don't want."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from chalicelib.core.directory import Directory
from chalicelib.core.errors import FieldError, InvalidError, NotFoundError
from chalicelib.core.notices import STATE, Notice, Notices, State
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.streams import Change


class ShownNotice(TypedDict):
    id: str
    kind: str
    text: str
    url: str
    at: str
    read: bool


class Choice(TypedDict):
    kind: str
    wanted: bool


class ShownChoice(Choice):
    says: str


class Choices(TypedDict):
    kinds: list[ShownChoice]


class NoticeNotFoundError(NotFoundError):
    detail = "There is no such notice, or it is not yours."


@dataclass(frozen=True)
class Inbox:
    notices: Notices
    directory: Directory
    person: str

    def newest(self, turn: Turn) -> Page[ShownNotice]:
        of = ["notices", self.person]
        after = position(of, turn.after, (str,))
        start = {"person": self.person, "id": after[0]} if after else None
        where = "person = :person AND id > :state"
        found = self.notices.rows.some(
            turn.limit + 1, where, newest_first=True, start=start, person=self.person, state=STATE
        )
        rows, following = page(of, turn, found.rows, ["id"], found.more)
        return {"items": self._shown(rows), "next": following}

    def find(self, id: str) -> ShownNotice | None:
        there = self.notices.rows.get(self.person, id)
        return self._shown([there])[0] if there else None

    def read(self, id: str) -> None:
        """This one and all before it; never moves back."""
        if id == STATE or not self.notices.rows.get(self.person, id):
            raise NoticeNotFoundError()
        where = "attribute_not_exists(readUpTo) OR readUpTo < :id"
        self.notices.states.change((self.person, STATE), "SET readUpTo = :id", where, id=id)

    def choices(self, kinds: Mapping[str, str]) -> Choices:
        unwanted = self.notices.state(self.person).get("unwanted", set())
        return {"kinds": [{"kind": kind, "says": says, "wanted": kind not in unwanted} for kind, says in kinds.items()]}

    def choose(self, chosen: Sequence[Choice], kinds: Mapping[str, str]) -> Choices:
        """Kinds that are not named stay as they are."""
        _check(chosen, kinds)
        for change, is_wanted in (("ADD", False), ("DELETE", True)):
            if some := {choice["kind"] for choice in chosen if choice["wanted"] is is_wanted}:
                self.notices.states.change((self.person, STATE), f"{change} unwanted :some", some=some)
        return self.choices(kinds)

    def _shown(self, rows: Sequence[Notice]) -> list[ShownNotice]:
        people = self.directory.people(row["by"] for row in rows if "by" in row)
        read = self.notices.state(self.person).get("readUpTo", "") if rows else ""
        names = {id: who["name"] for id, who in people.items()}
        return [
            {
                "id": row["id"],
                "kind": row["kind"],
                "text": f"{names[row['by']]} {row['text']}" if "by" in row else row["text"],
                "url": row["url"],
                "at": row["at"],
                "read": row["id"] <= read,
            }
            for row in rows
        ]


def _check(chosen: Iterable[Choice], kinds: Mapping[str, str]) -> None:
    unknown = (place for place, choice in enumerate(chosen) if choice["kind"] not in kinds)
    detail = "is no kind of notice"
    errors: list[FieldError] = [{"pointer": f"/kinds/{place}/kind", "detail": detail} for place in unknown]
    if errors:
        raise InvalidError("There is no such kind of notice.", errors)


def told_of(change: Change[Notice | State]) -> tuple[str, str] | None:
    """Whose notice the change is about, and its id: STATE if it is what they have read; None if it is a note."""
    row = change.after or change.before
    return (row["person"], row["id"]) if row and "#" not in row["person"] else None
