"""Interrupts each route at each of its calls to AWS, sends the request again, and compares what is stored."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.dynamodb.models.utilities import DynamoJsonEncoder

import app
from benchmarks import calls
from chalicelib.core import aws, directory, files
from chalicelib.core.items import plain
from tests.interruptions.cuts import WRITES, Cut, Killed, Knife, Stored, cuts_of, restore, state, view
from tests.support.events import CONTEXT, a_record

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/CUTS.md"
ALBUMS = 10
# What a second run may choose anew.
_CHOSEN = re.compile(r'[\w-]{16,}|"lane": {"N": "\d+"}')
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\b1\d{9,12}\b")
# Tries are counted, too: that is what a bound on tries is.
_TRIES = "CountersTable"


_ONCE = "Done twice without a `clientId`, which the page sends."
_AGAIN = "Without `If-Match` the same change counts twice in the version."
KNOWN = {
    "POST /live/tickets": "A second ticket; the unused one ends within a minute.",
    "PATCH /conversations/{id}/messages/{message_id}": "The same edit is numbered twice.",
    "POST /todos": _ONCE,
    "PATCH /todos/{id}": _AGAIN,
    "POST /blog/articles": _ONCE,
    "POST /blog/photos": "A second permission to upload; the unused one ends by itself.",
    "PATCH /blog/photos/{id}": "The same change counts twice in the version.",
    "POST /blog/photos/{id}/retry": "Developed twice, with the same pictures.",
    "POST /blog/subscribers": "The wish is noted twice; one mail a day answers all.",
}

Rows = dict[tuple[str, str, str], str]  # each row as text, by its table and key
Difference = tuple[Counter[str], Counter[str]]


@dataclass(frozen=True)
class Outcome:
    """One request, interrupted everywhere: how often the end was the same, and in which words it was not."""

    route: str
    situation: str
    cuts: int
    differing: tuple[str, ...]


@dataclass
class Visit(calls.Visit):
    """Walks through all routes; where one writes, it is interrupted, repeated, and at last left to itself."""

    knife: Knife = field(default_factory=Knife)
    outcomes: list[Outcome] = field(default_factory=list)

    def note(self, route: str, situation: str, **given: Any) -> Any:
        before = state()
        rows = _rows(before)
        self.knife.cut = Cut()
        answer = super().note(route, situation, **given)
        made = self.knife.cut.made
        expected, after = self._settled(rows), state()
        if any(operation.startswith(WRITES) for operation in made):
            cuts, differing = list(cuts_of(made)), []
            for cut in cuts:
                restore(before)
                said = self._sent_again(cut, route, given)
                if self._settled(rows) != expected:
                    differing.append(f"{cut.fault and cut.fault.value} at {cut.at}, {made[cut.at - 1]}: {said}")
            self.outcomes.append(Outcome(route, situation, len(cuts), tuple(differing)))
            restore(after)
        self.knife.cut = Cut()
        return answer

    def _sent_again(self, cut: Cut, route: str, given: dict[str, Any]) -> str:
        """The request, interrupted, and once more unless it was answered all the same."""
        self.knife.cut = cut
        said = self._said(route, given)
        self.knife.cut = Cut()
        return said if said == "done" else f"{said}, then {self._said(route, given)}"

    def _settled(self, before: Rows) -> Difference:
        """Once the streams have told the functions that push; some also finish what a request left undone."""
        self.knife.cut = Cut()
        after = _rows(view())
        for each in _followers():
            records = _records(_resource(each.stream_arn), before, after)
            with redirect_stdout(io.StringIO()) as logged:
                answer = getattr(app, each.name)({"Records": records}, CONTEXT) if records else None
            if (answer or {}).get("batchItemFailures"):
                raise calls.Unfit(f"{each.name} failed\n{logged.getvalue()}")
        return _difference(before, _rows(view()))

    def _said(self, route: str, given: dict[str, Any]) -> str:
        directory.forget()
        try:
            self.ask(route, **given)
        except Killed:
            return "no answer"
        except calls.Unfit as unfit:
            return str(unfit).split()[3]
        return "done"


def _followers() -> list[Any]:
    return [each for each in app.app.event_sources if each.name.startswith("push_")]


def _resource(stream: str) -> str:
    """As in the template: `commonplace-…-todos` is the TodosTable."""
    return f"{stream.split('/')[1].rpartition('-')[2].title()}Table"


def _records(table: str, before: Rows, after: Rows) -> list[Any]:
    changed = [key for key in sorted({*before, *after}) if key[0] == table and before.get(key) != after.get(key)]
    return [a_record(n, _row(before.get(key)), _row(after.get(key))) for n, key in enumerate(changed)]


def _row(text: str | None) -> Any:
    return plain(json.loads(text)) if text else None


def _rows(state: Stored) -> Rows:
    return {
        (name.split("-")[1], str(partition.value), str(sort and sort.value)): json.dumps(
            item.attrs, cls=DynamoJsonEncoder, sort_keys=True
        )
        for name, partitions in state.items()
        for partition, found in partitions.items()
        for sort, item in (found.items() if isinstance(found, dict) else [(None, found)])
    }


def _difference(before: Rows, after: Rows) -> Difference:
    """What went and what came; what was chosen anew is told by its kind only."""
    old, new = (set(_untimed(rows)) for rows in (before, after))
    known = set(_CHOSEN.findall("\n".join(old)))

    def told(rows: set[str]) -> Counter[str]:
        return Counter(_CHOSEN.sub(lambda found: found[0] if found[0] in known else "…", row) for row in rows)

    return told(old - new), told(new - old)


def _untimed(rows: Rows) -> Iterator[str]:
    return (_TIME.sub("…", f"{'/'.join(key)} {text}") for key, text in rows.items() if key[0] != _TRIES)


def interrupt(visit: Visit) -> None:
    """Until `aws.forget`, every client that the application gets can be interrupted."""
    for service in calls.COUNTED:
        aws._clients[service] = visit.knife.over(aws._clients[service])


def tour(visit: calls.Visit, size: int) -> None:
    assert isinstance(visit, Visit)
    os.environ["SOCKET_ENDPOINT"] = "http://{api}"  # nobody is connected
    with _bucket(os.environ["PHOTOS_BUCKET"]), _bucket(os.environ["UPLOADS_BUCKET"]):
        interrupt(visit)
        calls.every_route(visit, size)


@contextmanager
def _bucket(name: str) -> Iterator[None]:
    s3: Any = aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]})
    try:
        yield
    finally:
        files.delete_all(s3, name, files.listed(s3, name, ""))
        s3.delete_bucket(Bucket=name)


def measure() -> list[Outcome]:
    visit = Visit([])
    calls.walk(visit, ALBUMS, tour)
    return visit.outcomes


def rendered(outcomes: list[Outcome]) -> str:
    """Markdown: a row per request."""
    lines = ["| Route | Situation | Interruptions | Same end | Otherwise |", "| --- | --- | ---: | ---: | --- |"]
    for one in outcomes:
        why = KNOWN[one.route] if one.differing else ""
        lines.append(f"| `{one.route}` | {one.situation} | {one.cuts} | {one.cuts - len(one.differing)} | {why} |")
    total, same = sum(one.cuts for one in outcomes), sum(one.cuts - len(one.differing) for one in outcomes)
    return "\n".join([*lines, "", f"{same:,} of {total:,} interruptions leave what one undisturbed request does."])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cuts", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write the table to docs/CUTS.md")
    given = parser.parse_args(arguments)
    outcomes = measure()
    if unknown := [f"{one.route}: {what}" for one in outcomes for what in one.differing if one.route not in KNOWN]:
        print("\n".join(unknown), file=sys.stderr)
        return 1
    text = rendered(outcomes)
    print(text)
    if given.write:
        calls.write(text, DOCUMENT)
    return 0
