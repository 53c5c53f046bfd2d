"""The shape of the code: imports run one way, importing is cheap and needs nothing, handlers are short."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from cloud import template

PROJECT = Path(__file__).resolve().parents[2]
CHALICELIB = PROJECT / "chalicelib"
FILES = sorted(CHALICELIB.rglob("*.py"))
APIS = [path for path in FILES if path.stem == "api"]
FEATURES = sorted({path.parent.name for path in APIS} - {"core"})
LAPTOP = PROJECT / "laptop"
FOR_ANY_PROJECT = [
    *sorted((LAPTOP / "embedded").rglob("*.py")),
    *sorted((LAPTOP / "speech").rglob("*.py")),
    *(LAPTOP / each for each in ("folder.py", "loopback.py")),
    PROJECT / "cloud" / "errors.py",
]
CLIENTS = ("posting.py",)  # an AWS client, like those in core
NO_DOMAIN = ("__init__.py", *CLIENTS)
DOMAIN = [path for path in FILES if path.parent.name in FEATURES and path.name not in NO_DOMAIN and path not in APIS]
# What features may import besides `live`, by which they reach open sockets: the blog's parts build on one another.
STANDS_ON = {
    "articles": {"photos"},
    "comments": {"articles"},
    "narration": {"articles", "speech"},
    "subscribers": {"articles"},
}
# The standard library's choice for what needs no hand-written parser, in the one module that needs it.
LIBRARIES = {"markdown.py": {"mistune", "nh3"}, "pictures.py": {"PIL"}}
NAMES = {"Pillow": "PIL"}  # where a package is imported under another name
# From the Lambda runtime, Chalice's own packaging, or, for a stage with a cache, requirements-dax.txt.
PROVIDED = {"amazondax", "boto3", "botocore", "chalice"}

# What the code that answers requests doesn't need, or loads on demand.
HEAVY = [
    "PIL", "_ssl", "asyncio", "boto3", "botocore", "concurrent.futures", "cryptography", "email",
    "fastjsonschema", "http.client", "http.server", "jmespath", "jsonschema", "multiprocessing", "requests", "sqlite3",
    "ssl", "subprocess", "tempfile", "unittest", "urllib.request", "urllib3", "uuid", "xml", "yaml", "zipfile",
]  # fmt: skip


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def imported(path: Path) -> set[str]:
    """Dotted names of modules imported anywhere in the file."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} has a relative import"
            found |= {_module(node.module or "", alias.name) for alias in node.names}
    return found


def _module(package: str, member: str) -> str:
    is_module = (PROJECT / package.replace(".", "/") / f"{member}.py").exists()
    return f"{package}.{member}" if is_module else package


def own(path: Path) -> set[str]:
    return {module for module in imported(path) if module.startswith("chalicelib")}


def run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The node and its descendants, without the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)):
                yield part
                yield from run_at_import(part)
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from run_at_import(child)


