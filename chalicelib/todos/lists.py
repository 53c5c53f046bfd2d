"""To-dos: each person's own list, in the order they choose; read far more often than written.

Each state of a list has a unique revision. Clients that know it need not read the list again, and the cache stores
results under it.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core.cache import Cache
from chalicelib.core.errors import InvalidError, NotFoundError, StaleError
from chalicelib.core.ids import age_of, as_time, is_day, is_id, new_id
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.streams import Change
from chalicelib.core.tables import Once, Permit, Table, Write, transaction, tries
from chalicelib.core.things import Thing

# For this long after a change, a replica that fills the cache may lack it.
_SETTLING_SECONDS = 10
_TRIES = 8
_TRIES_AT_THE_END = 40
KEYS = ("person", "id")
_LIST, _END = "list", "end"
_BEHIND_ALL = "~~"
_QUERIES_FOR_DUE = 3  # each reads a megabyte: some thousand to-dos
_DEFAULTS: dict[str, Any] = {"completed": False, "due": None, "priority": "normal", "notes": "", "files": []}
_HIDDEN = ("person", "place", "part")
_ORDERED = {None: "place", False: "part", True: "part"}  # which attribute a list is ordered by
_LARGEST_ORDER = 1e15
_SMALLEST_ORDER = 1e-100  # DynamoDB's numbers don't go much lower

Row = dict[str, Any]  # a to-do, the list's revision, the counter for its end, or the note of a client id
Todo = Row


class TodoNotFoundError(NotFoundError):
    detail = "There is no such to-do."


class StaleTodoError(StaleError):
    detail = "The to-do has changed since: read it again."


@dataclass(frozen=True)
class Todos:
    """One person's to-dos."""

    cache: Cache
    table: str
    person: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def items(self) -> Table[Row]:
        """Past every cache."""
        return Table(self.cache.client, self.table, KEYS)

    def revision(self) -> str:
        row = self._cached(_LIST)
        return str(row["revision"]) if row else ""

    def page(self, completed: bool | None, turn: Turn, revision: str) -> Page[Todo]:
        """By order. The query includes the revision, so a cache never answers with another state."""
        of = ["todos", completed]
        [after] = position(of, turn.after, (str,)) or [""]
        where, values = self._stretch(completed, after)
        settled = bool(revision) and age_of(revision, self.clock()) > _SETTLING_SECONDS
        answer = self.cache.query(
            settled=settled,
            TableName=self.table,
            IndexName=f"by-{_ORDERED[completed]}",
            KeyConditionExpression=where,
            FilterExpression="id <> :revision",
            ExpressionAttributeValues=typed({f":{name}": value for name, value in values.items()})
            | {":revision": {"S": revision or _LIST}},
            Limit=turn.limit + 1,
        )
        found = list(map(plain, answer["Items"]))
        items, following = page(of, turn, found, [_ORDERED[completed]], "LastEvaluatedKey" in answer)
        return {"items": items, "next": following}

    def due_by(self, day: str) -> list[Todo]:
        """The open ones due by that day, the earliest first: as far as so many queries of the open ones reach."""
        where, values = self._stretch(False, "")
        asked: dict[str, Any] = {
            "IndexName": "by-part",
            "KeyConditionExpression": where,
            "FilterExpression": "due <= :day",
            "ExpressionAttributeValues": typed({f":{name}": value for name, value in {**values, "day": day}.items()}),
            "ConsistentRead": True,
        }
        found: list[Todo] = []
        for _ in range(_QUERIES_FOR_DUE):
            answer = self.items.ask(**asked)
            found += answer.rows
            if not answer.more:
                break
            asked["ExclusiveStartKey"] = typed(answer.last)
        return sorted(found, key=lambda todo: (todo["due"], todo["place"]))

    def has_any(self) -> bool:
        first = self.items.some(1, "person = :person", index="by-part", consistent=True, person=self.person)
        return bool(first.rows)

    def get(self, id: str) -> Todo:
        todo = self._cached(id) if is_id(id) else None
        if not todo:
            raise TodoNotFoundError()
        return todo

    def add(self, body: Todo, permit: Permit | None = None) -> tuple[Todo, bool]:
        """The to-do, and whether it is new: the same client id adds it once."""
        _check(body)
        seconds = self.clock()
        at = as_time(seconds)
        todo = {"id": new_id(), "version": 1, **_DEFAULTS, "order": 0, **body, "createdAt": at, "updatedAt": at}
        sent = Once(self.items, (self.person, f"sent#{body.get('clientId')}"))
        for _ in tries(_TRIES_AT_THE_END, self.sleep, "Too many to-dos are being added right now: try again."):
            writes = {"sent": sent.note(seconds, todo=todo["id"])} if "clientId" in body else {}
            if "order" not in body:
                writes["end"] = self._take_the_end(todo)
            item = self._item(todo)
            writes["todo"] = self.items.putting(item)
            refused = transaction(self.cache.database, writes, permit, self.sleep)
            if "sent" in refused:
                return self._now(sent.became()["todo"]), False
            if not refused:
                break
        self.renew()
        return item, True

    def change(self, id: str, changes: Todo, version: int) -> Todo:
        """Fields not named stay. Without a version, any current one matches."""
        _check(changes)
        for _ in tries(_TRIES, self.sleep, "This to-do is being changed too often right now: try again."):
            before = self._now(id)
            seen = before["version"]
            if version not in (0, seen):
                raise StaleTodoError()
            after = self._item({**before, **changes, "version": seen + 1, "updatedAt": as_time(self.clock())})
            if self.items.put(after, "version = :seen", seen=seen):
                break
        self.renew()
        return after

    def remove(self, id: str) -> None:
        if not is_id(id) or not self.items.remove((self.person, id), self.items.there):
            raise TodoNotFoundError()
        self.renew()

    def clear(self, only_completed: bool) -> None:
        """A completed to-do that is reopened at the same time is kept."""
        completed = True if only_completed else None
        where, values = self._stretch(completed, "")
        still: dict[str, Any] = {"where": "completed = :done", "done": True} if only_completed else {}
        for todo in self.items.rows(where, index=f"by-{_ORDERED[completed]}", consistent=True, **values):
            self.items.remove((self.person, todo["id"]), **still)
        self.renew()

    def erase(self) -> None:
        for row in self.all():
            self.items.remove((self.person, row["id"]))

    def all(self) -> Iterator[Row]:
        """Everything in the person's partition."""
        return self.items.rows("person = :person", person=self.person)

    def renew(self, only_if_known: bool = False) -> None:
        """From now on the list has a new revision. A put, because a cache then holds exactly what was written."""
        row = {"person": self.person, "id": _LIST, "revision": new_id()}
        self.items.put(row, self.items.there if only_if_known else "")

    def _cached(self, id: str) -> Row | None:
        key = typed({"person": self.person, "id": id})
        item = self.cache.get_item(TableName=self.table, Key=key).get("Item")
        return plain(item) if item else None

    def _now(self, id: str) -> Todo:
        todo = self.items.get(self.person, id) if is_id(id) else None
        if not todo:
            raise TodoNotFoundError()
        return todo

    def _take_the_end(self, todo: Todo) -> Write:
        """Gives it the next order, and the write that only one of those who see the same end can make.

        The row after the last place counts them, so one query finds both.
        """
        last_two = self.items.some(
            2, "person = :person", index="by-place", consistent=True, newest_first=True, person=self.person
        )
        found = {row["id"]: row for row in last_two.rows}
        taken = found.pop(_END, {"taken": 0})["taken"]
        last = next(iter(found.values()), {"order": 0})
        todo["order"] = int(min(last["order"] // 1 + 1, _LARGEST_ORDER))
        end = {"person": self.person, "id": _END, "place": _BEHIND_ALL, "taken": taken + 1}
        return (
            self.items.putting(end, "taken = :seen", seen=taken) if taken else self.items.putting(end, self.items.new)
        )

    def _stretch(self, completed: bool | None, after: str) -> tuple[str, dict[str, Any]]:
        """Everything after that place, in all of the list or one part of it."""
        first = "" if completed is None else str(int(completed))
        last = f"{first}~"
        values = {"person": self.person, "after": min(f"{after}!", last) if after else f"{first} ", "last": last}
        return f"person = :person AND {_ORDERED[completed]} BETWEEN :after AND :last", values

    def _item(self, todo: Todo) -> Todo:
        """With its places in two orders: among all, and among the open or the completed ones."""
        order = todo["order"] if abs(todo["order"]) > _SMALLEST_ORDER else 0
        place = _place(order, todo["id"])
        part = f"{int(todo['completed'])}{place}"
        return {**todo, "order": order, "person": self.person, "place": place, "part": part}


def shown(todo: Todo, base: str) -> Todo:
    """As its owner sees it, with its URL."""
    visible = {name: value for name, value in todo.items() if name not in _HIDDEN}
    return {**visible, "url": f"{base}/todos/{todo['id']}"}


def found(row: Row) -> Thing | None:
    """A to-do, as a search finds it."""
    if "title" not in row:
        return None
    return Thing(row["id"], row["createdAt"], title=row["title"], text=row["notes"], of=row["person"])


def changed_lists(changes: Iterable[tuple[str, Change[Row]]]) -> list[tuple[str, tuple[str, bool]]]:
    """Each person whose to-dos changed, once, with the first record number; and whether there were only deletions."""
    found: dict[str, str] = {}
    stay: set[str] = set()
    for number, change in changes:
        row = change.after or change.before or {}
        if "title" in row:
            found.setdefault(row["person"], number)
        if "title" in (change.after or {}):
            stay.add(row["person"])
    return [(number, (person, person not in stay)) for person, number in found.items()]


def _check(body: Todo) -> None:
    """What a schema can't express."""
    if body.get("due") and not is_day(body["due"]):
        detail = "must be a real date, such as 2026-12-24"
        raise InvalidError("The body does not match this route's schema.", [{"pointer": "/due", "detail": detail}])


def _place(order: float, id: str) -> str:
    """Text that sorts like the numbers, then by id."""
    bits: int = struct.unpack(">Q", struct.pack(">d", order + 0.0))[0]
    bits ^= (1 << 64) - 1 if bits >> 63 else 1 << 63
    return f"{bits:016x}#{id}"
