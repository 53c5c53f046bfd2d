"""Reports once that the disk is full, and once that there is space again."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
ENOUGH = 1_000_000  # space that must be free before it counts as over
AGAIN = "There is space again: everything is stored."
log = logging.getLogger(__name__)


class Disk:
    """Whether a write of the requested size is possible now."""

    refuses = False
    told: int | None = None  # a descriptor that our parent reads: its own log may be on the same disk

    @classmethod
    def refused(cls, error: Exception) -> None:
        if not cls.refuses:
            cls.refuses = True
            cls._say(f"{_words(error)}: nothing is stored until there is space again.")

    @classmethod
    def took_all(cls) -> None:
        if cls.refuses:
            cls.refuses = False
            cls._say(AGAIN)

    @classmethod
    def _say(cls, sentence: str) -> None:
        log.error(sentence)
        if cls.told is not None:
            with suppress(OSError):
                os.write(cls.told, f"{sentence}\n".encode())


def _words(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number in FULL or (isinstance(error, sqlite3.Error) and "full" in str(error)):
        return "The disk is full"
    return f"The data folder can't be written to ({os.strerror(number) if number else error})"


def reserve(folder: Path, size: int) -> None:
    """Fails if writing that much would."""
    probe = folder / f"probe-{os.getpid()}-{time.monotonic_ns()}.tmp"
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if sys.platform == "linux":
            os.posix_fallocate(descriptor, 0, size)
        else:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(bytes(size))
    finally:
        os.close(descriptor)
        probe.unlink()
