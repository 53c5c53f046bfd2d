"""Keeps DynamoDB's items and stream records in SQLite, so that each is on disk before its writer is answered."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

from ministack.services import dynamodb, lambda_svc

from cloud.embedded.patching import Function, patch

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (tableid TEXT, key TEXT, item TEXT, PRIMARY KEY (tableid, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (stream TEXT, position INTEGER, record TEXT, PRIMARY KEY (stream, position))
    WITHOUT ROWID;
"""
Table = dict[str, Any]


def _open() -> sqlite3.Connection:
    folder = Path(os.environ["STATE_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    store = sqlite3.connect(folder / "items.sqlite", check_same_thread=False)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = OFF")  # it has to survive this process, not a power failure
    store.executescript(SCHEMA)
    return store


_store = _open()


@patch(dynamodb, "handle_request")
async def then_commit(original: Function, *request: Any) -> Any:
    try:
        return await original(*request)
    finally:
        commit()


def commit() -> None:
    if _store.in_transaction:
        _store.commit()


@patch(dynamodb, "_set_item")
def set_item(original: Function, table: Table, hash_key: Any, range_key: Any, item: Any) -> Any:
    _write(table, hash_key, range_key, item)
    return original(table, hash_key, range_key, item)


@patch(dynamodb, "_remove_item")
def remove_item(original: Function, table: Table, hash_key: Any, range_key: Any) -> Any:
    key = repr((hash_key, range_key))
    _store.execute("DELETE FROM items WHERE tableid = ? AND key = ?", (table["TableId"], key))
    return original(table, hash_key, range_key)


@patch(dynamodb, "_items_replaced")
def replace_items(original: Function, table: Table) -> None:
    original(table)
    _write_all(table)


@patch(dynamodb, "_create_replica")
def create_replica(original: Function, name: str, table: Table, region: str) -> Any:
    result = original(name, table, region)
    _write_all(dynamodb._tables.get_scoped(dynamodb.get_account_id(), region, name))
    return result


def _write(table: Table, hash_key: Any, range_key: Any, item: Any) -> None:
    row = table["TableId"], repr((hash_key, range_key)), json.dumps(item, separators=(",", ":"))
    _store.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", row)


def _write_all(table: Table) -> None:
    _store.execute("DELETE FROM items WHERE tableid = ?", (table["TableId"],))
    for hash_key, partition in table["items"].items():
        for range_key, item in partition.items():
            _write(table, hash_key, range_key, item)


@patch(dynamodb, "_emit_stream_event")
def keep_record(original: Function, name: str, *change: Any, **options: Any) -> None:
    table = dynamodb._tables.get(name)
    before = dynamodb.stream_end_position(name)
    original(name, *change, **options)
    if table and dynamodb.stream_end_position(name) > before:
        row = table["LatestStreamArn"], before, json.dumps(dynamodb._stream_records[name][-1])
        _store.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", row)


@patch(dynamodb, "get_state")
def without_items(original: Function) -> dict[str, Any]:
    """The state of the service for a checkpoint, in which the items would be most of the bytes."""
    tables = dynamodb._tables
    bare = type(tables)()
    for place, table in tables.all_items():
        bare.set_scoped(*place, {**table, "items": {}})
    dynamodb._tables = bare  # nobody else runs meanwhile: requests and checkpoints share the event loop
    try:
        return dict(original())
    finally:
        dynamodb._tables = tables


def load() -> None:
    """Fill the restored tables and streams; what belongs to none of them is forgotten."""
    tables = dynamodb._tables.all_items()
    _forget_others("items", "tableid", [table["TableId"] for _, table in tables])
    _forget_others("records", "stream", [table.get("LatestStreamArn") for _, table in tables])
    for (account, region, name), table in tables:
        table["items"] = _items(table)
        dynamodb._update_counts(table)
        if table.get("LatestStreamArn"):
            start, records = _unread(table["LatestStreamArn"])
            dynamodb._stream_trimmed.set_scoped(account, region, name, start)
            dynamodb._stream_records.set_scoped(account, region, name, records)
    commit()


def _items(table: Table) -> dict[Any, dict[Any, Any]]:
    items: dict[Any, dict[Any, Any]] = defaultdict(dict)
    for (text,) in _store.execute("SELECT item FROM items WHERE tableid = ?", (table["TableId"],)):
        item = json.loads(text)
        hash_key = dynamodb._extract_key_val(item.get(table["pk_name"]))
        range_key = dynamodb._extract_key_val(item.get(table["sk_name"])) if table["sk_name"] else "__no_sort__"
        items[hash_key][range_key] = item
    return items


def _unread(stream: str) -> tuple[int, list[Any]]:
    rows = _store.execute("SELECT position, record FROM records WHERE stream = ? ORDER BY position", (stream,))
    found = [(position, json.loads(record)) for position, record in rows]
    if found:
        return found[0][0], [record for _, record in found]
    return max(_read_positions(stream), default=0), []


def _read_positions(stream: str) -> list[int]:
    """How far each function that reads the stream has come."""
    mappings = [esm["UUID"] for esm in lambda_svc._esms.all_values() if esm.get("EventSourceArn") == stream]
    positions = lambda_svc._dynamodb_stream_positions.all_items()
    return [position for (_, _, identity), position in positions if identity in mappings]


def forget_read_records() -> None:
    for (account, region, name), table in dynamodb._tables.all_items():
        stream = table.get("LatestStreamArn")
        if stream:
            kept = dynamodb._stream_trimmed.get_scoped(account, region, name, 0)
            done = min(_read_positions(stream), default=kept)
            _store.execute("DELETE FROM records WHERE stream = ? AND position < ?", (stream, done))
    commit()


def _forget_others(table: str, column: str, known: list[Any]) -> None:
    found = [value for (value,) in _store.execute(f"SELECT DISTINCT {column} FROM {table}")]
    for value in set(found) - set(known):
        _store.execute(f"DELETE FROM {table} WHERE {column} = ?", (value,))
