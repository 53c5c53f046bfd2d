"""What a feature does when a person leaves: each registers its eraser, and an eraser can run twice."""

from collections.abc import Callable

Eraser = Callable[[str], None]
erasers: list[Eraser] = []

Noter = Callable[[str, str], None]
noters: list[Noter] = []


def eraser(function: Eraser) -> Eraser:
    """Called with the person's id; erases all that he owns in this feature."""
    erasers.append(function)
    return function


def before_leaving(function: Noter) -> Noter:
    """Called with the person's id and token while the sign-in still stands: for what can't be found out later."""
    noters.append(function)
    return function
