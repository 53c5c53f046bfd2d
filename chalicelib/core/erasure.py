"""What a feature does when a person leaves: an eraser, which may run twice, and a check for what is left."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Protocol, TypeVar

Eraser = Callable[[str], None]
erasers: list[Eraser] = []

Look = Callable[[str], Iterable[Any]]
looks: list[Look] = []

Noter = Callable[[str, str], None]
noters: list[Noter] = []


def eraser(function: Eraser) -> Eraser:
    """Called with the person's id; erases everything the person owns in this feature."""
    erasers.append(function)
    return function


def remains(function: Look) -> Look:
    """Called with the person's id after the erasers: returns what is still there. If anything is, they run again."""
    looks.append(function)
    return function


class Kept(Protocol):
    """A store of what belongs to people."""

    def erase(self, person: str, /) -> None: ...
    def of_person(self, person: str, /) -> Iterable[Any]: ...


Store = TypeVar("Store", bound=Callable[[], Kept])


def erased_with_accounts(store: Store) -> Store:
    """Both for a whole store: what it has of the person is erased, and looked for."""

    @eraser
    @wraps(store)
    def erase(person_id: str) -> None:
        store().erase(person_id)

    @remains
    @wraps(store)
    def left(person_id: str) -> Iterable[Any]:
        return store().of_person(person_id)

    return store


def before_leaving(function: Noter) -> Noter:
    """Called with the person's id and token while the sign-in is valid: for what can't be found out later."""
    noters.append(function)
    return function
