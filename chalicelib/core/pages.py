"""Paged lists: a limit, and an opaque cursor that only fits the list it came from."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from chalicelib.core.errors import BadRequestError

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
_LONGEST = 300  # of a part of a position: the longest has a word, a time and a slug

Row = TypeVar("Row", bound=Mapping[str, Any])
Shown = TypeVar("Shown")


class Page(TypedDict, Generic[Shown]):
    items: list[Shown]
    next: str | None


@dataclass(frozen=True)
class Turn:
    """Which page is requested."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None


def cursor(of: list[Any], position: list[Any]) -> str:
    """`of` names the list and its filters, `position` where in it the page ended."""
    return base64.urlsafe_b64encode(json.dumps([_mark(of), position]).encode()).decode().rstrip("=")


def page(
    of: list[Any], turn: Turn, found: list[Row], by: Sequence[str], more: bool = False
) -> tuple[list[Row], str | None]:
    """`found` has one more than requested; gives the page and the cursor of the next. `by` names the order."""
    rows = found[: turn.limit]
    goes_on = rows and (more or len(found) > turn.limit)
    return rows, cursor(of, [rows[-1][name] for name in by]) if goes_on else None


def position(of: list[Any], after: str | None, kinds: tuple[type, ...], name: str = "after") -> list[Any] | None:
    """Where the cursor points; `kinds` are the types of a position in this list."""
    if after is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if found[0] == _mark(of) and tuple(map(type, found[1])) == kinds and all(map(_is_sane, found[1])):
            return list(found[1])
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    raise of_another_list(name)


def of_another_list(name: str = "after") -> BadRequestError:
    return BadRequestError(
        f"The cursor `{name}` does not belong to this list.",
        [{"pointer": f"/{name}", "detail": "must be the `next` of a page of the same list"}],
    )


def _mark(of: list[Any]) -> str:
    """Short, however long the filters are."""
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()[:12]


def _is_sane(part: int | str) -> bool:
    return abs(part) < 1 << 53 if isinstance(part, int) else part.isascii() and 0 < len(part) < _LONGEST
