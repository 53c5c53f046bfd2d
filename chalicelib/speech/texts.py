"""Splits long texts into parts that a service accepts: at the end of a sentence, else between words, else anywhere."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

# A part ends after the spaces, so that the parts join to the whole text.
# No backtracking: a text of dots takes no longer than any other.
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
    """A cautious count of characters: a Chinese or Korean one takes twice as long to say, an emoji counts as two."""
    return 1 if letter < "\u2e80" else 2


def cut(text: str, most: int, size: Size) -> list[str]:
    """Parts of at most this size; joined, they are the text."""
    before = [0, *accumulate(map(size, text))]  # the size of everything before a position
    ends = [_ends(_SENTENCE_END, text), _ends(_WORD_END, text)]
    parts, start = [], 0
    while start < len(text):
        furthest = bisect_right(before, before[start] + most) - 1
        end = furthest if furthest == len(text) else _best(text, start, furthest, ends)
        parts.append(text[start:end])
        start = end
    return parts


def apart(text: str) -> tuple[str, str, str]:
    """The spaces before it, the text, the spaces after it."""
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
    """Whether a reader sees the two as one character."""
    return one in _JOINERS or next in _JOINERS or unicodedata.category(next)[0] == "M" or ord(next) in _SKIN_TONES
