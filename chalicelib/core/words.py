"""Words, as searches compare them: without case, accents and punctuation."""

import unicodedata


def normal(text: str) -> str:
    """`Ágætis  byrjun!` becomes `agætis byrjun`, `!!!` stays."""
    return " ".join(_plain(word) or word.casefold() for word in text.split())


def _plain(word: str) -> str:
    letters = (c for c in unicodedata.normalize("NFKD", word).casefold() if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters if c not in "'’").split())


def beginning(text: str, most: int) -> str:
    """On one line, and cut between words."""
    whole = " ".join(text.split())
    return whole if len(whole) <= most else f"{whole[:most].rsplit(' ', 1)[0]}…"
