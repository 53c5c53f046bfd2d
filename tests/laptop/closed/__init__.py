"""The gaps that laptop/embedded closes, by subject: each check holds on our cloud and fails on stock ministack."""

from __future__ import annotations

from collections.abc import Callable

from tests.laptop.embedded_support import Bed

Check = Callable[[Bed], None]
CLOSED: list[tuple[str, Check]] = []


def closes(module: str) -> Callable[[Check], Check]:
    """Marks a check with the module of laptop/embedded that it needs."""

    def mark(check: Check) -> Check:
        CLOSED.append((module, check))
        return check

    return mark
