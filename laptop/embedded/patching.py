"""Replaces functions of ministack by ours."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def patch(owner: Any, name: str) -> Callable[[Function], Function]:
    """Replace `owner.name` by the decorated function, whose first argument is the original."""
    original = getattr(owner, name)  # fails at start if a newer ministack lacks it

    def replace(ours: Function) -> Function:
        @functools.wraps(original)
        def replacement(*args: Any, **kwargs: Any) -> Any:
            return ours(original, *args, **kwargs)

        setattr(owner, name, replacement)
        return ours

    return replace
