"""docs/BOUNDS.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.core import bounds
from chalicelib.core.bounds import DAY, HOUR, MINUTE, SECOND, Bound
from chalicelib.speech.jobs import MOST_UNFINISHED
from tests.support.template import template

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/BOUNDS.md").read_text("utf-8")
NAMES = {"a second": SECOND, "a minute": MINUTE, "an hour": HOUR, "a day": DAY}


def rows(title: str) -> list[list[str]]:
    """The cells of the table below that heading."""
    part = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    return lines[2:]


def number(text: str) -> int:
    return int(text.partition(" ")[0].replace(",", ""))


def test_every_bound_is_on_the_page_and_nothing_else_is() -> None:
    there = sorted(value for value in vars(bounds).values() if isinstance(value, Bound))
    told = [
        Bound(name.strip("`"), number(most), NAMES[most.partition(" ")[2]], what)
        for name, most, what in rows("In a window")
    ]
    assert told == there


def test_what_is_bound_at_one_time() -> None:
    told = [number(most) for _, most in rows("At one time")]
    assert told == [bounds.MOST_SOCKETS, bounds.MOST_CONVERSATIONS, bounds.MOST_MEMBERS, MOST_UNFINISHED]


def test_what_a_day_may_cost() -> None:
    for name, most in rows("Paid for by length"):
        parameter = re.match(r"`(\w+)`", name)
        assert parameter and template()["Parameters"][parameter[1]]["Default"] == number(most)
