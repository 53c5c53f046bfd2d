"""A mail as plain text and HTML: some lines, one link, and a foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)


def letter(
    subject: str,
    lines: Sequence[str],
    link: tuple[str, str],
    foot: Sequence[str],
    end: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Letter:
    (address, says), ends = link, [end] if end else []
    text = [*lines, f"{says}:\n{address}", "-- ", *foot, *(f"{says}:\n{address}" for address, says in ends)]
    body = [f"<p>{escape(line)}</p>" for line in lines]
    small = " ".join([*map(escape, foot), *(_anchor(address, says) for address, says in ends)])
    page = f"{''.join(body)}<p>{_anchor(address, says)}</p><hr><p><small>{small}</small></p>"
    html = f'<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>{page}</body></html>'
    return Letter(_one_line(subject), "\n\n".join(text) + "\n", html, headers or {})


def _anchor(address: str, says: str) -> str:
    return f'<a href="{escape(address)}">{escape(says)}</a>'


def _one_line(text: str) -> str:
    """A header has only one line."""
    return " ".join(text.split())
