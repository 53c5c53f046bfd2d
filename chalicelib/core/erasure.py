"""What a feature does when a person leaves: its eraser, which can run twice, and how to see what is left."""

from collections.abc import Callable, Iterable
from typing import Any

Eraser = Callable[[str], None]
erasers: list[Eraser] = []

Look = Callable[[str], Iterable[Any]]
looks: list[Look] = []

Noter = Callable[[str, str], None]
noters: list[Noter] = []


def eraser(function: Eraser) -> Eraser:
    """Called with the person's id; erases all that this person owns in this feature."""
    erasers.append(function)
    return function


def remains(function: Look) -> Look:
    """Called with the person's id once all is erased: what is still there. Where anything is, it is erased again."""
    looks.append(function)
    return function


def before_leaving(function: Noter) -> Noter:
    """Called with the person's id and token while the sign-in still stands: for what can't be found out later."""
    noters.append(function)
    return function
