"""Routes that the walks over all routes need no word about: a collection, and one thing in it by its `{id}`.

What they send is the example in the schema, and the thing is what the collection's own POST makes of its example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.core import schemas
from chalicelib.core.routes import Operation, operations

Post = Callable[[str, Any], Any]  # to a path, with a body: what that answers

_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")  # in an order in which they all succeed


def is_ordinary(operation: Operation) -> bool:
    if "{" in operation.path and not _maker(operation):
        return False
    return not operation.takes or _example(operation) is not None


def in_collections() -> list[Operation]:
    """Those of all collections that have examples."""
    found = [one for one in operations if _maker(one) and is_ordinary(one)]
    return sorted(found, key=lambda one: (one.path.partition("/{")[0], _METHODS.index(one.method)))


def new_id(operation: Operation, post: Post) -> str:
    """Of a new thing, where the path names one."""
    maker = _maker(operation)
    return str(post(maker.path, _example(maker))["id"]) if maker and "{" in operation.path else ""


def headers(operation: Operation) -> dict[str, str]:
    """Whatever is new has its first version."""
    return {"If-Match": '"1"'} if operation.if_match else {}


def options(operation: Operation) -> dict[str, Any]:
    return {"json": _example(operation)} if operation.takes else {}


def _maker(operation: Operation) -> Operation | None:
    collection = operation.path.removesuffix("/{id}")
    found = [one for one in operations if (one.method, one.path) == ("POST", collection) and _example(one)]
    return found[0] if found else None


def _example(operation: Operation) -> Any:
    examples = schemas.whole(operation.takes).get("examples", []) if operation.takes else []
    return next(iter(examples), None)
