"""What a feature does when a person leaves: each registers its eraser, and an eraser can run twice."""

from collections.abc import Callable

Eraser = Callable[[str], None]
erasers: list[Eraser] = []


def eraser(function: Eraser) -> Eraser:
    """Called with the person's id; erases all that he owns in this feature."""
    erasers.append(function)
    return function
