"""What people take with them: a feature declares its parts of all that is a person's own, as rows or as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class File(NamedTuple):
    """`name` is that in the export, below the part's folder."""

    name: str
    bucket: str
    key: str


Rows = Callable[[str], Iterable[Mapping[str, Any]]]
Files = Callable[[str, str], Iterable[File]]

rows: dict[str, Rows] = {}
files: dict[str, Files] = {}


def exported(name: str) -> Callable[[Rows], Rows]:
    """Called with the person's id; returns all that becomes `name.json`."""

    def declare(function: Rows) -> Rows:
        rows[name] = function
        return function

    return declare


def exported_files(name: str) -> Callable[[Files], Files]:
    """Called with the person's id and a key; returns the files with later keys, in their order."""

    def declare(function: Files) -> Files:
        files[name] = function
        return function

    return declare
