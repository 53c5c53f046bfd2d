"""Long texts in parts that a service takes: cut where a sentence ends, else between words, else wherever it must be."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

# A part ends behind the blanks, so that all parts together are the text.
# Nothing is tried twice: a text of dots alone takes no longer than any other.
_SENTENCE_END = re.compile(
    r"""(?<![.!?…؟।])[.!?…؟।]++["'”’»)\]]*+\s++|[。！？｡]++[」』”’）]*+\s*+|(?<!\s)[^\S\n]*+\n\s*+"""
)
_WORD_END = re.compile(r"\s+")
_JOINERS = "\u200d\u034f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)

Size = Callable[[str], int]


def utf8_bytes(letter: str) -> int:
    return len(letter.encode())


def spoken_units(letter: str) -> int:
    """The cautious way to count characters: one of Chinese or Korean takes twice as long to say, an emoji is two."""
    return 1 if letter < "\u2e80" else 2


def cut(text: str, most: int, size: Size) -> list[str]:
    """Parts whose size is at most this; joined, they are the text."""
    before = [0, *accumulate(map(size, text))]  # the size of all that stands before a place
    ends = [_ends(_SENTENCE_END, text), _ends(_WORD_END, text)]
    parts, start = [], 0
    while start < len(text):
        furthest = bisect_right(before, before[start] + most) - 1
        end = furthest if furthest == len(text) else _best(text, start, furthest, ends)
        parts.append(text[start:end])
        start = end
    return parts


def apart(text: str) -> tuple[str, str, str]:
    """The blanks before it, the text, the blanks behind it."""
    core = text.strip()
    start = text.find(core)
    return text[:start], core, text[start + len(core) :]


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.end() for match in pattern.finditer(text)]


def _best(text: str, start: int, furthest: int, ends: list[list[int]]) -> int:
    for places in ends:
        nearest = bisect_right(places, furthest) - 1
        if nearest >= 0 and places[nearest] > start:
            return places[nearest]
    whole = next((end for end in range(furthest, start, -1) if not _belong_together(text[end - 1], text[end])), 0)
    return whole or furthest


def _belong_together(one: str, next: str) -> bool:
    """Whether a reader sees one letter where the two meet."""
    return one in _JOINERS or next in _JOINERS or unicodedata.category(next)[0] == "M" or ord(next) in _SKIN_TONES
