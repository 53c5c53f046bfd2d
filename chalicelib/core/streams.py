"""Handling of stream records: a bad record does not block those behind it.

From the first failed record on, all come again, even those that succeeded: handlers must tolerate repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from chalicelib.core import log
from chalicelib.core.items import plain
from chalicelib.core.tables import Row

Work = TypeVar("Work")
Record = dict[str, Any]
Failures = dict[str, list[dict[str, str]]]  # in the format that Lambda expects


class Event(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


class Change(NamedTuple, Generic[Row]):
    """A row before and after a change, as far as the stream has both."""

    kind: str  # INSERT, MODIFY or REMOVE
    before: Row | None
    after: Row | None


def each_change(event: Event, do: Callable[[Change[Any]], None]) -> Failures:
    """Handle each change separately; a record that can't be read counts as failed."""
    return one_by_one(_numbered(event.to_dict()["Records"]), lambda record: do(_change(record)))


def changes(event: Event) -> list[tuple[str, Change[Any]]]:
    """The changes by record number, for handlers that take several together."""
    return [(number, _change(record)) for number, record in _numbered(event.to_dict()["Records"])]


def _change(record: Record) -> Change[Any]:
    told = record["dynamodb"]
    before, after = (plain(told[image]) if told.get(image) else None for image in ("OldImage", "NewImage"))
    return Change(record["eventName"], before, after)


def _numbered(records: list[Record]) -> list[tuple[str, Record]]:
    return [(record["dynamodb"]["SequenceNumber"], record) for record in records]


def one_by_one(work: Iterable[tuple[str, Work]], do: Callable[[Work], None]) -> Failures:
    """Do each piece of work; report failures by sequence number, so they come again."""
    failed = []
    for sequence_number, piece in work:
        try:
            do(piece)
        except Exception as error:  # whatever it is, retry this record and go on with the others
            log.failure(error)
            failed.append({"itemIdentifier": sequence_number})
    return {"batchItemFailures": failed}
