"""Searches: the beginnings of words, all of them, in everything that one may see.

A page takes the best of each kind in turn: exact words first, then the latest. What it reads is bounded: one query for
each kind, and one for each of the next few circles. So a page may be short and still not be the last.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice, zip_longest
from typing import NamedTuple, TypedDict

from chalicelib.core.directory import Directory
from chalicelib.core.errors import ParameterError
from chalicelib.core.index import Entry, Index, entries_of, matching, place_of, words_of
from chalicelib.core.pages import Page, Turn, cursor, of_another_list, position
from chalicelib.core.things import CIRCLE, EVERYONE, OWNER, CircleKind, Kind, link

MOST_WORDS = 8
# Entries looked at in one place, if some may lack the other words, and at least in each of several circles.
_EXAMINED = 100
_IN_A_CIRCLE = 10
_START, _END = "!", "-"


class FoundThing(TypedDict):
    kind: str
    id: str
    title: str
    excerpt: str
    url: str
    at: str


class Step(NamedTuple):
    """What a source has next, in order of words; and how far it looked, unless that was all."""

    entries: list[Entry]
    upto: str


Source = Callable[[str, int], Step]  # takes where to go on, and how many are wanted


@dataclass(frozen=True)
class Search:
    index: Index
    directory: Directory
    kinds: Mapping[str, Kind]
    circles: Mapping[str, CircleKind]

    def page(self, person: str, q: str, kind: str | None, turn: Turn) -> Page[FoundThing]:
        """For somebody, or with an empty `person` for anyone."""
        words = words_of(q, MOST_WORDS)
        names = self._names(person, kind)
        of = ["search", person, kind, words]
        start = position(of, turn.after, (str,) * (len(names) + 1)) or [_START] * (len(names) + 1)
        if not words or not names:
            return {"items": [], "next": None}
        leading = max(words, key=len)  # likely the rarest
        group, places = start[0], {name: _read(part, leading) for name, part in zip(names, start[1:], strict=True)}
        others = [word for word in words if word != leading]
        sources, more = self._sources(person, leading, others, {n for n in names if places[n] != _END}, group)
        steps = {name: source(places[name], turn.limit) for name, source in sources.items()}
        taken = list(islice(_in_turn([step.entries for step in steps.values()]), turn.limit))
        places |= {name: _place_after(places[name], step, taken) for name, step in steps.items()}
        in_circles = [name for name in names if self._is_of_circles(name)]
        if more and all(places[name] == _END for name in in_circles):
            group, places = more, {**places, **dict.fromkeys(in_circles, "")}
        goes_on = any(place != _END for place in places.values())
        following = cursor(of, [group, *(_written(places[name]) for name in names)]) if goes_on else None
        return {"items": self._shown(taken), "next": following}

    def _names(self, person: str, kind: str | None) -> list[str]:
        """The kinds that this person may see, or the one that is asked for."""
        every = sorted({*self.kinds, *self.circles})
        if kind is not None and kind not in every:
            raise ParameterError("kind", f"must be one of {', '.join(every)}")
        open_to_all = [name for name in every if name in self.kinds and self.kinds[name].seen_by == EVERYONE]
        return [name for name in (every if person else open_to_all) if kind in (None, name)]

    def _is_of_circles(self, name: str) -> bool:
        return name in self.circles or self.kinds[name].seen_by == CIRCLE

    def _sources(
        self, person: str, leading: str, others: list[str], names: set[str], group: str
    ) -> tuple[dict[str, Source], str | None]:
        """One for each name, and the next group of circles, if there is one."""
        found: dict[str, Source] = {}
        more = None
        circles: list[str] = []
        if any(map(self._is_of_circles, names)):
            [(name, circle)] = self.circles.items()
            some = circle.of(person, None if group == _START else group)
            more, circles = some.after, [thing.of for thing in some.things]
            entries = [entry for thing in some.things for entry in entries_of(name, "", thing)]
            if name in names:
                found[name] = partial(_of_memory, entries, leading, others)
        for name in sorted(names & self.kinds.keys()):
            kind = self.kinds[name]
            whose = circles if kind.seen_by == CIRCLE else [person if kind.seen_by == OWNER else ""]
            places = [place_of(name, kind.seen_by, of) for of in whose]
            found[name] = partial(self._merged, places, leading, others)
        return found, more

    def _merged(self, places: list[str], leading: str, others: list[str], after: str, limit: int) -> Step:
        """In order of words, as far as each place was looked at."""
        wanted = _EXAMINED if others else limit + 1
        each = wanted if len(places) == 1 else max(_IN_A_CIRCLE, wanted // max(len(places), 1) + 1)
        steps = [self.index.begin_with(place, leading, others, after, each) for place in places]
        upto = min((ended for _, ended in steps if ended), default="")
        found = [entry for entries, _ in steps for entry in entries if not upto or entry["word"] <= upto]
        return Step(sorted(found, key=lambda entry: entry["word"]), upto)

    def _shown(self, entries: list[Entry]) -> list[FoundThing]:
        people = self.directory.people(entry["by"] for entry in entries if entry["by"])
        return [
            {
                "kind": entry["kind"],
                "id": entry["id"],
                "title": people[entry["by"]]["name"] if entry["by"] else entry["title"],
                "excerpt": entry["text"],
                "url": link((self.kinds.get(entry["kind"]) or self.circles[entry["kind"]]).address(entry)),
                "at": entry["at"],
            }
            for entry in entries
        ]


def _of_memory(entries: list[Entry], leading: str, others: list[str], after: str, limit: int) -> Step:
    return Step(matching(entries, leading, others, after), "")


def _in_turn(several: list[list[Entry]]) -> Iterator[Entry]:
    """The first of each, then the second of each."""
    return (entry for together in zip_longest(*several) for entry in together if entry)


def _place_after(place: str, step: Step, taken: list[Entry]) -> str:
    """Where the source goes on: after the last that was taken, if it had more."""
    kept = {id(entry) for entry in taken}
    count = sum(id(entry) in kept for entry in step.entries)
    if count < len(step.entries):
        return step.entries[count - 1]["word"] if count else place
    return step.upto or _END


def _written(place: str) -> str:
    """As part of a cursor: ASCII, and never empty."""
    return place if place == _END else _START + base64.urlsafe_b64encode(place.encode()).decode()


def _read(part: str, leading: str) -> str:
    """A place among the words that begin so: a cursor that somebody wrote leads to no other."""
    if part == _END:
        return part
    with suppress(ValueError):
        place = base64.b64decode(part.removeprefix(_START), b"-_", validate=True).decode()
        if not place or place.startswith(leading):
            return place
    raise of_another_list()
