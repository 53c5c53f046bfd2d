"""The files of the state: read whole before anything is served, written at once, each with the copy from before."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from ministack.core import persistence

from cloud.errors import CloudError
from laptop.folder import copy_of, damaged, keep_copy, missing

COPIED = (".json", ".pem", ".zip")
Payloads = dict[str, Any]
_read: Payloads = {}


def check(state: Path, objects: Path) -> None:
    """Raises what a person can do about the first file that is not what was written there.

    Nothing has been changed by then: ministack would go on without what it can't read, and make new keys.
    """
    for folder in (state, objects):
        if folder.exists() and not folder.is_dir():
            raise damaged(folder, "it is no folder")
    for path in _files(state):
        if path.suffix in (".new", ".tmp"):
            path.unlink(missing_ok=True)  # a write that was cut off
        elif path.name.endswith(".before"):
            if not path.is_file():
                raise damaged(path, "it is no file", "move it away")
            _check_there(path.with_name(path.name.removesuffix(".before")))
        elif path.suffix == ".pem":
            _check_key(path)
        elif path.suffix == ".zip":
            _check_code(path)
        elif path.suffix == ".json" and path.parent == state:
            _read[path.stem] = _payload(path)
    _check_items(state)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        if path.is_file() or path.suffix in (*COPIED, ".before"):
            yield path


def _check_there(path: Path) -> None:
    if not path.exists():
        raise missing(path)


def _check_key(path: Path) -> None:
    try:
        load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise damaged(path, error) from None


def _check_code(path: Path) -> None:
    """It is named by its hash."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise damaged(path, error) from None
    if hashlib.sha256(content).hexdigest() != path.stem:
        raise damaged(path, "it is not what was written there")


def _payload(path: Path) -> Any:
    try:
        found = json.loads(path.read_bytes(), object_hook=persistence._json_object_hook)
        version, payload = found["__ministack_format__"], found["payload"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = error if isinstance(error, OSError) else "it is not what was written there"
        raise damaged(path, why) from None
    if version > persistence._state_format_version(path.stem):
        raise damaged(path, "a later version has written it")
    return payload


def _check_items(state: Path) -> None:
    """Tables are in one file and their items in another: neither is any good alone."""
    items, tables = state / "items.sqlite", state / "dynamodb.json"
    if tables.exists() and not items.exists():
        raise missing(items)
    if tables.exists() and items.is_file() and not items.stat().st_size:
        raise damaged(items, "it is empty")
    if items.exists() and items.stat().st_size and not tables.exists():
        _check_rows(items, tables)


def _check_rows(items: Path, tables: Path) -> None:
    from laptop.embedded import item_store  # it opens the file

    if item_store.rows():
        raise missing(tables)


def taken(name: str) -> Any:
    """What the file of a service says; once."""
    return _read.pop(name, None)


class StateFiles:
    """One file a service, written when its content is another than before."""

    def __init__(self) -> None:
        self._written: dict[str, int] = {}
        self._turn = threading.Lock()

    def write(self, texts: dict[str, str]) -> None:
        with self._turn:
            for name, text in texts.items():
                if self._written.get(name) != hash(text):
                    _put(Path(persistence.STATE_DIR, f"{name}.json"), text)
                    self._written[name] = hash(text)


def _put(path: Path, text: str) -> None:
    """Never in place: what is there becomes the copy from before."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_text(text)
        if path.exists():
            _keep_as_copy(path)
        fresh.replace(path)
        if not copy_of(path).exists():
            keep_copy(path)
    finally:
        with suppress(OSError):
            fresh.unlink()


def _keep_as_copy(path: Path) -> None:
    """Without writing it again, where the file system has links."""
    link = path.with_name(f"{path.name}.link.new")
    try:
        link.unlink(missing_ok=True)
        os.link(path, link)
        link.replace(copy_of(path))
        link.unlink(missing_ok=True)  # two names of one file are not replaced by each other
    except OSError:
        keep_copy(path)


def keep_copies() -> None:
    """Of each file as it is now: once all of it could be read, and at the end."""
    for path in _files(Path(persistence.STATE_DIR)):
        if path.suffix in COPIED:
            keep_copy(path)


def forget_copy(path: Path) -> None:
    copy_of(path).unlink(missing_ok=True)


def stop(error: CloudError) -> None:
    """From within the server, which would go on without what failed."""
    print(error, flush=True)
    os._exit(1)
