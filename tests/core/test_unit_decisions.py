"""DESIGN.md: decisions are numbered, and the index matches."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "DESIGN.md").read_text("utf-8")


def test_decisions_are_numbered_one_after_the_other() -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    numbers = [int(found[1]) for each in headings if (found := re.match(r"(\d+)\. .+ — \d{4}-\d\d-\d\d$", each))]
    assert numbers == list(range(1, len(headings) + 1))


def test_the_index_leads_to_each() -> None:
    headings = re.findall(r"^## (\d+)\. (.+) — (\S+)$", PAGE, re.MULTILINE)
    wanted = [f"{number}. [{title}](#{_anchor(f'{number}. {title} — {date}')})" for number, title, date in headings]
    assert re.findall(r"^\d+\. \[.*\)$", PAGE, re.MULTILINE) == wanted


def _anchor(heading: str) -> str:
    """As GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
