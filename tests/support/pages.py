"""The pages that there are, as the features declare them in their feature.js."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
_ROUTE = re.compile(
    r'path: "(?P<path>[^"]+)",\s+title: "(?P<title>[^"]+)",\s+access: "(?P<access>anyone|guest|person)",'
    r'(?:\s+nav: "(?P<nav>[^"]+)",\s+place: (?P<place>\d+),)?'
)


@dataclass(frozen=True)
class Declared:
    path: str
    title: str
    access: str
    nav: str | None
    place: int


def routes() -> list[Declared]:
    found = []
    for declaration in sorted(FRONTEND.glob("*/feature.js")):
        text = declaration.read_text("utf-8")
        here = [_declared(one) for one in _ROUTE.finditer(text)]
        assert len(here) == text.count("path:"), f"{declaration}: path, title, access, nav, place, in this order"
        found += here
    return found


def _declared(one: re.Match[str]) -> Declared:
    return Declared(one["path"], one["title"], one["access"], one["nav"], int(one["place"] or 0))


def navigation() -> list[str]:
    """As who is signed in sees it."""
    entries = sorted((route for route in routes() if route.nav), key=lambda route: route.place)
    return [entry.nav for entry in entries if entry.nav]
