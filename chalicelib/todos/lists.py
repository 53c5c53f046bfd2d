"""To-dos: each person's own list, in an order that he chooses; read far more often than written.

A list has a revision that no other state of it ever had. Who knows the revision need not read the list; a cache
keeps what was read under its name.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.core import aws
from chalicelib.core.cache import Cache
from chalicelib.core.errors import InvalidError, NotFoundError, StaleError
from chalicelib.core.ids import age_of, is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import every, refused_as, transact, tries

# So long after a change a copy of the table, which a cache is filled from, may lack it.
_SETTLING_SECONDS = 10
_REMEMBERED_SECONDS = 7 * 24 * 60 * 60
_TRIES = 8
_LIST = "list"
_DEFAULTS: dict[str, Any] = {"completed": False, "due": None, "priority": "normal", "notes": "", "files": []}
_HIDDEN = ("person", "place", "part")
_ORDERED = {None: "place", False: "part", True: "part"}  # which attribute a list goes by
_LARGEST_ORDER = 1e15
_SMALLEST_ORDER = 1e-100  # DynamoDB's numbers don't go much further down

Todo = dict[str, Any]


class TodoNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such to-do.")


class StaleTodoError(StaleError):
    def __init__(self) -> None:
        super().__init__("The to-do was changed meanwhile: read it again.")


@dataclass(frozen=True)
class Todos:
    """Those of one person."""

    cache: Cache
    table: str
    person: str
    sleep: Callable[[float], None] = time.sleep

    def revision(self) -> str:
        row = self._cached(_LIST)
        return str(row["revision"]) if row else ""

    def page(self, completed: bool | None, turn: Turn, revision: str, seconds: float) -> Page:
        """By order. The question names the revision, so that a cache never takes one state's answer for another's."""
        of = ["todos", completed]
        after = position(of, turn.after, (str,))
        query = self._stretch(completed, after[0] if after else "")
        query["ExpressionAttributeValues"][":revision"] = {"S": revision or _LIST}
        settled = bool(revision) and age_of(revision, seconds) > _SETTLING_SECONDS
        answer = self.cache.query(settled=settled, **query, FilterExpression="id <> :revision", Limit=turn.limit + 1)
        found = [plain(item) for item in answer["Items"]]
        items = found[: turn.limit]
        more = len(found) > turn.limit or "LastEvaluatedKey" in answer  # a page ends after a megabyte, too
        return {"items": items, "next": cursor(of, [items[-1][_ORDERED[completed]]]) if more else None}

    def get(self, id: str) -> Todo:
        todo = self._cached(id) if is_id(id) else None
        if not todo:
            raise TodoNotFoundError()
        return todo

    def add(self, body: Todo, seconds: float) -> tuple[Todo, bool]:
        """The to-do, and whether it is new: what carries the same client id happens once."""
        _check(body)
        client_id = body.get("clientId")
        given = {name: value for name, value in body.items() if name != "clientId"}
        at = now()
        todo = {"id": new_id(), "version": 1, **_DEFAULTS, "order": 0, **given, "createdAt": at, "updatedAt": at}
        if "order" not in given:
            todo["order"] = self._end()
        item = self._item(todo)
        if client_id and not self._put_once(item, client_id, seconds):
            return self._sent(client_id), False
        if not client_id:
            self.cache.client.put_item(TableName=self.table, Item=typed(item))
        self.renew()
        return item, True

    def change(self, id: str, changes: Todo, version: int) -> Todo:
        """What is not named stays. Without a version it is whichever there is by now."""
        _check(changes)
        for _ in tries(_TRIES, self.sleep, "This to-do is being changed too often just now: try again."):
            before = self._now(id)
            if version not in (0, before["version"]):
                raise StaleTodoError()
            after = self._item({**before, **changes, "version": before["version"] + 1, "updatedAt": now()})
            if self._replace(after, before["version"]):
                break
        self.renew()
        return after

    def remove(self, id: str) -> None:
        if not is_id(id):
            raise TodoNotFoundError()
        with refused_as(TodoNotFoundError()):
            self._delete(id, "attribute_exists(id)")
        self.renew()

    def clear(self, only_completed: bool) -> None:
        """Of the done ones none that is taken up again at this moment."""
        values = {"ExpressionAttributeValues": typed({":done": True})} if only_completed else {}
        condition = "completed = :done" if only_completed else "attribute_exists(id)"
        for todo in self._all(True if only_completed else None):
            with refused_as(None):
                self._delete(todo["id"], condition, **values)
        self.renew()

    def erase(self) -> None:
        mine = every(
            self.cache.client,
            TableName=self.table,
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues=typed({":person": self.person}),
            ConsistentRead=True,
        )
        for row in mine:
            self._delete(row["id"])

    def renew(self) -> None:
        """From now on it is another list. A plain put, because a cache then holds exactly what was written."""
        row = {"person": self.person, "id": _LIST, "revision": new_id()}
        self.cache.client.put_item(TableName=self.table, Item=typed(row))

    def _cached(self, id: str) -> Todo | None:
        item = self.cache.get_item(TableName=self.table, Key=self._key(id)).get("Item")
        return plain(item) if item else None

    def _now(self, id: str) -> Todo:
        """As the table has it, past every cache."""
        key = self._key(id if is_id(id) else "none")
        item = self.cache.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            raise TodoNotFoundError()
        return plain(item)

    def _end(self) -> int:
        """After the last."""
        query = self._stretch(None, "")
        last = self.cache.client.query(**query, ConsistentRead=True, ScanIndexForward=False, Limit=1)["Items"]
        return int(min(plain(last[0])["order"] // 1 + 1, _LARGEST_ORDER)) if last else 1

    def _all(self, completed: bool | None) -> Iterator[Todo]:
        return every(self.cache.client, **self._stretch(completed, ""), ConsistentRead=True)

    def _stretch(self, completed: bool | None, after: str) -> dict[str, Any]:
        """A query for what comes after that place, of all or of one part of them."""
        ordered = _ORDERED[completed]
        first = "" if completed is None else str(int(completed))
        last = f"{first}~"
        values = {":person": self.person, ":after": min(f"{after}!", last) if after else f"{first} ", ":last": last}
        return {
            "TableName": self.table,
            "IndexName": f"by-{ordered}",
            "KeyConditionExpression": f"person = :person AND {ordered} BETWEEN :after AND :last",
            "ExpressionAttributeValues": typed(values),
        }

    def _item(self, todo: Todo) -> Todo:
        """With the places that it takes in the two orders: of all, and of the open or the done ones."""
        order = todo["order"] if abs(todo["order"]) > _SMALLEST_ORDER else 0
        place = _place(order, todo["id"])
        return {
            **todo,
            "order": order,
            "person": self.person,
            "place": place,
            "part": f"{int(todo['completed'])}{place}",
        }

    def _put_once(self, item: Todo, client_id: str, seconds: float) -> bool:
        sent = {**self._sent_row(client_id), "todo": item["id"], "expiresAt": int(seconds) + _REMEMBERED_SECONDS}
        once = {"TableName": self.table, "Item": typed(sent), "ConditionExpression": "attribute_not_exists(id)"}
        put = {"TableName": self.table, "Item": typed(item)}
        for _ in tries(_TRIES, self.sleep, "This to-do is being added already: try again."):
            refused = transact(self.cache.database, [{"Put": once}, {"Put": put}])
            if refused is None or refused:
                break
        return refused is None

    def _sent(self, client_id: str) -> Todo:
        key = typed(self._sent_row(client_id))
        sent = self.cache.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        return self._now(plain(sent)["todo"])

    def _sent_row(self, client_id: str) -> Todo:
        return {"person": self.person, "id": f"sent#{client_id}"}

    def _replace(self, item: Todo, version: int) -> bool:
        try:
            self.cache.client.put_item(
                TableName=self.table,
                Item=typed(item),
                ConditionExpression="version = :version",
                ExpressionAttributeValues=typed({":version": version}),
            )
            return True
        except aws.Failure as failure:
            if aws.code_of(failure) != "ConditionalCheckFailedException":
                raise
            return False

    def _delete(self, id: str, condition: str = "", **values: Any) -> None:
        conditional = {"ConditionExpression": condition} if condition else {}
        self.cache.client.delete_item(TableName=self.table, Key=self._key(id), **conditional, **values)

    def _key(self, id: str) -> dict[str, Any]:
        return typed({"person": self.person, "id": id})


def shown(todo: Todo, base: str) -> Todo:
    """As its owner sees it, with the address at which it is found."""
    visible = {name: value for name, value in todo.items() if name not in _HIDDEN}
    return {**visible, "url": f"{base}/todos/{todo['id']}"}


def changed_lists(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each person whose to-dos changed, once, with the sequence number of his first record."""
    found: dict[str, str] = {}
    for record in records:
        change = record["dynamodb"]
        image = change.get("NewImage") or change.get("OldImage") or {}
        if "title" in image:
            found.setdefault(image["person"]["S"], change["SequenceNumber"])
    return [(sequence_number, person) for person, sequence_number in found.items()]


def _check(body: Todo) -> None:
    """What a schema can't say."""
    try:
        date.fromisoformat(body.get("due") or "2000-01-01")
    except ValueError:
        detail = "must be a day that there is, as in 2026-12-24"
        raise InvalidError(
            "The body does not fit what this route takes.", [{"pointer": "/due", "detail": detail}]
        ) from None


def _place(order: float, id: str) -> str:
    """Text that sorts as the numbers do, and by id where they are the same."""
    bits: int = struct.unpack(">Q", struct.pack(">d", order + 0.0))[0]
    bits ^= (1 << 64) - 1 if bits >> 63 else 1 << 63
    return f"{bits:016x}#{id}"
