"""The index: for each word of a thing an entry, under those who may see the thing, in order of words.

A thing's cards list its entries, so that they can be replaced and removed. A card changes in one transaction with the
entries that it lists, and only if nobody else has changed it. Whoever writes then looks at the thing again: whatever
comes twice, late or out of order, the index ends up saying what the thing says.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from chalicelib.core.tables import Database, Table, Write, transaction, tries
from chalicelib.core.things import OWNER, Key, Kind, Thing
from chalicelib.core.words import beginning, normal

# A transaction takes a hundred writes: a card, its old entries and its new ones.
ON_A_CARD = 48
CARDS = 4
LONGEST_WORD = 24
_EXCERPT = 200
_TRIES = 8
_LAST = "\U0010ffff"


class Entry(TypedDict):
    place: str
    word: str  # the word itself, then what orders the things that have it
    kind: str
    id: str
    at: str
    title: str
    text: str
    words: str  # all of the thing's words, each with a space before it
    by: str
    of: str


class Card(TypedDict):
    """Lists entries; `says` is a digest of what they say."""

    place: str
    word: str
    at: str
    entries: list[str]
    says: str


@dataclass(frozen=True)
class Index:
    database: Database
    table: str
    sleep: Callable[[float], None] = time.sleep

    @property
    def entries(self) -> Table[Entry]:
        return Table(self.database, self.table, ("place", "word"))

    @property
    def cards(self) -> Table[Card]:
        return Table(self.database, self.table, ("place", "word"))

    def keep(self, kind: Kind, key: Key) -> None:
        """Make the index say what the thing says now."""
        for _ in tries(_TRIES, self.sleep, "This is being changed too often right now."):
            thing = kind.now(key)
            wanted, place = dict(_cut(kind, thing)), _card_place(kind, key)
            cards = {card["word"]: card for card in self.cards.rows("place = :place", place=place)}
            others = [number for number in {*cards, *wanted} if not _says(cards.get(number), wanted.get(number, []))]
            done = [self._replace(place, number, cards.get(number), wanted.get(number, [])) for number in others]
            if not others or (all(done) and kind.now(key) == thing):
                return

    def forget(self, person: str, kinds: list[Kind]) -> None:
        """What only this person saw. Their things' own ends remove the cards."""
        for entry in self.of_person(person, kinds):
            self.entries.remove((entry["place"], entry["word"]))

    def of_person(self, person: str, kinds: list[Kind]) -> Iterator[Entry]:
        for kind in kinds:
            if kind.seen_by == OWNER:
                yield from self.entries.rows("place = :place", place=place_of(kind.name, kind.seen_by, person))

    def begin_with(self, place: str, prefix: str, others: list[str], after: str, limit: int) -> tuple[list[Entry], str]:
        """Those of the next few entries that have all words; and where to go on, if there are more."""
        values: dict[str, Any] = {f"other{number}": f" {word}" for number, word in enumerate(others)}
        found = self.entries.some(
            limit,
            "place = :place AND word BETWEEN :first AND :last",
            only=" AND ".join(f"contains(#words, :{name})" for name in values),
            place=place,
            first=f"{after} " if after else prefix,
            last=prefix + _LAST,
            **values,
        )
        return [entry for entry in found.rows if _is_first(entry, prefix)], str(found.last.get("word", ""))

    def _replace(self, place: str, number: str, seen: Card | None, wanted: list[Entry]) -> bool:
        """False if somebody else has changed the card."""
        where, values = ("says = :says", {"says": seen["says"]}) if seen else (self.cards.new, {})
        card: Card = {
            "place": place,
            "word": number,
            "at": wanted[0]["place"] if wanted else "",
            "entries": [entry["word"] for entry in wanted],
            "says": _digest(wanted),
        }
        key = place, number
        first = self.cards.putting(card, where, **values) if wanted else self.cards.removing(key, where, **values)
        new = {(entry["place"], entry["word"]): self.entries.putting(entry) for entry in wanted}
        listed = [(seen["at"], word) for word in seen["entries"]] if seen else []
        old = {each: self.entries.removing(each) for each in listed}
        writes: dict[str, Write] = {"card": first, **{" ".join(at): write for at, write in (old | new).items()}}
        return not transaction(self.database, writes, sleep=self.sleep)


def place_of(kind: str, seen_by: str, of: str = "") -> str:
    return f"{kind} {seen_by}{f' {of}' if of else ''}"


def words_of(text: str, most: int) -> list[str]:
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in normal(text).split()))[:most]


def entries_of(kind: str, place: str, thing: Thing) -> list[Entry]:
    """One for each of its words, as they come."""
    words = words_of(f"{thing.title} {thing.words} {thing.text}", CARDS * ON_A_CARD)
    shared = {
        "place": place,
        "kind": kind,
        "id": thing.id,
        "at": thing.at,
        "title": thing.title,
        "text": beginning(thing.text, _EXCERPT),
        "words": "".join(f" {word}" for word in words),
        "by": thing.by,
        "of": thing.of,
    }
    title = words_of(thing.title, ON_A_CARD)
    return [cast(Entry, {**shared, "word": f"{word} {_rank(word, title)}{_order(thing)}"}) for word in words]


def matching(entries: list[Entry], prefix: str, others: list[str], after: str) -> list[Entry]:
    """As `begin_with` finds them, among entries that are stored nowhere."""
    found = [
        entry
        for entry in entries
        if entry["word"].startswith(prefix)
        and entry["word"] > after
        and all(f" {word}" in entry["words"] for word in others)
        and _is_first(entry, prefix)
    ]
    return sorted(found, key=lambda entry: entry["word"])


def _cut(kind: Kind, thing: Thing | None) -> Iterator[tuple[str, list[Entry]]]:
    """Its entries by card. Each has its card's number: words that move from one card to another don't meet."""
    found = entries_of(kind.name, place_of(kind.name, kind.seen_by, thing.of), thing) if thing else []
    for number, start in enumerate(range(0, len(found), ON_A_CARD)):
        some = found[start : start + ON_A_CARD]
        yield str(number), [cast(Entry, {**entry, "word": f"{entry['word']} {number}"}) for entry in some]


def _says(card: Card | None, wanted: list[Entry]) -> bool:
    return card["says"] == _digest(wanted) if card else not wanted


def _digest(entries: list[Entry]) -> str:
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()[:32]


def _card_place(kind: Kind, key: Key) -> str:
    return f"card {kind.name} {json.dumps(key)}"


def _rank(word: str, title: list[str]) -> int:
    """First a title that is the word, then one that begins with it, then one that has it."""
    if word not in title:
        return 3
    return 0 if title == [word] else 1 if title[0] == word else 2


def _order(thing: Thing) -> str:
    """Later ones first."""
    digits = "".join(letter for letter in thing.at if letter.isdigit())[:17].ljust(17, "0")
    return f"{10**17 - 1 - int(digits):017d} {thing.id}"


def _is_first(entry: Entry, prefix: str) -> bool:
    """A thing with several words that begin alike is found by the first of them."""
    word = entry["word"].partition(" ")[0]
    return word == min(each for each in entry["words"].split() if each.startswith(prefix))
