"""Keeps DynamoDB's items in SQLite, so that each is on disk before its writer is answered."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import dynamodb

from cloud.errors import CloudError
from laptop.embedded.disk import Disk
from laptop.embedded.patching import Function, patch
from laptop.folder import damaged

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (tableid TEXT, key TEXT, item TEXT, PRIMARY KEY (tableid, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (stream TEXT, position INTEGER, record TEXT, PRIMARY KEY (stream, position))
    WITHOUT ROWID;
"""
NOT_STORED = "It could not be stored, and nothing was changed: try again"
Table = dict[str, Any]
FILE = Path(os.environ["STATE_DIR"], "items.sqlite")


def _open() -> sqlite3.Connection:
    FILE.parent.mkdir(parents=True, exist_ok=True)
    try:
        store = sqlite3.connect(FILE, check_same_thread=False)
        _check(store)
        # One file always holds everything: losing a separate log would go unnoticed.
        store.execute("PRAGMA journal_mode = PERSIST")
        store.execute("PRAGMA synchronous = OFF")  # it has to survive a crash of this process, not a power failure
        store.executescript(SCHEMA)
    except sqlite3.Error as error:
        raise unreadable(error) from None
    return store


def _check(store: sqlite3.Connection) -> None:
    """SQLite takes an emptied file for a new one."""
    is_new = not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'items'").fetchone()
    if is_new and FILE.with_name("dynamodb.json").exists():
        raise damaged(FILE, "it is empty")


def unreadable(error: Exception) -> CloudError:
    """What the user reads about it."""
    if "locked" in str(error):
        return damaged(FILE, "another program holds it", "close that, then start again")
    if "full" in str(error):
        return damaged(FILE, "the disk is full", "make room, then start again")
    return damaged(FILE, str(error) if isinstance(error, sqlite3.Error) else ValueError())


_store = _open()
_known: set[str] = set()  # ids of all tables since the start


class Request:
    """What the current request has changed so far; requests are handled one by one."""

    undo: list[Callable[[], object]] = []
    failed: sqlite3.Error | None = None


@patch(dynamodb, "handle_request")
async def stored_or_refused(original: Function, *request: Any) -> Any:
    """What can't be stored is undone in memory and not acknowledged; clients retry such an error."""
    try:
        answer = await original(*request)
        commit()
    except sqlite3.Error as error:
        take_back()
        Disk.refused(error)
        return error_response_json("InternalServerError", NOT_STORED, 500)
    except BaseException:
        take_back()
        raise
    return answer


def execute(statement: str, values: tuple[Any, ...]) -> None:
    """Even if the caller catches the error, the request has failed: SQLite may have dropped earlier changes."""
    try:
        _store.execute(statement, values)
    except sqlite3.Error as error:
        Request.failed = error
        raise


def commit() -> None:
    if Request.failed:
        raise Request.failed
    if _store.in_transaction:
        _store.commit()
    Request.undo.clear()
    for shown in _committed:
        shown()


def take_back() -> None:
    _store.rollback()
    while Request.undo:
        Request.undo.pop()()
    Request.failed = None
    for shown in _committed:
        shown()


_committed: list[Callable[[], None]] = []


def after_each(shown: Callable[[], None]) -> None:
    """Called once a request is stored or undone."""
    _committed.append(shown)


_set_in_memory, _remove_in_memory = dynamodb._set_item, dynamodb._remove_item


@patch(dynamodb, "_set_item")
def set_item(original: Function, table: Table, hash_key: Any, range_key: Any, item: Any) -> Any:
    _write(table, hash_key, range_key, item)
    before = original(table, hash_key, range_key, item)
    if before is None:
        Request.undo.append(lambda: _remove_in_memory(table, hash_key, range_key))
    else:
        Request.undo.append(lambda: _set_in_memory(table, hash_key, range_key, before))
    return before


