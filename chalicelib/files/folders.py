"""A folder per person, which the browser reaches directly: whose it is, how full it may be, and its end.

The table has two rows per folder: the person's row names the folder, and the folder's row names the person. A folder
is named after its identity in the identity pool. People can't claim a folder: their token says which is theirs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.core import aws, files
from chalicelib.core.errors import UnauthorizedError
from chalicelib.core.ids import as_time
from chalicelib.core.tables import Database, Table, tries

_TOLD = 10  # how many refused files to remember
_TRIES = 10
_ROUNDS = 20  # of counting in one go; the rest is left for the next time
_MORE_FILES = 10_000  # objects looked at per round, more than the quota allows
_COUNTING_SECONDS = 330  # a little longer than the counting function lives
# Longer than anything issued before can live: then the mark of a leaver's folder expires by itself.
_REMEMBERED_SECONDS = 2 * 24 * 60 * 60

Row = dict[str, Any]


class UncountedError(Exception):
    """Raised so that the event comes again and we retry."""


@dataclass(frozen=True)
class Folders:
    database: Database
    table: str
    s3: Any
    bucket: str
    quota: int
    most_files: int = 10_000
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Row]:
        return Table(self.database, self.table)

    def of(self, person: str) -> Row | None:
        """How full it is, and what was refused; None while the person's folder is unknown."""
        mine = self.rows.get(person)
        return self._shown(mine["folder"]) if mine else None

    def has_any(self, person: str) -> bool:
        return bool((self.of(person) or {}).get("files"))

    def learn(self, person: str, folder: str) -> Row:
        """Which folder belongs to whom never changes."""
        self.rows.change(folder, "SET person = :person", person=person)
        self.rows.change(person, "SET folder = :folder", folder=folder)
        return self._shown(folder)

    def recount(self, folder: str) -> tuple[str | None, Row]:
        """Count the owner's files and delete the latest that don't fit; a second run finds the same.

        One run counts at a time. Others leave a note and the folder is counted once more: a thousand events become
        a few counts.
        """
        if not self._begin(folder):
            return None, {}
        try:
            self._count_to_the_end(folder, int(self.clock() * 1000))
        except Exception:
            self.rows.change(folder, "REMOVE counting")
            raise
        row = self.rows.get(folder) or {}
        return row.get("person"), self._as_shown(folder, row)

    def _count_to_the_end(self, folder: str, now: int) -> None:
        for round in range(_ROUNDS):
            if self._count(folder, now + round) and self._is_over(folder):
                return
        raise UncountedError("files came faster than they could be counted")

    def _begin(self, folder: str) -> bool:
        """False if another run is counting; it now knows that there is more."""
        now = int(self.clock())
        free, until = "attribute_not_exists(counting) OR counting < :now", now + _COUNTING_SECONDS
        for _ in tries(_TRIES, time.sleep, "This folder is being counted too often just now."):
            if self.rows.change(folder, "SET counting = :until REMOVE again", free, until=until, now=now):
                return True
            if self.rows.change(folder, "SET again = :yes", "attribute_exists(counting)", yes=True):
                return False
        raise AssertionError("the last try raises")

    def _is_over(self, folder: str) -> bool:
        if self.rows.change(folder, "REMOVE counting", "attribute_not_exists(again)") is not None:
            return True
        self.rows.change(folder, "REMOVE again")
        return False

    def _count(self, folder: str, now: int) -> bool:
        """Whether that was all: a folder with very many files is counted in rounds."""
        gone: list[Row] = []
        for _ in tries(_TRIES, time.sleep, "This folder is being counted too often just now."):
            row = self.rows.get(folder) or {}
            seen = list(islice(self._files(folder), self.most_files + _MORE_FILES))
            kept, refused = _within(*self._room(row), seen)
            files.delete_all(self.s3, self.bucket, refused)
            gone = [_refusal(folder, file) for file in refused] + gone
            if self._note(folder, row, kept, gone, now):
                break
        return len(seen) < self.most_files + _MORE_FILES

    def _room(self, row: Row) -> tuple[int, int]:
        """Bytes and files allowed; none in a leaver's folder."""
        return (0, 0) if "leftAt" in row else (row.get("quota", self.quota), self.most_files)

    def _note(self, folder: str, row: Row, kept: list[Row], gone: list[Row], now: int) -> bool:
        """False if another run has counted meanwhile: neither may forget what the other removed."""
        seen, known = row.get("counted", 0), row.get("refused", [])
        if seen >= now and not gone:
            return True  # the later observation wins
        told = [file for file in gone if file not in known] + known
        noted = self.rows.change(
            folder,
            "SET used = :used, files = :files, refused = :refused, counted = :now",
            "attribute_not_exists(counted) OR counted = :seen",
            used=sum(map(itemgetter("Size"), kept)),
            files=len(kept),
            refused=told[:_TOLD],
            now=max(now, seen + 1),
            seen=seen,
        )
        return noted is not None

    def erase(self, person: str) -> None:
        """Delete everything in it, and whatever is still uploaded with credentials issued before."""
        mine = self.rows.get(person)
        if not mine:
            return
        now = self.clock()
        gone: Row = {"now": as_time(now), "gone": int(now) + _REMEMBERED_SECONDS}
        self.rows.change(mine["folder"], "SET leftAt = :now, expiresAt = :gone REMOVE person, refused", **gone)
        self.rows.change(person, "SET leftAt = :now, expiresAt = :gone", **gone)
        files.abort_uploads(self.s3, self.bucket, f"{mine['folder']}/")
        files.delete_all(self.s3, self.bucket, self._files(mine["folder"]))

    def left(self, person: str) -> Iterator[Row]:
        """What was there at its end and still is. Later uploads are deleted as they arrive."""
        mine = self.rows.get(person)
        if not mine or "leftAt" not in mine:
            return iter(())
        end = mine["leftAt"][:19]
        return (file for file in self._files(mine["folder"]) if _second(file["LastModified"]) < end)

    def _shown(self, folder: str) -> Row:
        return self._as_shown(folder, self.rows.get(folder) or {})

    def _as_shown(self, folder: str, row: Row) -> Row:
        return {
            "folder": folder,
            "used": row.get("used", 0),
            "quota": row.get("quota", self.quota),
            "files": row.get("files", 0),
            "mostFiles": self.most_files,
            "refused": row.get("refused", []),
        }

    def _files(self, folder: str) -> Iterator[Row]:
        return files.listed(self.s3, self.bucket, f"{folder}/")


