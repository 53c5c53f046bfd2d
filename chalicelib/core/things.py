"""Things that can be found, their kinds, and who may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

EVERYONE, SIGNED_IN, OWNER, CIRCLE = "everyone", "signed-in", "owner", "circle"

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Thing:
    id: str
    at: str
    title: str = ""
    text: str = ""  # its words are found, too, and its beginning is shown
    words: str = ""  # found, but not shown
    by: str = ""  # the person whose name is shown as its title
    of: str = ""  # the one person, or the circle of people, who may see it


class Rows(Protocol):
    """Where things are stored."""

    @property
    def keys(self) -> tuple[str, ...]: ...

    def get(self, *key: str | int) -> object: ...


Read = Callable[[Any], Thing | None]  # None for rows that are no such thing, or that may not be found
Address = Callable[[Mapping[str, Any]], str]  # where the pages show it, by its `id`, `title` and `of`


@dataclass(frozen=True)
class Kind:
    name: str
    rows: Callable[[], Rows]
    thing: Read
    seen_by: str
    address: Address
    has: Callable[[Key], bool] = lambda key: True  # tables hold other rows, too

    def now(self, key: Key) -> Thing | None:
        """The thing as it is now, however late we are."""
        row = self.rows().get(*key)
        return self.thing(row) if row else None


class Circles(NamedTuple):
    """Some of the circles that a person belongs to, each a thing itself; `after` leads to more."""

    things: list[Thing]
    after: str | None


CirclesOf = Callable[[str, str | None], Circles]


@dataclass(frozen=True)
class CircleKind:
    name: str
    of: CirclesOf
    address: Address


def link(address: str) -> str:
    """A page's address, as a link from any page of the site."""
    return f"/#{address}"
