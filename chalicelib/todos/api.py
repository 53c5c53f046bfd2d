"""Routes of the to-dos, and their pushes."""

from collections.abc import Iterator
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.core import aws, cache, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.erasure import eraser, remains
from chalicelib.core.export import exported
from chalicelib.core.finding import finds, follows
from chalicelib.core.routes import PAGED, Added, Asked, Parameter, Routes, Tagged
from chalicelib.core.streams import Failures, changes, one_by_one
from chalicelib.core.tables import Table
from chalicelib.core.things import OWNER
from chalicelib.core.today import Day, first_step, part
from chalicelib.core.who import SIGNED_IN, owner
from chalicelib.live.api import push
from chalicelib.todos.lists import KEYS, Row, Todo, Todos, changed_lists, found, shown

routes = Routes()

TODOS = Bound("todos", 600, MINUTE, "to-dos added, changed or deleted")

COMPLETED = Parameter("completed", {"type": "boolean"}, "Only completed to-dos (true), or only open ones (false).")
ONLY_COMPLETED = Parameter("completed", {"type": "boolean", "default": False}, "Only completed to-dos.")
_ON_TODAY = 50
REVALIDATED = "private, no-cache"  # browsers keep it, but revalidate it each time


def todos(person_id: str) -> Todos:
    return Todos(cache.through(), settings.table("todos"), person_id)


def rows() -> Table[Row]:
    return Table(aws.client("dynamodb"), settings.table("todos"), KEYS)


TODO = finds("todo", rows=rows, thing=found, seen_by=OWNER, address=lambda todo: "/todos")
follows(routes, "todos", TODO)


@eraser
def erase_todos(person_id: str) -> None:
    _past_the_cache(person_id).erase()


@remains
def todos_left(person_id: str) -> Iterator[Row]:
    return _past_the_cache(person_id).all()


@exported("todos")
def todos_of(person_id: str) -> Iterator[Row]:
    return (row for row in _past_the_cache(person_id).all() if "title" in row)


@routes.get("/todos", who=SIGNED_IN, query=(*PAGED, COMPLETED), gives={200: "todos/todo-page"}, caching=REVALIDATED)
def list_todos(asked: Asked) -> Tagged:
    """List your to-dos by order."""
    mine = todos(asked.person.id)
    revision = mine.revision()
    return Tagged(revision or "new", lambda: _page(mine, revision, asked))


@routes.post(
    "/todos",
    who=SIGNED_IN,
    takes="todos/new-todo",
    gives={201: "todos/todo", 200: "todos/todo"},
    versioned=True,
    fails=(404, 409),
    bound=TODOS,
)
def add_todo(asked: Asked, permit: Permit) -> Added:
    """Add a to-do, at the end if no order is given; the same `clientId` gives the same to-do."""
    todo, is_new = todos(asked.person.id).add(asked.body, permit)
    return Added(shown(todo, asked.base), is_new)


@routes.delete("/todos", who=SIGNED_IN, query=(ONLY_COMPLETED,), gives={204: None}, bound=TODOS)
def clear_todos(asked: Asked) -> None:
    """Delete all to-dos, or all completed ones. Their files stay in the folder."""
    todos(asked.person.id).clear(asked.query["completed"])


@routes.get("/todos/{id}", who=owner(todos), gives={200: "todos/todo"}, versioned=True, caching=REVALIDATED)
def get_todo(asked: Asked, mine: Todos, id: str) -> Todo:
    """Get a to-do, with its version as ETag."""
    return shown(mine.get(id), asked.base)


@routes.patch(
    "/todos/{id}",
    who=owner(todos),
    takes="todos/todo-change",
    if_match="optional",
    gives={200: "todos/todo"},
    versioned=True,
    fails=(409,),
    bound=TODOS,
)
def change_todo(asked: Asked, mine: Todos, id: str) -> Todo:
    """Change the fields in the body; with If-Match only if it is still at that version."""
    return shown(mine.change(id, asked.body, asked.version), asked.base)


@routes.delete("/todos/{id}", who=owner(todos), gives={204: None}, bound=TODOS)
def remove_todo(asked: Asked, mine: Todos, id: str) -> None:
    """Delete a to-do. Its files stay in the folder."""
    mine.remove(id)


@part("todos", one="todos/due-todos")
def due_today(day: Day) -> dict[str, Any]:
    found = [shown(todo, day.base) for todo in todos(day.person.id).due_by(day.date)]
    overdue, due = ([todo for todo in found if (todo["due"] < day.date) is late] for late in (True, False))
    return {"overdue": overdue[:_ON_TODAY], "due": due[:_ON_TODAY]}


@first_step("todo", place=1)
def has_a_todo(person_id: str) -> bool:
    return todos(person_id).has_any()


@routes.on_dynamodb_record(stream_arn=settings.stream("todos"), batch_size=100, name="push_todos")
def push_todos(event: DynamoDBEvent) -> Failures:
    """Tell the owner's open pages to reload the list."""
    return one_by_one(changed_lists(changes(event)), _push)


def _past_the_cache(person_id: str) -> Todos:
    """The eraser is not in the cache's network."""
    return Todos(cache.NoCache(aws.client("dynamodb")), settings.table("todos"), person_id)


def _push(changed: tuple[str, bool]) -> None:
    person_id, only_went = changed
    # In case the request that made the change could not; a leaver's list doesn't come back.
    todos(person_id).renew(only_if_known=only_went)
    push().to_persons([person_id], {"type": "todos"})


def _page(mine: Todos, revision: str, asked: Asked) -> dict[str, Any]:
    page = mine.page(asked.query["completed"], asked.turn, revision)
    return {**page, "items": [shown(todo, asked.base) for todo in page["items"]]}
