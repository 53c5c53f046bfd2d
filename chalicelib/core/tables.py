"""Tables: rows one at a time, in order, or together in a transaction that names the refused writes.

Conditions use DynamoDB's syntax, and their values are passed by name: `"version = :seen", seen=3`. `#name` stands for
the attribute `name`, for names that DynamoDB reserves.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

from chalicelib.core import aws
from chalicelib.core.errors import ConflictError, UnavailableError
from chalicelib.core.items import plain, typed
from chalicelib.core.signed import chance

_REFUSED = "ConditionalCheckFailed"
_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_AT_ONCE = 100
_PAUSE_SECONDS = 0.05
_FIRST_WAIT = 0.01
_LONGEST_WAIT = 2.0  # far longer than a try takes on a busy machine: else those who wait collide again
_TRIES = 8
_NAME = re.compile(r"#(\w+)")
_REMEMBERED_SECONDS = 7 * 24 * 60 * 60

Row = TypeVar("Row", bound=Mapping[str, Any])
Item = dict[str, Any]  # in DynamoDB's format
Write = dict[str, Item]  # one of a transaction
Key = str | int | tuple[str | int, ...]


class Database(Protocol):
    """DynamoDB's client, ours or boto3's."""

    def get_item(self, **asked: object) -> Item: ...
    def put_item(self, **asked: object) -> Item: ...
    def update_item(self, **asked: object) -> Item: ...
    def delete_item(self, **asked: object) -> Item: ...
    def query(self, **asked: object) -> Item: ...
    def batch_get_item(self, **asked: object) -> Item: ...
    def transact_write_items(self, **asked: object) -> Item: ...


class Found(NamedTuple, Generic[Row]):
    """What one query found. If it stopped at its limit or after a megabyte, `last` is the key where it stopped."""

    rows: list[Row]
    last: dict[str, Any]
    examined: int

    @property
    def more(self) -> bool:
        return bool(self.last)


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Rows of one kind, found by their keys."""

    database: Database
    name: str
    keys: tuple[str, ...] = ("id",)

    @property
    def new(self) -> str:
        """The condition that no such row exists."""
        return f"attribute_not_exists({self.keys[0]})"

    @property
    def there(self) -> str:
        """The condition that the row exists."""
        return f"attribute_exists({self.keys[0]})"

    def get(self, *key: str | int) -> Row | None:
        answer = self.database.get_item(TableName=self.name, Key=self.typed_key(key), ConsistentRead=True)
        return self._row(answer["Item"]) if "Item" in answer else None

    def many(self, keys: Iterable[Key], consistent: bool = True) -> list[Row]:
        """The rows that exist, in no particular order."""
        return cast(list[Row], together(self.database, ((self, key) for key in keys), consistent)[self.name])

    def put(self, row: Row, where: str = "", **values: object) -> bool:
        """Whether the condition held; `remove` returns the same."""
        return _answer(self.database.put_item, self.putting(row, where, **values)) is not None

    def remove(self, key: Key, where: str = "", **values: object) -> bool:
        return _answer(self.database.delete_item, self.removing(key, where, **values)) is not None

    def take(self, key: Key, where: str, **values: object) -> Row | None:
        """Remove a row and return it; only one of several concurrent calls gets it."""
        answer = _answer(self.database.delete_item, self.removing(key, where, **values), ReturnValues="ALL_OLD")
        return self._row(answer["Attributes"]) if answer else None

    def change(self, key: Key, update: str, where: str = "", **values: object) -> Row | None:
        """The row after the change; None if the condition didn't hold."""
        asked = self.changing(key, update, where, None, **values)
        answer = _answer(self.database.update_item, asked, ReturnValues="ALL_NEW")
        return self._row(answer["Attributes"]) if answer else None

    def rows(
        self,
        where: str,
        *,
        index: str = "",
        consistent: bool = False,
        newest_first: bool = False,
        at_a_time: int = 0,
        **values: object,
    ) -> Iterator[Row]:
        """Everything that a query finds, read page by page as it is used."""
        limit = {"Limit": at_a_time} if at_a_time else {}
        return self.ask_all(**_query(where, index, consistent, newest_first, values), **limit)

    def some(
        self,
        limit: int,
        where: str,
        *,
        index: str = "",
        consistent: bool = False,
        newest_first: bool = False,
        start: Mapping[str, object] | None = None,
        only: str = "",
        **values: object,
    ) -> Found[Row]:
        """What one query finds, after the row with the keys in `start` if any; `only` some of what it examines."""
        after = {"ExclusiveStartKey": typed(start)} if start else {}
        return self.ask(Limit=limit, **_query(where, index, consistent, newest_first, values, only), **after)

    def ask(self, **query: object) -> Found[Row]:
        """One query in DynamoDB's own terms, for what `some` can't express."""
        answer = self.database.query(TableName=self.name, **query)
        last = plain(answer.get("LastEvaluatedKey") or {})
        return Found(list(map(self._row, answer["Items"])), last, answer["ScannedCount"])

    def ask_all(self, **query: object) -> Iterator[Row]:
        while True:
            found = self.ask(**query)
            yield from found.rows
            if not found.more:
                return
            query["ExclusiveStartKey"] = typed(found.last)

    def of_person(self, person: str, attribute: str = "person") -> Iterator[Row]:
        """All rows of a person, by the index that every table of personal rows has."""
        return self.rows(f"#{attribute} = :person", index="by-person", person=person)

    def whole_of_person(self, person: str, attribute: str = "person") -> Iterator[Row]:
        """The same where the index has only the keys."""
        return self.each(map(self.key_of, self.of_person(person, attribute)))

    def each(self, keys: Iterator[Key]) -> Iterator[Row]:
        """The rows that exist, however many keys there are."""
        while some := list(islice(keys, _AT_ONCE)):
            yield from self.many(some)

    # The same, as parts of a transaction

    def putting(self, row: Row, where: str = "", **values: object) -> Write:
        return {"Put": {"TableName": self.name, "Item": typed(row), **_expressions(where, values)}}

    def removing(self, key: Key, where: str = "", **values: object) -> Write:
        return {"Delete": {**self._at(key), **_expressions(where, values)}}

    def changing(
        self, key: Key, update: str, where: str = "", names: Mapping[str, str] | None = None, **values: object
    ) -> Write:
        """`names` maps a `#name` to its attribute, if the two differ."""
        return {"Update": {**self._at(key), **_expressions(where, values, update, names)}}

    def checking(self, key: Key, where: str, **values: object) -> Write:
        return {"ConditionCheck": {**self._at(key), **_expressions(where, values)}}

    def key_of(self, row: Mapping[str, Any]) -> tuple[str | int, ...]:
        return tuple(row[name] for name in self.keys)

    def _at(self, key: Key) -> Item:
        return {"TableName": self.name, "Key": self.typed_key(key)}

    def typed_key(self, key: Key) -> Item:
        values = key if isinstance(key, tuple) else (key,)
        return typed(dict(zip(self.keys, values, strict=True)))

    def _row(self, item: Item) -> Row:
        return cast(Row, plain(item))


