"""The voices, from the table next to this file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.core.errors import InvalidError

AUTO = "auto"
_TABLE = Path(__file__).parent / "voices.json"
_SHOWN = ("id", "language", "languageName", "name", "gender")


@dataclass(frozen=True)
class Voice:
    """`id` and `engine` are Amazon Polly's names, `translate` is the language code for Amazon Translate."""

    id: str
    language: str
    language_name: str
    name: str
    gender: str
    engine: str
    translate: str


@cache
def all_voices() -> dict[str, Voice]:
    rows = json.loads(_TABLE.read_text("utf-8"))
    return {row["id"]: Voice(language_name=row.pop("languageName"), **row) for row in rows}


def shown(pairs: set[str] | None = None) -> list[dict[str, Any]]:
    """`pairs` are the translations that there are, if not all; then each voice says which texts it can speak."""
    rows = [{name: row[name] for name in _SHOWN} for row in json.loads(_TABLE.read_text("utf-8"))]
    if pairs is None:
        return rows
    return [{**row, "reads": reads(all_voices()[row["id"]], pairs)} for row in rows]


def reads(voice: Voice, pairs: set[str]) -> list[str]:
    """The languages of the texts that it can speak: its own, and those that are translated into it."""
    own = {voice.translate, family(voice.translate)}
    return sorted(code for code in languages() if code in own or any(f"{code}>{target}" in pairs for target in own))


def check(voice: str, source: str) -> None:
    """Refuses a voice or a language that is not in the table."""
    if voice not in all_voices():
        raise InvalidError("There is no such voice.", [{"pointer": "/voice", "detail": "must be the id of a voice"}])
    if source != AUTO and source not in languages():
        detail = f"must be {AUTO} or one of {', '.join(sorted(languages()))}"
        raise InvalidError("This language is not supported.", [{"pointer": "/source", "detail": detail}])


@cache
def languages() -> dict[str, str]:
    """The names of the languages that a text can be in."""
    named = {family(voice.translate): voice.language_name.partition(" (")[0] for voice in all_voices().values()}
    return named


def name_of(language: str) -> str:
    return languages().get(family(language), language)


def family(language: str) -> str:
    """`es-MX` is a kind of `es`: nothing is translated between the two."""
    return language.partition("-")[0]