def test_there_is_something_to_look_at() -> None:
    assert set(FEATURES) >= {"account", "albums", "live", "wall"}
    assert {path.name for path in DOMAIN} >= {"catalogue.py", "people.py", "wall.py", "messages.py", "push.py"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_run_one_way(path: Path) -> None:
    feature = path.parent.name
    beside = STANDS_ON.get(feature, set()) | {"live"}
    allowed = {"core"} if feature in ("core", "chalicelib") else {"core", feature, *beside}
    assert {module.split(".")[1] for module in own(path)} <= allowed
    handlers = {each for each in own(path) if each.endswith(".api")}
    assert handlers <= ({f"chalicelib.{other}.api" for other in beside} if path in APIS else set())
    above = ("app", "cloud", "laptop", "tests", "benchmarks")
    assert not [module for module in imported(path) if module.split(".")[0] in above]


@pytest.mark.parametrize("path", sorted((PROJECT / "cloud").rglob("*.py")), ids=name)
def test_the_deployment_path_needs_nothing_of_the_laptop(path: Path) -> None:
    assert not [module for module in imported(path) if module.split(".")[0] in ("laptop", "tests", "benchmarks")]


@pytest.mark.parametrize("path", FOR_ANY_PROJECT, ids=name)
def test_the_embedded_cloud_is_for_any_project(path: Path) -> None:
    """It shares one error with the deployment path, and nothing that knows this project."""
    ours = ("app", "chalicelib", "cloud", "laptop", "tests", "benchmarks")
    needed = {module for module in imported(path) if module.split(".")[0] in ours}
    own = ("laptop.embedded", "laptop.speech", "laptop.folder", "laptop.loopback")
    assert [module for module in needed - {"cloud.errors"} if not module.startswith(own)] == []
    assert "commonplace" not in path.read_text("utf-8").lower()


def test_the_application_knows_handlers_and_the_core() -> None:
    for module in own(PROJECT / "app.py"):
        assert module.endswith(".api") or module.startswith("chalicelib.core."), module


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_knows_neither_http_nor_aws(path: Path) -> None:
    foreign = {module.split(".")[0] for module in imported(path)} - set(sys.stdlib_module_names) - {"chalicelib"}
    assert foreign == LIBRARIES.get(path.name, set())
    assert not own(path) & {"chalicelib.core.routes", "chalicelib.core.settings", "chalicelib.core.signed"}
    assert not re.search(r"\baws\.client\b|\bos\.environ\b", path.read_text("utf-8")), "it is given what it needs"


def test_the_domain_imports_no_chalice_by_way_of_something_else_either() -> None:
    modules = [name(path).removesuffix(".py").replace("/", ".") for path in DOMAIN if path.name not in LIBRARIES]
    loop = f"for name in {modules}: importlib.import_module(name); assert 'chalice' not in sys.modules, name"
    assert fresh(f"import importlib, sys\n{loop}\nimport app\nprint('chalice' in sys.modules)") == "True\n"


@pytest.mark.parametrize("path", [*FILES, PROJECT / "app.py"], ids=name)
def test_importing_asks_nothing_of_aws_and_of_the_environment(path: Path) -> None:
    for node in run_at_import(tree(path)):
        if isinstance(node, ast.Call):
            assert not ast.unparse(node.func).endswith((".client", ".resource", ".Session")), ast.unparse(node)
        if isinstance(node, ast.Subscript):
            assert ast.unparse(node.value) != "os.environ", ast.unparse(node)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_scans(path: Path) -> None:
    assert not re.search(r"\.scan\(|[\"']Scan[\"']|get_paginator", path.read_text("utf-8"))


def fresh(code: str) -> str:
    """The output of a new process without an environment; opening a socket ends it."""
    guard = "import sys\nsys.addaudithook(lambda event, _: event.startswith('socket.') and sys.exit(event))\n"
    command = [sys.executable, "-c", guard + code]
    done = subprocess.run(command, cwd=PROJECT, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_guard_of_a_fresh_process_guards() -> None:
    with pytest.raises(AssertionError, match=r"socket\."):
        fresh("import socket; socket.create_connection(('127.0.0.1', 9))")


@pytest.mark.parametrize("path", [*FILES, PROJECT / "app.py"], ids=name)
def test_functions_do_not_read_what_they_may(path: Path) -> None:
    assert path.name == "rights.py" or not [module for module in own(path) if module.endswith(".rights")]


def test_importing_the_application_is_light() -> None:
    loaded = set(fresh("import app, sys; print(*sys.modules)").split())
    assert "chalicelib.albums.catalogue" in loaded
    assert sorted(loaded & set(HEAVY)) == []
    outside = {module.split(".")[0] for module in loaded} - set(sys.stdlib_module_names)
    assert {module for module in outside if not module.startswith("_")} == {"app", "chalice", "chalicelib"}


def test_a_list_of_albums_needs_no_schema_library() -> None:
    code = (
        "import os, sys, types, app\n"
        "from chalicelib.core import aws\n"
        "from tests.support.events import ADA, CONTEXT, event\n"
        "os.environ['ALBUMS_TABLE'] = 'albums'\n"
        "aws.client = lambda service: types.SimpleNamespace(query=lambda **_: {'Items': [], 'ScannedCount': 0})\n"
        "before = set(sys.modules)\n"
        "answer = app.app(event('GET', '/albums', who=ADA), CONTEXT)\n"
        "print(answer['statusCode'], *sorted(set(sys.modules) - before))"
    )
    status, *loaded = fresh(code).splitlines()[-1].split()
    assert (status, loaded) == ("200", [])


def test_functions_of_events_start_at_the_application() -> None:
    assert app.app.event_sources
    for source in app.app.event_sources:
        module, _, function = source.handler_string.partition(".")
        assert module == "app" and callable(getattr(app, function, None)), source.handler_string
        assert source.name == function, "a policy has the function's name"


def handlers(path: Path) -> list[ast.FunctionDef]:
    functions = [node for node in tree(path).body if isinstance(node, ast.FunctionDef)]
    return [each for each in functions if any(ast.unparse(mark).startswith("routes.") for mark in each.decorator_list)]


@pytest.mark.parametrize("path", APIS, ids=name)
def test_handlers_are_short_and_say_what_they_do(path: Path) -> None:
    assert handlers(path)
    for handler in handlers(path):
        assert handler.end_lineno and handler.end_lineno - handler.lineno < 8, handler.name
        assert ast.get_docstring(handler), handler.name


@pytest.mark.parametrize("path", [*FILES, PROJECT / "app.py"], ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("requirements", [PROJECT / "requirements.txt", *template.layered()], ids=name)
def test_what_the_code_imports_is_required_and_nothing_else(requirements: Path) -> None:
    """For every function, or, if the feature has a layer, in that one."""
    layered = {each.parent for each in template.layered()}
    folder = requirements.parent
    files = [each for each in FILES if (each.parent == folder if folder in layered else each.parent not in layered)]
    modules = set().union(*map(imported, files))
    third_party = {module.split(".")[0] for module in modules} - set(sys.stdlib_module_names) - {"app", "chalicelib"}
    lines = [line for line in requirements.read_text("utf-8").splitlines() if line.strip() and line[0] != "#"]
    assert {NAMES.get(each, each) for each in (line.partition("==")[0] for line in lines)} == third_party - PROVIDED
    assert all("==" in line for line in lines), "pinned"
