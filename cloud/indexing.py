"""Reads everything that can be found again, so that the index of searches has all of it and nothing else.

While people go on: each thing is indexed as its stream would have it indexed, and the two may meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from chalicelib.core.finding import index, kinds
from chalicelib.core.items import plain
from chalicelib.core.tables import Table
from chalicelib.core.things import Key, Kind
from cloud import clients

_AT_ONCE = 8


def rebuild() -> int:
    """How many rows were read."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return sum(1 for _ in threads.map(lambda each: index().keep(*each), [*_rows(), *_indexed()]))


def _rows() -> Iterator[tuple[Kind, Key]]:
    for kind in kinds.values():
        rows = cast(Table[Any], kind.rows())
        keys = (tuple(row[name] for name in rows.keys) for row in _scanned(rows.name, rows.keys))
        yield from ((kind, key) for key in keys if kind.has(key))


def _indexed() -> Iterator[tuple[Kind, Key]]:
    """What the index has, also of what is gone."""
    for row in _scanned(index().table, ("place",)):
        what, _, rest = row["place"].partition(" ")
        kind, _, key = rest.partition(" ")
        if what == "card" and kind in kinds:
            yield kinds[kind], tuple(json.loads(key))


def _scanned(table: str, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    aliases = {f"#{number}": name for number, name in enumerate(names)}
    pages = (
        clients.of("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=table, ProjectionExpression=", ".join(aliases), ExpressionAttributeNames=aliases)
    )
    return (plain(item) for page in pages for item in page["Items"])
