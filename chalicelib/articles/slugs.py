"""The part of an address made from an article's title: `Über Öl & Öfen` becomes `uber-ol-ofen`."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator

_LONGEST = 60
_COUNTED = 20
# Letters that don't decompose into a plain letter and marks.
_SPELT = """
    ß=ss æ=ae œ=oe ø=o đ=d ł=l ð=d þ=th ı=i ħ=h ŋ=n
    а=a б=b в=v г=g д=d е=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh
    щ=shch ъ= ы=y ь= э=e ю=yu я=ya є=ye і=i ґ=g ў=u
    α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
"""
_LETTERS = dict(pair.split("=") for pair in _SPELT.split())


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
    """The slug, then with numbers, and after those with something random."""
    slug = slug_of(title)
    yield slug
    yield from (f"{slug}-{number}" for number in range(2, _COUNTED))
    while True:
        yield f"{slug}-{os.urandom(4).hex()}"


def is_slug(text: str) -> bool:
    return bool(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", text)) and len(text) <= _LONGEST + 9
