"""Keeps DynamoDB's stream records for a day, as AWS does, for late and returning readers.

The latest are in memory, as in ministack; older ones that all functions have read are only in SQLite until
somebody asks for them.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from ministack.services import dynamodb, dynamodb_streams, lambda_svc

from laptop.embedded import item_store
from laptop.embedded.patching import Function, patch

DAY = 24 * 60 * 60
MOST_RECORDS = 100_000  # per stream, of those that all its functions have read
MOST_BYTES = 100_000_000
MOST_IN_MEMORY = 10_000
EVERY = 60.0
AT_ONCE = 500
MOST_TIMES = 40  # the event loop has other things to do

Place = tuple[str, str, str]
_turn = threading.RLock()  # functions poll from their own threads
_visible: dict[Place, int] = {}  # up to where a stream is stored while a request is still writing


class Size:
    """How much of a stream is kept."""

    def __init__(self, records: int = 0, bytes: int = 0) -> None:
        self.records = records
        self.bytes = bytes

    def change(self, records: int, bytes: int) -> None:
        self.records += records
        self.bytes += bytes

    @property
    def is_too_much(self) -> bool:
        return self.records > MOST_RECORDS or self.bytes > MOST_BYTES


_sizes: dict[str, Size] = {}
_oldest: dict[str, int] = {}  # position of each stream's first record on disk


class Row(NamedTuple):
    position: int
    text: str


def _rows(query: str, *values: Any) -> list[Row]:
    found = item_store._store.execute(f"SELECT position, record FROM records WHERE stream = ? {query}", values)
    return [Row(*each) for each in found]


# Writing


@patch(dynamodb, "_emit_stream_event")
def keep_record(original: Function, name: str, *change: Any, **options: Any) -> None:
    """Nobody sees the record before it is stored: a refused write has not happened."""
    place = dynamodb.get_account_id(), dynamodb.get_region(), name
    table = dynamodb._tables.get(name)
    if not table or not (table.get("StreamSpecification") or {}).get("StreamEnabled"):
        original(name, *change, **options)
        return
    with _turn:
        before = _end(place)
        if _visible.setdefault(place, before) == before:
            item_store.Request.undo.append(lambda: _shorten(place, before))
        original(name, *change, **options)
        for position, record in enumerate(_records(place)[before - _start(place) :], before):
            _keep(table["LatestStreamArn"], position, json.dumps(record))


def _keep(stream: str, position: int, text: str) -> None:
    item_store.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (stream, position, text))
    _oldest.setdefault(stream, position)
    size = _sizes.setdefault(stream, Size())
    size.change(1, len(text))
    item_store.Request.undo.append(lambda: size.change(-1, -len(text)))


def _shorten(place: Place, end: int) -> None:
    with _turn:
        del _records(place)[end - _start(place) :]


def _show() -> None:
    if _visible:
        _visible.clear()
        dynamodb.esm_wake.set()


item_store.after_each(_show)


def _start(place: Place) -> int:
    return int(dynamodb._stream_trimmed.get_scoped(*place, 0))


def _records(place: Place) -> list[Any]:
    found: list[Any] | None = dynamodb._stream_records.get_scoped(*place)
    return [] if found is None else found


def _end(place: Place) -> int:
    return _start(place) + len(_records(place))


@patch(dynamodb, "_live_stream_records")
def what_is_stored(original: Function, name: str, account_id: Any = None, region: Any = None) -> list[Any]:
    found: list[Any] = original(name, account_id, region)
    place = _place(name, account_id, region)
    visible = _visible.get(place)
    return found if visible is None else found[: max(visible - _start(place), 0)]


def _one_at_a_time(name: str) -> None:
    @patch(dynamodb, name)
    def in_turn(original: Function, *asked: Any, **options: Any) -> Any:
        with _turn:
            return original(*asked, **options)


for _name in ("stream_end_position", "stream_live_records"):
    _one_at_a_time(_name)


# Reading what is not in memory


def _oldest_position(place: Place) -> int:
    stream = (dynamodb._tables.get_scoped(*place) or {}).get("LatestStreamArn")
    return min(_oldest.get(str(stream), _start(place)), _start(place))


def _place(name: str, account_id: Any, region: Any) -> Place:
    return account_id or dynamodb.get_account_id(), region or dynamodb.get_region(), name


@patch(dynamodb, "stream_start_position")
def of_all_that_is_kept(original: Function, name: str, *, account_id: Any = None, region: Any = None) -> int:
    with _turn:
        original(name, account_id=account_id, region=region)
        return _oldest_position(_place(name, account_id, region))


@patch(dynamodb, "stream_records_since")
def from_disk_at_first(
    original: Function, name: str, position: int, limit: int, *, account_id: Any = None, region: Any = None
) -> list[Any]:
    place = _place(name, account_id, region)
    with _turn:
        older: list[Any] = []
        if position < _start(place):
            stream = dynamodb._tables.get_scoped(*place)["LatestStreamArn"]
            between = "AND position >= ? AND position < ? ORDER BY position LIMIT ?"
            older = [json.loads(row.text) for row in _rows(between, stream, position, _start(place), limit)]
        rest = original(name, position + len(older), limit - len(older), account_id=account_id, region=region)
        return [*older, *rest]


@patch(dynamodb_streams, "_records_for")
def read_when_looked_at(original: Function, account_id: str, region: str, name: str) -> Any:
    with _turn:
        return Stored((account_id, region, name), original(account_id, region, name))


class Stored:
    """All records of a stream: the ones accessed are read, of the others only the numbers."""

    def __init__(self, place: Place, latest: list[Any]) -> None:
        self._stream = (dynamodb._tables.get_scoped(*place) or {}).get("LatestStreamArn")
        self._first, self._start, self._latest = _oldest_position(place), _start(place), latest

    def __len__(self) -> int:
        return self._start - self._first + len(self._latest)

    def __getitem__(self, place: int) -> Any:
        position = self._first + (place if place >= 0 else len(self) + place)
        if position >= self._start:
            return self._latest[position - self._start]
        (row,) = _rows("AND position = ?", self._stream, position)
        return json.loads(row.text)

    def __iter__(self) -> Iterator[Any]:
        number = "json_extract(record, '$.dynamodb.SequenceNumber')"
        where = "stream = ? AND position >= ? AND position < ? ORDER BY position"
        given = self._stream, self._first, self._start
        for (found,) in item_store._store.execute(f"SELECT {number} FROM records WHERE {where}", given).fetchall():
            yield {"dynamodb": {"SequenceNumber": found}}
        yield from self._latest


def load() -> None:
    """Each stream continues where its functions were."""
    try:
        counted = "SELECT stream, MIN(position), COUNT(*), SUM(LENGTH(record)) FROM records GROUP BY stream"
        for stream, first, *size in item_store._store.execute(counted).fetchall():
            _oldest[stream], _sizes[stream] = first, Size(*size)
        for place, table in dynamodb._tables.all_items():
            if table.get("LatestStreamArn"):
                _load(place, table["LatestStreamArn"])
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise item_store.unreadable(error) from None


def _load(place: Place, stream: str) -> None:
    read = _read_positions(stream)
    last = item_store._store.execute("SELECT MAX(position) FROM records WHERE stream = ?", (stream,)).fetchone()[0]
    end = max([*read, 0 if last is None else last + 1])
    if last is None or last + 1 < end:  # a power failure lost records that functions had read
        _oldest[stream] = end
    unread = _rows("AND position >= ? ORDER BY position", stream, min(read, default=end))
    dynamodb._stream_trimmed.set_scoped(*place, unread[0].position if unread else end)
    dynamodb._stream_records.set_scoped(*place, [json.loads(row.text) for row in unread])


def _read_positions(stream: str) -> list[int]:
    """How far each function has read the stream."""
    mappings = [esm["UUID"] for esm in lambda_svc._esms.all_values() if esm.get("EventSourceArn") == stream]
    positions = lambda_svc._dynamodb_stream_positions.all_items()
    return [position for (_, _, identity), position in positions if identity in mappings]


# Forgetting


class _Last:
    time = -EVERY


def forget_old() -> None:
    """Delete records older than a day, and excess ones that all have read; free memory of those not asked for."""
    if time.monotonic() < _Last.time + EVERY:
        return
    _Last.time = time.monotonic()
    places = {table.get("LatestStreamArn"): place for place, table in dynamodb._tables.all_items()}
    for stream, size in list(_sizes.items()):
        read = _done(stream, places.get(stream))
        for _ in range(MOST_TIMES):
            if not _forget_some(stream, size, read):
                break
        if not size.records:
            del _sizes[stream]
            _oldest.pop(stream, None)
    for stream, place in places.items():
        _forget_in_memory(place, _done(stream, place))


def _done(stream: str, place: Place | None) -> int:
    """The position up to which all have read."""
    end = _end(place) if place else 2**62
    return min(_read_positions(stream), default=end)


def _forget_some(stream: str, size: Size, read: int) -> bool:
    def of_those(limit: int) -> list[Row]:
        rows = _rows("ORDER BY position LIMIT ?", stream, limit)
        return [row for row in rows if (size.is_too_much and row.position < read) or _age(row) > DAY]

    if not of_those(1):
        return False
    gone = of_those(AT_ONCE)
    with item_store.between_requests():
        item_store.execute("DELETE FROM records WHERE stream = ? AND position <= ?", (stream, gone[-1].position))
    size.change(-len(gone), -sum(len(row.text) for row in gone))
    _oldest[stream] = gone[-1].position + 1
    return True


def _age(row: Row) -> float:
    return time.time() - float(json.loads(row.text)["dynamodb"]["ApproximateCreationDateTime"])


def _forget_in_memory(place: Place, read: int) -> None:
    with _turn:
        records, start = _records(place), _start(place)
        many = min(len(records) - MOST_IN_MEMORY, read - start)
        if many > 0:
            del records[:many]
            dynamodb._stream_trimmed.set_scoped(*place, start + many)
