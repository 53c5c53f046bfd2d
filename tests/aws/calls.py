"""Each call of AWS in the code, as botocore's models see it: its operation, its parameters, the types of literals.

A call is known by its operation's name, or by parameters in AWS's spelling. Which service is meant is seldom written
beside it, so it must fit one of those that the code uses. What is only known when it runs is left to the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from botocore import xform_name
from botocore.session import get_session

from tests.aws.findings import Result

_LITERALS = {
    str: ("string", "blob", "timestamp"),
    bytes: ("blob", "string"),
    bool: ("boolean",),
    int: ("integer", "long", "float", "double", "timestamp"),
    float: ("float", "double", "timestamp"),
}
# Of our own, with the parameters of an operation.
_WRAPPERS = {"ask": "query", "ask_all": "query"}
_NOT_SENT = ("settled", "WaiterConfig")  # for the cache in front of a table, and for botocore's waiters
_MAKERS = re.compile(r"(?:(?:boto3|aws)\.client|clients\.(?:of|patient))$")


class Call(NamedTuple):
    where: str
    operation: str  # as a method
    given: dict[str, ast.expr]
    is_open: bool  # has parameters that are not written here


def check(sources: dict[str, str]) -> Result:
    trees = {where: ast.parse(text) for where, text in sources.items()}
    services = sorted({name for tree in trees.values() for name in _services(tree)})
    made = [call for where, tree in trees.items() for call in _calls(where, tree, services)]
    found = [f"{call.where}: {said}" for call in made if (said := _wrong(call, services))]
    return Result("calls of AWS", f"{len(made)} calls of {len(services)} services", found)


def sources(project: Path) -> dict[str, str]:
    files = [project / "app.py", *(project / "chalicelib").rglob("*.py"), *(project / "cloud").rglob("*.py")]
    return {path.relative_to(project).as_posix(): path.read_text("utf-8") for path in sorted(files)}


def _services(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_client(node) and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


@cache
def _operations(service: str) -> dict[str, Any]:
    model = get_session().get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


@cache
def _waiters() -> dict[str, str]:
    """The operation that each waiter asks, of all services."""
    session = get_session()
    models = [
        session.get_waiter_model(one)
        for one in session.get_component("data_loader").list_available_services("waiters-2")
    ]
    every = ((name, model) for model in models for name in model.waiter_names)
    return {xform_name(name): xform_name(model.get_waiter(name).operation) for name, model in every}


def _calls(where: str, tree: ast.AST, services: Iterable[str]) -> Iterator[Call]:
    known = {name for service in services for name in _operations(service)}
    clients = {*_clients(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        place = f"{where}:{node.lineno}"
        given = {one.arg: one.value for one in node.keywords if one.arg}
        is_open = any(one.arg is None for one in node.keywords)
        if isinstance(node.func, ast.Attribute):
            call = Call(place, node.func.attr, given, is_open)
            yield from _called(call, node.func.value, node.args, known, clients)
        elif ast.unparse(node.func) in ("partial", "functools.partial") and _is_method(node.args, known):
            yield Call(place, node.args[0].attr, given, is_open=True)  # type: ignore[attr-defined]


def _clients(tree: ast.AST) -> Iterator[str]:
    """What is written where a client is meant: the call that makes it, or the name that it gets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_client(node):
            yield ast.unparse(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = zip(_entries(target), _entries(node.value), strict=False)
                yield from (ast.unparse(name) for name, value in pairs if _is_client(value))


def _entries(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _called(
    call: Call, owner: ast.expr, arguments: list[ast.expr], known: set[str], clients: set[str]
) -> Iterator[Call]:
    is_client, is_theirs = ast.unparse(owner) in clients, any(name[0].isupper() for name in call.given)
    named = owner.args[:1] if isinstance(owner, ast.Call) else []
    if call.operation == "paginate" and named and isinstance(named[0], ast.Constant):
        yield call._replace(operation=str(named[0].value), is_open=True)
    elif call.operation == "wait" and named and isinstance(named[0], ast.Constant):
        given = {name: value for name, value in call.given.items() if name not in _NOT_SENT}
        yield call._replace(operation=_waiters().get(str(named[0].value), str(named[0].value)), given=given)
    elif call.operation in _WRAPPERS:
        yield call._replace(operation=_WRAPPERS[call.operation], is_open=True)
    elif not arguments and (is_client or is_theirs or (call.operation in known and (call.given or call.is_open))):
        yield call._replace(given={name: value for name, value in call.given.items() if name not in _NOT_SENT})


def _is_client(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Call) and bool(owner.args and _MAKERS.search(ast.unparse(owner.func)))


def _is_method(arguments: list[ast.expr], known: set[str]) -> bool:
    return bool(arguments) and isinstance(arguments[0], ast.Attribute) and arguments[0].attr in known


def _wrong(call: Call, services: Iterable[str]) -> str:
    """Nothing if it fits the operation of one service; else why it fits the nearest one not."""
    models = [_operations(service)[call.operation] for service in services if call.operation in _operations(service)]
    if not models:
        return f"no service that is used has {call.operation}"
    return min(("; ".join(_faults(call, model)) for model in models), key=len)


def _faults(call: Call, model: Any) -> Iterator[str]:
    shape = model.input_shape
    members = shape.members if shape else {}
    for name, value in call.given.items():
        if name not in members:
            yield f"{model.name} has no parameter {name}"
        else:
            yield from _mistyped(f"{model.name}'s {name}", value, members[name])
    missing = [] if call.is_open or not shape else [name for name in shape.required_members if name not in call.given]
    tokens = {name for name, member in members.items() if member.metadata.get("idempotencyToken")}
    yield from (f"{model.name} needs {name}" for name in missing if name not in tokens)


def _mistyped(name: str, value: ast.expr, shape: Any) -> Iterator[str]:
    if isinstance(value, ast.Constant):
        literal: Any = value.value
        if literal is not None and shape.type_name not in _LITERALS.get(type(literal), ()):
            yield f"{name} is no {shape.type_name}"
        elif getattr(shape, "enum", None) and literal not in shape.enum:
            yield f"{name} can't be {literal!r}"
    elif isinstance(value, ast.JoinedStr) and shape.type_name not in _LITERALS[str]:
        yield f"{name} is no {shape.type_name}"
    elif isinstance(value, ast.List | ast.ListComp):
        yield from _mistyped_list(name, value, shape)
    elif isinstance(value, ast.Dict):
        yield from _mistyped_dict(name, value, shape)


def _mistyped_list(name: str, value: ast.List | ast.ListComp, shape: Any) -> Iterator[str]:
    if shape.type_name != "list":
        yield f"{name} is no {shape.type_name}"
        return
    for entry in value.elts if isinstance(value, ast.List) else [value.elt]:
        if not isinstance(entry, ast.Starred):
            yield from _mistyped(f"{name}[]", entry, shape.member)


def _mistyped_dict(name: str, value: ast.Dict, shape: Any) -> Iterator[str]:
    if shape.type_name not in ("structure", "map"):
        yield f"{name} is no {shape.type_name}"
        return
    if getattr(shape, "is_document_type", False):
        return
    for key, each in zip(value.keys, value.values, strict=True):
        known: Any = key.value if isinstance(key, ast.Constant) else None
        if shape.type_name == "map" and key is not None:  # no **rest
            yield from _mistyped(f"{name}.*", each, shape.value)
        elif known is not None and known not in shape.members:
            yield f"{name} has no {known}"
        elif known is not None:
            yield from _mistyped(f"{name}.{known}", each, shape.members[known])
