"""The part of an address that an article's title makes: `Über Öl & Öfen` becomes `uber-ol-ofen`."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator

_LONGEST = 60
_COUNTED = 20
# What has no decomposition into a plain letter and its marks.
_LETTERS = {
    **dict(zip("ßæœøđłðþıħŋ", ("ss", "ae", "oe", "o", "d", "l", "d", "th", "i", "h", "n"), strict=True)),
    **dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "), strict=True)),
    **dict(zip("єіґў", ("ye", "i", "g", "u"), strict=True)),
    **dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(" "), strict=True)),
}  # fmt: skip


def slug_of(title: str) -> str:
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    spelt = "".join(_LETTERS.get(letter, letter) for letter in plain)
    words = re.findall("[a-z0-9]+", spelt.replace("'", "").replace("’", ""))
    slug = "-".join(words)
    if len(slug) > _LONGEST:
        slug = slug[: _LONGEST + 1].rpartition("-")[0] or slug[:_LONGEST]
    return slug or "article"


def candidates(title: str) -> Iterator[str]:
    """The slug, then with a number behind it; where so many are taken, with something by chance."""
    slug = slug_of(title)
    yield slug
    yield from (f"{slug}-{number}" for number in range(2, _COUNTED))
    while True:
        yield f"{slug}-{os.urandom(4).hex()}"


def is_slug(text: str) -> bool:
    return bool(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", text)) and len(text) <= _LONGEST + 9