class Once(NamedTuple):
    """A note that a client id was used, written in the same transaction as what it was used for."""

    table: Table[Any]
    key: tuple[str | int, ...]
    kept_seconds: int = _REMEMBERED_SECONDS

    def note(self, at: float, **became: object) -> Write:
        keys = dict(zip(self.table.keys, self.key, strict=True))
        row = {**keys, **became, "expiresAt": int(at) + self.kept_seconds}
        return self.table.putting(row, self.table.new)

    def became(self) -> dict[str, Any]:
        """What the client id was used for, if it was."""
        return self.table.get(*self.key) or {}


def _query(
    where: str, index: str, consistent: bool, newest_first: bool, values: Mapping[str, object], only: str = ""
) -> Item:
    """Queries of the table itself are always consistent; of its indexes, only local ones can be."""
    return {
        "KeyConditionExpression": where,
        **({"IndexName": index} if index else {}),
        **({"ConsistentRead": True} if consistent or not index else {}),
        **({"ScanIndexForward": False} if newest_first else {}),
        **({"FilterExpression": only} if only else {}),
        **_named(f"{where} {only}", values, {}),
    }


def _expressions(
    where: str, values: Mapping[str, object], update: str = "", names: Mapping[str, str] | None = None
) -> Item:
    return {
        **({"UpdateExpression": update} if update else {}),
        **({"ConditionExpression": where} if where else {}),
        **_named(f"{update} {where}", values, names or {}),
    }