@patch(dynamodb, "_remove_item")
def remove_item(original: Function, table: Table, hash_key: Any, range_key: Any) -> Any:
    execute("DELETE FROM items WHERE tableid = ? AND key = ?", (table["TableId"], repr((hash_key, range_key))))
    before = original(table, hash_key, range_key)
    if before is not None:
        Request.undo.append(lambda: _set_in_memory(table, hash_key, range_key, before))
    return before


@patch(dynamodb, "_items_replaced")
def replace_items(original: Function, table: Table) -> None:
    Request.undo.append(lambda: _fill(table))
    original(table)
    _write_all(table)


@patch(dynamodb, "_create_replica")
def create_replica(original: Function, name: str, table: Table, region: str) -> Any:
    result = original(name, table, region)
    place = dynamodb.get_account_id(), region, name
    Request.undo.append(lambda: dynamodb._tables.pop_scoped(*place, None))
    _write_all(dynamodb._tables.get_scoped(*place))
    return result


def _write(table: Table, hash_key: Any, range_key: Any, item: Any) -> None:
    _known.add(table["TableId"])
    row = table["TableId"], repr((hash_key, range_key)), json.dumps(item, separators=(",", ":"))
    execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", row)


def _write_all(table: Table) -> None:
    execute("DELETE FROM items WHERE tableid = ?", (table["TableId"],))
    for hash_key, partition in table["items"].items():
        for range_key, item in partition.items():
            _write(table, hash_key, range_key, item)


@patch(dynamodb, "get_state")
def without_items(original: Function) -> dict[str, Any]:
    """The service's state for a checkpoint, without items, which are most of the bytes."""
    tables = dynamodb._tables
    bare = type(tables)()
    for place, table in tables.all_items():
        bare.set_scoped(*place, {**table, "items": {}})
    dynamodb._tables = bare  # nothing else runs meanwhile: requests and checkpoints share the event loop
    try:
        return dict(original())
    finally:
        dynamodb._tables = tables


def load() -> None:
    """Fill the restored tables. Items of unknown tables stay: the table may come back."""
    try:
        for table in dynamodb._tables.all_values():
            _known.add(table["TableId"])
            _fill(table)
    except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise unreadable(error) from None


def _fill(table: Table) -> None:
    """With what is on disk."""
    items: dict[Any, dict[Any, Any]] = defaultdict(dict)
    for (text,) in _store.execute("SELECT item FROM items WHERE tableid = ?", (table["TableId"],)):
        item = json.loads(text)
        hash_key = dynamodb._extract_key_val(item.get(table["pk_name"]))
        range_key = dynamodb._extract_key_val(item.get(table["sk_name"])) if table["sk_name"] else "__no_sort__"
        items[hash_key][range_key] = item
    table["items"] = items
    table.pop(dynamodb._INDEX_MEMBERS, None)
    dynamodb._update_counts(table)


def rows() -> bool:
    """Whether any table has an item."""
    try:
        return bool(_store.execute("SELECT 1 FROM items LIMIT 1").fetchone())
    except sqlite3.Error as error:
        raise unreadable(error) from None


def dropped() -> set[str]:
    """Tables that somebody has deleted."""
    _known.update(table["TableId"] for table in dynamodb._tables.all_values())
    return _known - {table["TableId"] for table in dynamodb._tables.all_values()}


def forget(tables: Collection[str]) -> None:
    """Once the state on disk doesn't name them any more."""
    if tables:
        with between_requests():
            for table in tables:
                execute("DELETE FROM items WHERE tableid = ?", (table,))
        _known.difference_update(tables)


def probe() -> None:
    """Fails while nothing can be stored."""
    with between_requests():
        execute(f"PRAGMA user_version = {int(time.time()) % 1_000_000}", ())


class between_requests:
    """One transaction of our own, all or nothing."""

    def __enter__(self) -> sqlite3.Connection:
        return _store

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            take_back()
            return
        try:
            commit()
        except sqlite3.Error:
            take_back()
            raise


def close() -> None:
    _store.close()
