"""Stream records, worked off so that a bad one does not block those behind it.

From the first that failed on, records come again, those that were done included: what is done must bear it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from chalicelib.core import log
from chalicelib.core.items import plain
from chalicelib.core.tables import Row

Work = TypeVar("Work")
Record = dict[str, Any]
Failures = dict[str, list[dict[str, str]]]  # as Lambda wants to be told of them


class Event(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


class Change(NamedTuple, Generic[Row]):
    """What a stream tells of one row: as it was and as it is, where the stream holds that."""

    kind: str  # INSERT, MODIFY or REMOVE
    before: Row | None
    after: Row | None


def each_change(event: Event, do: Callable[[Change[Any]], None]) -> Failures:
    """Do what follows from each by itself; a record that can't be read is one that failed."""
    return one_by_one(_numbered(event.to_dict()["Records"]), lambda record: do(_change(record)))


def changes(event: Event) -> list[tuple[str, Change[Any]]]:
    """Each under the number of its record, for what follows from several together."""
    return [(number, _change(record)) for number, record in _numbered(event.to_dict()["Records"])]


def _change(record: Record) -> Change[Any]:
    told = record["dynamodb"]
    before, after = (plain(told[image]) if told.get(image) else None for image in ("OldImage", "NewImage"))
    return Change(record["eventName"], before, after)


def _numbered(records: list[Record]) -> list[tuple[str, Record]]:
    return [(record["dynamodb"]["SequenceNumber"], record) for record in records]


def one_by_one(work: Iterable[tuple[str, Work]], do: Callable[[Work], None]) -> Failures:
    """Do each piece; those that failed are named by sequence number, and come again."""
    failed = []
    for sequence_number, piece in work:
        try:
            do(piece)
        except Exception as error:  # whatever it is, the record must come again and the others go on
            log.failure(error)
            failed.append({"itemIdentifier": sequence_number})
    return {"batchItemFailures": failed}
