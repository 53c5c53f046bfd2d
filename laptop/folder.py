"""The data folder: private to its owner; a damaged file is reported by name, never skipped."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from cloud.errors import CloudError

# Everything we put there; the folder may hold other things, too.
KEPT = (
    "state",
    "s3",
    "tmp",
    "root-secret",
    "cloud.log",
    "cloud.log.1",
    "speech.log",
    "demo.json",
    "demo.json.before",
    "demo.unfinished",
    "environment.json",
)
LOCKS = ("lock", "run.lock")
_START_OVER = "start over with --fresh"


def make(data: Path) -> None:
    """Private to its owner, even if an earlier version was less strict."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_all(data)
    except OSError as error:
        raise CloudError(f"{data} can't keep the data ({error.strerror}): choose another folder with --data.") from None


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Two clouds with one folder would overwrite each other's state."""
    make(data)
    with opened(data / "run.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CloudError(f"{data} is in use by another run: stop that, or choose one with --data.") from None
        yield


def clear(data: Path) -> None:
    """Remove only what we put there."""
    for name in KEPT:
        path = data / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _close_all(data: Path) -> None:
    entries = list(data.iterdir())
    ours = [entry for entry in entries if entry.name in (*KEPT, *LOCKS)]
    if len(ours) == len(entries):  # it holds other things and may be shared: close only what is ours
        _close(data, data.lstat().st_mode, 0o700)
    tighten(ours)


def tighten(paths: Iterable[Path]) -> None:
    """Remove all access for others, recursively."""
    for path in paths:
        mode = path.lstat().st_mode
        if path.is_symlink():
            continue  # its target is not ours
        if path.is_dir():
            _close(path, mode, 0o700)
            tighten(path.iterdir())
        else:
            _close(path, mode, 0o600)


def _close(path: Path, mode: int, wanted: int) -> None:
    if mode & 0o777 != wanted:
        with suppress(PermissionError):  # it belongs to somebody else
            path.chmod(wanted)


def opened(path: Path, mode: str = "w") -> IO[Any]:
    """Open for writing, private to the owner."""
    try:
        return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> CloudError:
    return CloudError(f"{path} can't be written ({error.strerror}): make room, or move away what is there.")


def write(path: Path, text: str) -> None:
    """Atomically."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        with opened(fresh) as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise _unwritable(path, error) from None


def read_json(path: Path, remedy: str = "") -> Any:
    """The file's content; a damaged one is named, with what to do."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error, remedy) from None


def damaged(path: Path, why: Exception | str, remedy: str = "") -> CloudError:
    """The message to the user. An earlier copy is named, if there is one."""
    return CloudError(f"{path} can't be read ({_words(why)}): {remedy or way_out(path)}.")


def missing(path: Path) -> CloudError:
    return CloudError(f"{path} is missing: {way_out(path)}.")


def copy_of(path: Path) -> Path:
    """Where the earlier copy is, if there is one."""
    return path.with_name(f"{path.name}.before")


def way_out(path: Path) -> str:
    copy = copy_of(path)
    if not copy.is_file():
        return f"restore it from a backup, or {_START_OVER}"
    at = datetime.fromtimestamp(copy.stat().st_mtime).strftime("%Y-%m-%d %H:%M:%S")
    return f"put {copy.name} in its place, a copy from {at}, or {_START_OVER}"


def keep_copy(path: Path) -> None:
    """Next to it, under another name, unless it exists."""
    copy, there, now = copy_of(path), None, path.stat()
    with suppress(FileNotFoundError):
        there = copy.stat()
    if not there or (there.st_size, there.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
        fresh = path.with_name(f"{path.name}.new")
        try:
            shutil.copy2(path, fresh)
            fresh.replace(copy)
        finally:
            fresh.unlink(missing_ok=True)


def _words(why: Exception | str) -> str:
    if isinstance(why, OSError):
        return why.strerror or str(why)
    return "it is not what was written there" if isinstance(why, ValueError | RecursionError) else str(why)
