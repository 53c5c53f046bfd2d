"""What search finds: each feature declares it in its own folder, with a handler that keeps the index."""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import DynamoDBEvent

from chalicelib.core import aws, settings
from chalicelib.core.index import Index
from chalicelib.core.items import plain
from chalicelib.core.routes import Routes
from chalicelib.core.streams import Failures, Record, one_by_one
from chalicelib.core.things import Address, CircleKind, CirclesOf, Key, Kind, Read, Rows

kinds: dict[str, Kind] = {}
circles: dict[str, CircleKind] = {}


def index() -> Index:
    return Index(aws.client("dynamodb"), settings.table("search"))


def finds(
    name: str,
    *,
    rows: Callable[[], Rows],
    thing: Read,
    seen_by: str,
    address: Address,
    has: Callable[[Key], bool] = lambda key: True,
) -> Kind:
    """Rows are found as things of this kind, once `Index.keep` has been called for their keys."""
    kinds[name] = Kind(name, rows, thing, seen_by, address, has)
    return kinds[name]


def finds_circles(name: str, *, of: CirclesOf, address: Address) -> None:
    """People see what is in a circle for as long as they belong to it: so this is asked at each search."""
    circles[name] = CircleKind(name, of, address)


def follows(routes: Routes, table: str, kind: Kind) -> None:
    """Adds the function `index_<table>`, which keeps the index by the table's stream."""

    def keep(event: DynamoDBEvent) -> Failures:
        return one_by_one(_changed(kind, event.to_dict()["Records"]), lambda key: index().keep(kind, key))

    keep.__name__ = f"index_{table}"
    keep.__doc__ = f"Index the {table} that changed, as they are now."
    routes.on_dynamodb_record(stream_arn=settings.stream(table), batch_size=100, name=keep.__name__)(keep)


def _changed(kind: Kind, records: list[Record]) -> list[tuple[str, Key]]:
    """The key of each thing whose words may have changed, once, under its first record's number."""
    found: dict[Key, str] = {}
    for record in records:
        told = record["dynamodb"]
        keys = plain(told["Keys"])
        key = tuple(keys[name] for name in kind.rows().keys)
        if kind.has(key) and _says_more(kind, told):
            found.setdefault(key, told["SequenceNumber"])
    return [(number, key) for key, number in found.items()]


def _says_more(kind: Kind, told: Record) -> bool:
    """Not if the record shows that nothing is different; some streams have keys only."""
    if "OldImage" not in told and "NewImage" not in told:
        return True
    try:
        before, after = (kind.thing(plain(told[name])) if name in told else None for name in ("OldImage", "NewImage"))
    except (KeyError, TypeError):
        return True  # a row that was damaged: what it is now counts, and it must not hold up the others
    return before != after