def folder_of_token(identities: Any, identity_pool: str, login: str, token: str) -> str:
    """The identity pool's name for this token's person."""
    try:
        return str(identities.get_id(IdentityPoolId=identity_pool, Logins={login: token})["IdentityId"])
    except aws.Failure as failure:
        if aws.code_of(failure) != "NotAuthorizedException":
            raise
        raise UnauthorizedError("Sign in again: this session has ended.") from None


def folder_in(key: str) -> str:
    """The folder that holds this file."""
    return key.partition("/")[0]


def changed_folders(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each folder in the messages once, under its first message's id: if that one comes again, all is counted."""
    found: dict[str, str] = {}
    for message in messages:
        for record in json.loads(message["body"]).get("Records", []):  # S3 first sends a test event
            found.setdefault(folder_in(unquote_plus(record["s3"]["object"]["key"])), message["messageId"])
    return [(id, folder) for folder, id in found.items()]


def _within(quota: int, most: int, found: list[Row]) -> tuple[list[Row], list[Row]]:
    """Older files stay while there is room; a later one may still fit if it is small."""
    kept: list[Row] = []
    refused: list[Row] = []
    used = 0
    for file in sorted(found, key=itemgetter("LastModified", "Key")):
        fits = used + file["Size"] <= quota and len(kept) < most
        used += file["Size"] if fits else 0
        (kept if fits else refused).append(file)
    return kept, refused


def _second(at: datetime) -> str:
    """S3's times have whole seconds."""
    return as_time(at.timestamp())[:19]


def _refusal(folder: str, file: Row) -> Row:
    at = as_time(file["LastModified"].timestamp())
    return {"name": file["Key"].removeprefix(f"{folder}/"), "bytes": file["Size"], "at": at}
