"""What a feature does when a person leaves: an eraser, which may run twice, and a check for what is left."""

from collections.abc import Callable, Iterable
from typing import Any

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


def before_leaving(function: Noter) -> Noter:
    """Called with the person's id and token while the sign-in is valid: for what can't be found out later."""
    noters.append(function)
    return function
