"""Who may call a route, in words that are also the check.

What a path names belongs to somebody, and a way in leads to it: a function of the feature that takes, by name, the
`person_id` of who asks and what it needs of the path. It returns the thing itself, or a person's own view of the store.
Before the handler gets that, it is held against who asks: a way in to somebody else's things leads nowhere.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from chalicelib.core.errors import ForbiddenError, NotFoundError
from chalicelib.core.person import AUTHORS, CURATORS, Person

WayIn = Callable[..., Any]
Whose = Callable[[Any], Any]

VIEW: Whose = attrgetter("person")


@dataclass(frozen=True, eq=False)
class Who:
    says: str
    group: str | None = None  # to be in; where there is a way in, instead of being the person it belongs to
    way_in: WayIn | None = None
    whose: Whose = VIEW
    refusal: str = ""  # for those who may see it and not change it; to others it is as if it weren't there

    @property
    def asks(self) -> set[str]:
        """What its way in does."""
        return set(parameters(self.way_in)) if self.way_in else set()

    @property
    def forbids(self) -> bool:
        return bool(self.refusal if self.way_in else self.group)

    def why_not(self, path: set[str]) -> str | None:
        """Why it can't be kept of what a path with these parameters names."""
        if not (self in _FOR_ALL or self.group or self.way_in):
            return f"{self.says!r} is only words: owner(way_in) and member(way_in) check it"
        if self is SIGNED_IN and path:
            return "whose is what its path names? Say owner(way_in), member(way_in) or a group, or that it is SHARED"
        if not self.asks <= path | {"person_id"}:
            return "its way in asks for what is not in the path"
        if self.way_in and self.whose is VIEW and "person_id" not in self.asks:
            return "its way in must ask for `person_id`, or `whose` say whose that is to which it leads"
        return None

    def check(self, person: Person) -> None:
        if self.group and not self.way_in and self.group not in person.groups:
            raise ForbiddenError(f"Only {self.says} may do this.")

    def enter(self, person: Person, path: Mapping[str, str]) -> Any:
        """What the way in leads to, once it is seen to be for this person."""
        assert self.way_in
        given = {**path, "person_id": person.id}
        thing = self.way_in(**{name: given[name] for name in parameters(self.way_in)})
        if self.whose(thing) == person.id or self.group in person.groups:
            return thing
        raise ForbiddenError(self.refusal) if self.refusal else NotFoundError("There is no such thing that is yours.")


ANYONE = Who("anyone")
SIGNED_IN = Who("whoever is signed in")
SHARED = Who("whoever is signed in")  # also to what the path names, which is everybody's
CURATOR = Who("a curator", CURATORS)
AUTHOR = Who("an author", AUTHORS)
_FOR_ALL = (ANYONE, SIGNED_IN, SHARED)


def member(way_in: WayIn) -> Who:
    """By one's own view of what several share."""
    return Who("its members", way_in=way_in)


def owner(way_in: WayIn, *, or_a: Who | None = None, whose: Whose = VIEW, refusal: str = "") -> Who:
    """By one's own view of the store; or by one thing that was read, of which `whose` says whose it is."""
    says, group = (f"its owner or {or_a.says}", or_a.group) if or_a else ("its owner", None)
    return Who(says, group, way_in, whose, refusal)


@functools.cache
def parameters(function: Callable[..., Any]) -> list[str]:
    """What it asks for, by name."""
    return list(inspect.signature(function).parameters)
