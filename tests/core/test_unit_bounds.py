"""docs/BOUNDS.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.chat.conversations import MOST_CONVERSATIONS, MOST_MEMBERS
from chalicelib.live.connections import MOST_SOCKETS
from chalicelib.speech.jobs import MOST_UNFINISHED
from tests.support.template import template

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/BOUNDS.md").read_text("utf-8")


def rows(title: str) -> list[list[str]]:
    """The cells of the table below that heading."""
    part = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    return lines[2:]


def number(text: str) -> int:
    return int(text.partition(" ")[0].replace(",", ""))


def test_what_is_bound_at_one_time() -> None:
    told = [number(most) for _, most in rows("At one time")]
    assert told == [MOST_SOCKETS, MOST_CONVERSATIONS, MOST_MEMBERS, MOST_UNFINISHED]


def test_what_a_day_may_cost() -> None:
    for name, most in rows("Paid for by length"):
        parameter = re.match(r"`(\w+)`", name)
        assert parameter and template()["Parameters"][parameter[1]]["Default"] == number(most)