def _named(text: str, values: Mapping[str, object], names: Mapping[str, str]) -> Item:
    named = {f"#{name}": names.get(name, name) for name in _NAME.findall(text)}
    return {
        **({"ExpressionAttributeNames": named} if named else {}),
        **(
            {"ExpressionAttributeValues": typed({f":{name}": value for name, value in values.items()})}
            if values
            else {}
        ),
    }


def _answer(call: Callable[..., Item], write: Write, **more: object) -> Item | None:
    """None if the condition didn't hold."""
    [asked] = write.values()
    try:
        return call(**asked, **more)
    except aws.Failure as failure:
        if aws.code_of(failure) != "ConditionalCheckFailedException":
            raise
        return None


def attempt(database: Database, writes: Mapping[str, Write], permit: Permit | None = None) -> set[str] | None:
    """None if everything was written. Otherwise nothing was, and the result names the writes whose condition failed.
    It is empty after a collision with another transaction: then the next try may succeed.
    """
    needed = permit.writes() if permit else []
    try:
        database.transact_write_items(TransactItems=[*writes.values(), *needed])
        return None
    except aws.Failure as failure:
        reasons = aws.reasons_of(failure)
        if not {_REFUSED, *_BUSY} & set(reasons):
            raise
    refused = {place for place, reason in enumerate(reasons) if reason == _REFUSED}
    own = {name for place, name in enumerate(writes) if place in refused}
    if permit and refused and not own:
        raise permit.refusal(max(refused) - len(writes))
    return own


def transaction(
    database: Database,
    writes: Mapping[str, Write],
    permit: Permit | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> set[str]:
    """The names of the refused writes; if there are none, everything was written. Retries after collisions."""
    for number in range(_TRIES):
        pause(number, sleep)
        refused = attempt(database, writes, permit)
        if refused is None or refused:
            return refused or set()
    raise UnavailableError("Too much is going on right now: try again in a moment.")


def together(
    database: Database,
    wanted: Iterable[tuple[Table[Any], Key]],
    consistent: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of several tables by table name, in no particular order; missing rows are left out."""
    waiting = [(table.name, table.typed_key(key)) for table, key in wanted]
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    while waiting:
        asked: dict[str, Item] = {}
        for name, key in waiting[:_AT_ONCE]:
            asked.setdefault(name, {"Keys": [], "ConsistentRead": consistent})["Keys"].append(key)
        answer = database.batch_get_item(RequestItems=asked)
        for name, items in answer["Responses"].items():
            found[name] += map(plain, items)
        unread = (answer.get("UnprocessedKeys") or {}).items()
        left = [(name, key) for name, rest in unread for key in rest["Keys"]]
        waiting = left + waiting[_AT_ONCE:]
        if left:  # a busy table returns only a part
            sleep(_PAUSE_SECONDS)
    return found


class Permit(Protocol):
    """Writes that a transaction needs besides its own, and the error if one of them is refused."""

    def writes(self) -> list[Write]: ...

    def refusal(self, place: int) -> Exception: ...


def pause(number: int, sleep: Callable[[float], None]) -> None:
    """Wait before try `number`: longer each time, with full jitter."""
    if number:
        sleep(min(_FIRST_WAIT * 2 ** (number - 1), _LONGEST_WAIT) * chance())


def tries(most: int, sleep: Callable[[float], None], busy: str) -> Iterator[int]:
    """Yield the number of each try, with pauses in between; after the last one raise a conflict."""
    for number in range(most):
        pause(number, sleep)
        yield number
    raise ConflictError(busy)
