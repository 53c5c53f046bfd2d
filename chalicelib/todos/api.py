"""The routes of the to-dos and of the folder, and what their events set off."""

import time
from typing import Any

from chalice.app import DynamoDBEvent, S3Event

from chalicelib.core import aws, cache, settings
from chalicelib.core.erasure import before_leaving, eraser
from chalicelib.core.routes import OWNER, PAGED, SIGNED_IN, Answer, Asked, Parameter, Routes, Tagged
from chalicelib.core.streams import one_by_one
from chalicelib.live.api import push
from chalicelib.todos.folder import Folders, folder_in, folder_of_token
from chalicelib.todos.lists import Todos, changed_lists, shown

routes = Routes()

COMPLETED = Parameter("completed", {"type": "boolean"}, "Only the done ones, or only those that are not.")
ONLY_COMPLETED = Parameter("completed", {"type": "boolean", "default": False}, "Only the done ones.")
REVALIDATED = "private, no-cache"  # kept by the browser, and asked for each time whether it is still so


def todos(person_id: str) -> Todos:
    return Todos(cache.through(), settings.table("todos"), person_id)


def folders() -> Folders:
    quota = int(settings.required("FOLDER_QUOTA"))
    return Folders(aws.client("dynamodb"), settings.table("folders"), aws.client("s3"), settings.files_bucket(), quota)


@before_leaving
def note_folder(person_id: str, token: str) -> None:
    folders().learn(person_id, _folder(token))


@eraser
def erase_todos(person_id: str) -> None:
    folders().erase(person_id, time.time())
    Todos(cache.NoCache(aws.client("dynamodb")), settings.table("todos"), person_id).erase()


@routes.route("/todos", who=SIGNED_IN, query=(*PAGED, COMPLETED), gives={200: "todos/todo-page"}, caching=REVALIDATED)
def list_todos(asked: Asked) -> Any:
    """One's own to-dos by order."""
    mine = todos(asked.person.id)
    revision = mine.revision()
    return Tagged(revision or "new", lambda: _page(mine, revision, asked))


@routes.route(
    "/todos",
    method="POST",
    who=SIGNED_IN,
    takes="todos/new-todo",
    gives={201: "todos/todo", 200: "todos/todo"},
    versioned=True,
    fails=(404, 409),
)
def add_todo(asked: Asked) -> Any:
    """Add a to-do, at the end where no order is given; the same `clientId` again gives the same to-do."""
    todo, is_new = todos(asked.person.id).add(asked.body, time.time())
    return Answer(shown(todo, asked.base), 201 if is_new else 200)


@routes.route("/todos", method="DELETE", who=SIGNED_IN, query=(ONLY_COMPLETED,), gives={204: None})
def clear_todos(asked: Asked) -> None:
    """Delete all to-dos, or all that are done. Their files stay in the folder."""
    todos(asked.person.id).clear(asked.query["completed"])


@routes.route("/todos/{id}", who=OWNER, gives={200: "todos/todo"}, versioned=True, caching=REVALIDATED)
def get_todo(asked: Asked, id: str) -> Any:
    """One to-do, with its version as ETag."""
    return shown(todos(asked.person.id).get(id), asked.base)


@routes.route(
    "/todos/{id}",
    method="PATCH",
    who=OWNER,
    takes="todos/todo-change",
    if_match="optional",
    gives={200: "todos/todo"},
    versioned=True,
    fails=(409,),
)
def change_todo(asked: Asked, id: str) -> Any:
    """Change what the body names; with If-Match only as it was at that version."""
    return shown(todos(asked.person.id).change(id, asked.body, asked.version), asked.base)


@routes.route("/todos/{id}", method="DELETE", who=OWNER, gives={204: None})
def remove_todo(asked: Asked, id: str) -> None:
    """Delete a to-do. Its files stay in the folder."""
    todos(asked.person.id).remove(id)


@routes.route("/folder", who=SIGNED_IN, gives={200: "todos/folder"})
def get_folder(asked: Asked) -> Any:
    """One's own folder: how full it is, how full it may be, and what was refused because it was too much."""
    known = folders().of(asked.person.id)
    return known or folders().learn(asked.person.id, _folder(asked.token))


@routes.on_dynamodb_record(stream_arn=settings.stream("TODOS_STREAM"), batch_size=100, name="push_todos")
def push_todos(event: DynamoDBEvent) -> Any:
    """To the owner's open pages: read your list again."""
    return one_by_one(changed_lists(event.to_dict()["Records"]), _push)


def _push(person_id: str) -> None:
    todos(person_id).renew()  # in case that the request which changed it could not
    push().to_persons([person_id], {"type": "todos"})


@routes.on_s3_event(
    bucket=settings.files_bucket(), events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], name="keep_quota"
)
def keep_quota(event: S3Event) -> None:
    """A file came or went: what is more than its folder may hold goes again, and its owner is told."""
    person, folder = folders().recount(folder_in(event.key), time.time())
    if person:
        push().to_persons([person], {"type": "folder", **folder})


def _folder(token: str) -> str:
    pool = settings.user_pool_id()
    login = f"cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"
    return folder_of_token(aws.client("cognito-identity"), settings.required("IDENTITY_POOL_ID"), login, token)


def _page(mine: Todos, revision: str, asked: Asked) -> Any:
    page = mine.page(asked.query["completed"], asked.turn, revision, time.time())
    return {**page, "items": [shown(todo, asked.base) for todo in page["items"]]}
