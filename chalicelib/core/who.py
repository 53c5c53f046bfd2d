"""Who may call a route, in words that are also the check.

What a path names belongs to somebody, and a way in leads to it: a function of the feature that takes, by name, the
caller's `person_id` and what it needs from the path. It returns the thing itself, or a person's own view of the store.
That is checked against the caller before the handler gets it: a way in to somebody else's things leads nowhere.
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
    group: str | None = None  # the group required; with a way in, an alternative to ownership
    way_in: WayIn | None = None
    whose: Whose = VIEW
    refusal: str = ""  # for those who may see it but not change it; to anyone else it doesn't exist

    @property
    def asks(self) -> set[str]:
        """The parameters of its way in."""
        return set(parameters(self.way_in)) if self.way_in else set()

    @property
    def is_open(self) -> bool:
        """Whether no token is needed."""
        return self in (ANYONE, GUEST)

    @property
    def forbids(self) -> bool:
        return bool(self.refusal if self.way_in else self.group)

    def why_not(self, path: set[str]) -> str | None:
        """Why this can't be enforced for a path with these parameters."""
        if not (self in _FOR_ALL or self.group or self.way_in):
            return f"{self.says!r} checks nothing: use owner(way_in) or member(way_in)"
        if self is SIGNED_IN and path:
            return "who owns what its path names? Use owner(way_in), member(way_in), a group or SHARED"
        if not self.asks <= path | {"person_id"}:
            return "its way in takes a parameter that is not in the path"
        if self.way_in and self.whose is VIEW and "person_id" not in self.asks:
            return "its way in must take `person_id`, or `whose` must find the owner of what it returns"
        return None

    def check(self, person: Person) -> None:
        if self.group and not self.way_in and self.group not in person.groups:
            raise ForbiddenError(f"Only {self.says} may do this.")

    def enter(self, person: Person, path: Mapping[str, str]) -> Any:
        """What the way in returns, once it is known to be for this person."""
        assert self.way_in
        given = {**path, "person_id": person.id}
        thing = self.way_in(**{name: given[name] for name in parameters(self.way_in)})
        if self.whose(thing) == person.id or self.group in person.groups:
            return thing
        raise ForbiddenError(self.refusal) if self.refusal else NotFoundError("It does not exist, or it is not yours.")


ANYONE = Who("anyone")
GUEST = Who("anyone, and with a token for what else one may see")  # a token is checked if there is one
SIGNED_IN = Who("anyone who is signed in")
SHARED = Who("anyone who is signed in")  # also to what the path names, which everyone shares
CURATOR = Who("a curator", CURATORS)
AUTHOR = Who("an author", AUTHORS)
_FOR_ALL = (ANYONE, GUEST, SIGNED_IN, SHARED)


def member(way_in: WayIn) -> Who:
    """Checked by a person's own view of something shared."""
    return Who("its members", way_in=way_in)


def owner(way_in: WayIn, *, or_a: Who | None = None, whose: Whose = VIEW, refusal: str = "") -> Who:
    """Checked by a person's own view of the store, or by one thing whose owner `whose` finds."""
    says, group = (f"its owner or {or_a.says}", or_a.group) if or_a else ("its owner", None)
    return Who(says, group, way_in, whose, refusal)


@functools.cache
def parameters(function: Callable[..., Any]) -> list[str]:
    """The names of its parameters."""
    return list(inspect.signature(function).parameters)
