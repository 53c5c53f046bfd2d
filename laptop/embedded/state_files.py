"""State files: all are read before anything is served; each is written atomically and has an earlier copy."""

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
    """Raises, for the first file that is not what was written, what the user can do about it.

    Nothing has changed yet: ministack would ignore what it can't read, and make new keys.
    """
    for folder in (state, objects):
        if folder.exists() and not folder.is_dir():
            raise damaged(folder, "it is not a folder")
    for path in _files(state):
        if path.suffix in (".new", ".tmp"):
            path.unlink(missing_ok=True)  # an interrupted write
        elif path.name.endswith(".before"):
            if not path.is_file():
                raise damaged(path, "it is not a file", "move it away")
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
    """Tables are in one file and their items in another: neither is usable alone."""
    items, tables = state / "items.sqlite", state / "dynamodb.json"
    if tables.exists() and not items.exists():
        raise missing(items)
    if tables.exists() and items.is_file() and not items.stat().st_size:
        raise damaged(items, "it is empty")
    if items.exists() and items.stat().st_size and not tables.exists():
        _check_rows(items, tables)


def _check_rows(items: Path, tables: Path) -> None:
    from laptop.embedded import item_store  # this opens the file

    if item_store.rows():
        raise missing(tables)


def taken(name: str) -> Any:
    """The content of a service's file; once."""
    return _read.pop(name, None)


class StateFiles:
    """One file per service, written when its content changes."""

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
    """Never in place: the old file becomes the copy."""
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
    """Without rewriting it, if the file system has links."""
    link = path.with_name(f"{path.name}.link.new")
    try:
        link.unlink(missing_ok=True)
        os.link(path, link)
        link.replace(copy_of(path))
        link.unlink(missing_ok=True)  # rename does nothing between two names of one file
    except OSError:
        keep_copy(path)


def keep_copies() -> None:
    """A copy of each current file: once all could be read, and at the end."""
    for path in _files(Path(persistence.STATE_DIR)):
        if path.suffix in COPIED:
            keep_copy(path)


def forget_copy(path: Path) -> None:
    copy_of(path).unlink(missing_ok=True)


def stop(error: CloudError) -> None:
    """Stop from within the server, which would continue after the failure."""
    print(error, flush=True)
    os._exit(1)
