"""What a feature tells a person first, on their own day: its part of `GET /today`, and perhaps a first step to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from chalicelib.core import log, schemas
from chalicelib.core.person import Person


@dataclass(frozen=True)
class Day:
    """Whose day, which one it is where they are, and the base URL of all routes."""

    person: Person
    date: str
    base: str


Tell = Callable[[Day], Any]
Look = Callable[[str], bool]


class Part(NamedTuple):
    tell: Tell
    schema: schemas.Schema


class Step(NamedTuple):
    place: int
    id: str
    is_done: Look


parts: dict[str, Part] = {}
steps: list[Step] = []


def part(name: str, *, one: str = "", each: str = "") -> Callable[[Tell], Tell]:
    """What the function answers is the part of that name: `one` thing of this schema or null, or a list with `each`."""

    def declare(tell: Tell) -> Tell:
        parts[name] = Part(tell, _list_of(each) if each else _perhaps(one))
        return tell

    return declare


def first_step(id: str, place: int) -> Callable[[Look], Look]:
    """Called with the person's id: whether they have done this yet, told by what there is."""

    def declare(is_done: Look) -> Look:
        steps.append(Step(place, id, is_done))
        return is_done

    return declare


def told(day: Day) -> dict[str, Any]:
    """All parts; one that fails is left out and named in `missing`. If all fail, so does this."""
    found: dict[str, Any] = {}
    failures: dict[str, Exception] = {}
    for name, tell in [*((name, part.tell) for name, part in sorted(parts.items())), ("steps", _steps)]:
        try:
            found[name] = tell(day)
        except Exception as failure:
            log.failure(failure)
            failures[name] = failure
    if not found:
        raise next(iter(failures.values()))
    return {**found, "missing": sorted(failures)}


def _steps(day: Day) -> list[dict[str, Any]]:
    return [{"id": step.id, "done": step.is_done(day.person.id)} for step in sorted(steps, key=lambda step: step.place)]


@schemas.made("today/today")
def schema() -> schemas.Schema:
    names = {"type": "array", "items": {"type": "string"}, "description": "parts that could not be read this time"}
    own = {"steps": _list_of("today/step"), "missing": names}
    return {
        "type": "object",
        "required": ["missing"],
        "additionalProperties": False,
        "properties": {**{name: part.schema for name, part in sorted(parts.items())}, **own},
    }


def _list_of(each: str) -> schemas.Schema:
    return {"type": "array", "items": _reference(each)}


def _perhaps(one: str) -> schemas.Schema:
    return {"anyOf": [{"type": "null"}, _reference(one)]}


def _reference(name: str) -> schemas.Schema:
    feature, _, thing = name.partition("/")
    return {"$ref": f"../../{feature}/schemas/{thing}.json"}
