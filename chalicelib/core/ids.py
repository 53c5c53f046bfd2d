"""Ids that sort by time, and times as strings."""

import os
import re
import time
from datetime import UTC, date, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(milliseconds: int | None = None) -> str:
    """26 characters: 48 bits of time, then 80 random bits."""
    at = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    number = at << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    return len(text) == 26 and all(letter in _ALPHABET for letter in text)


def age_of(id: str, seconds: float) -> float:
    """Seconds since the id was made."""
    milliseconds = 0
    for letter in id[:10]:
        milliseconds = milliseconds << 5 | _ALPHABET.index(letter)
    return seconds - milliseconds / 1000


def now() -> str:
    return as_time(time.time())


def is_day(text: str) -> bool:
    """Whether it is a real date, as in 2026-12-24."""
    try:
        return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


def as_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
