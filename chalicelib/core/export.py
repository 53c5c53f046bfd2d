"""What people take with them: a feature declares its parts of all that is a person's own, as rows or as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.core import aws
from chalicelib.core.files import listed


class File(NamedTuple):
    """`name` is that in the export, below the part's folder."""

    name: str
    bucket: str
    key: str


Rows = Callable[[str], Iterable[Mapping[str, Any]]]
Files = Callable[[str, str], Iterable[File]]

rows: dict[str, Rows] = {}
files: dict[str, Files] = {}


def stored(bucket: str, folder: str, after: str, within: str = "") -> Iterator[File]:
    """What a bucket has in a folder, or only in one `within` it, with names that begin behind the folder's."""
    for file in listed(aws.client("s3"), bucket, folder + within, after):
        yield File(file["Key"].removeprefix(folder), bucket, file["Key"])


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
