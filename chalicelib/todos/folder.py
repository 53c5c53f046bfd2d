"""A folder for each person, that his browser reaches by itself: whose it is, how full it may be, and its end.

The table has two rows for each: the person's, which names the folder, and the folder's, which names the person. A
folder is called after its identity in the identity pool. Nobody may say himself which is his: his token says it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from chalicelib.core import aws
from chalicelib.core.errors import UnauthorizedError
from chalicelib.core.ids import as_time
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import refused_as, tries

_TOLD = 10  # so many refused files are remembered
_AT_ONCE = 1000
_TRIES = 10
# Longer than anything lives that was given out before: then the mark of a folder whose person left goes by itself.
_REMEMBERED_SECONDS = 2 * 24 * 60 * 60

Row = dict[str, Any]


class _CountedMeanwhileError(Exception):
    """Somebody else has; never leaves this module."""


class UndeletedError(Exception):
    """What called for it comes again, and with it another try."""


@dataclass(frozen=True)
class Folders:
    dynamodb: Any
    table: str
    s3: Any
    bucket: str
    quota: int

    def of(self, person: str) -> Row | None:
        """How full it is, and what was refused; None as long as it is not known which is his."""
        mine = self._row(person)
        return self._shown(mine["folder"], self._row(mine["folder"])) if mine else None

    def learn(self, person: str, folder: str) -> Row:
        """Which folder is whose never changes."""
        self._update(folder, "SET person = :person", {":person": person})
        self._update(person, "SET folder = :folder", {":folder": folder})
        return self._shown(folder, self._row(folder))

    def recount(self, folder: str, seconds: float) -> tuple[str | None, Row]:
        """Whose it is, and how full. What came last and is too much goes again; run twice, it finds the same."""
        gone: list[Row] = []
        for _ in tries(_TRIES, time.sleep, "This folder is being counted too often just now."):
            row = self._row(folder) or {}
            kept, refused = _within(0 if "leftAt" in row else row.get("quota", self.quota), self._files(folder))
            self._delete(refused)
            gone = [_refusal(folder, file) for file in refused] + gone
            if self._note(folder, row, sum(map(itemgetter("Size"), kept)), gone, int(seconds * 1000)):
                break
        return row.get("person"), self._shown(folder, self._row(folder))

    def _note(self, folder: str, row: Row, used: int, gone: list[Row], now: int) -> bool:
        """False where somebody else has counted meanwhile: neither may forget what the other took away."""
        seen, known = row.get("counted", 0), row.get("refused", [])
        if seen >= now and not gone:
            return True  # what was seen later is what holds
        told = [file for file in gone if file not in known] + known
        with suppress(_CountedMeanwhileError), refused_as(_CountedMeanwhileError()):
            self._update(
                folder,
                "SET used = :used, refused = :refused, counted = :now",
                {":used": used, ":refused": told[:_TOLD], ":now": max(now, seen + 1), ":seen": seen},
                "attribute_not_exists(counted) OR counted = :seen",
            )
            return True
        return False

    def erase(self, person: str, seconds: float) -> None:
        """All that lies in it, and what is still put there with credentials that were given out before."""
        mine = self._row(person)
        if not mine:
            return
        gone = {":now": as_time(seconds), ":gone": int(seconds) + _REMEMBERED_SECONDS}
        self._update(mine["folder"], "SET leftAt = :now, expiresAt = :gone REMOVE person, refused", gone)
        self._update(person, "SET leftAt = :now, expiresAt = :gone", gone)
        self._abort_uploads(mine["folder"])
        self._delete(list(self._files(mine["folder"])))

    def _shown(self, folder: str, row: Row | None) -> Row:
        row = row or {}
        return {
            "folder": folder,
            "used": row.get("used", 0),
            "quota": row.get("quota", self.quota),
            "refused": row.get("refused", []),
        }

    def _row(self, id: str) -> Row | None:
        item = self.dynamodb.get_item(TableName=self.table, Key=typed({"id": id}), ConsistentRead=True).get("Item")
        return plain(item) if item else None

    def _update(self, id: str, expression: str, values: Row, condition: str = "") -> None:
        conditional = {"ConditionExpression": condition} if condition else {}
        self.dynamodb.update_item(
            TableName=self.table,
            Key=typed({"id": id}),
            UpdateExpression=expression,
            ExpressionAttributeValues=typed(values),
            **conditional,
        )

    def _files(self, folder: str) -> Iterator[Row]:
        query: Row = {"Bucket": self.bucket, "Prefix": f"{folder}/"}
        while True:
            answer = self.s3.list_objects_v2(**query)
            yield from answer.get("Contents", [])
            if not answer.get("IsTruncated"):
                return
            query["ContinuationToken"] = answer["NextContinuationToken"]

    def _delete(self, files: list[Row]) -> None:
        for start in range(0, len(files), _AT_ONCE):
            objects = [{"Key": file["Key"]} for file in files[start : start + _AT_ONCE]]
            answer = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise UndeletedError(f"{len(answer['Errors'])} files could not be deleted")

    def _abort_uploads(self, folder: str) -> None:
        while under_way := self.s3.list_multipart_uploads(Bucket=self.bucket, Prefix=f"{folder}/").get("Uploads"):
            for upload in under_way:
                self.s3.abort_multipart_upload(Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def folder_of_token(identities: Any, identity_pool: str, login: str, token: str) -> str:
    """The identity pool's name for whoever has this token."""
    try:
        return str(identities.get_id(IdentityPoolId=identity_pool, Logins={login: token})["IdentityId"])
    except aws.Failure as failure:
        if aws.code_of(failure) != "NotAuthorizedException":
            raise
        raise UnauthorizedError("Sign in again: this session has ended.") from None


def folder_in(key: str) -> str:
    """The folder that this file lies in."""
    return key.partition("/")[0]


def _within(quota: int, files: Iterator[Row]) -> tuple[list[Row], list[Row]]:
    """What was there first stays, as long as there is room; what comes after may still fit if it is small."""
    kept: list[Row] = []
    refused: list[Row] = []
    used = 0
    for file in sorted(files, key=itemgetter("LastModified", "Key")):
        fits = used + file["Size"] <= quota
        used += file["Size"] if fits else 0
        (kept if fits else refused).append(file)
    return kept, refused


def _refusal(folder: str, file: Row) -> Row:
    at = as_time(file["LastModified"].timestamp())
    return {"name": file["Key"].removeprefix(f"{folder}/"), "bytes": file["Size"], "at": at}
