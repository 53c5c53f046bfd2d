"""A person's export: a row that moves. Each step writes a piece of the zip, and the row's stream triggers the next.

A step that runs twice writes two pieces of which the row keeps one: so an export goes on after any interruption.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from chalicelib.core import aws, files
from chalicelib.core.errors import ConflictError
from chalicelib.core.export import File, Files, Rows
from chalicelib.core.ids import as_time, new_id
from chalicelib.core.streams import Change
from chalicelib.core.tables import Database, Permit, Table, transaction
from chalicelib.export.archive import FIRST, Piece, State, Upload, as_json, safe

MAKING, READY = "making", "ready"
KEPT_SECONDS = 3 * 24 * 60 * 60  # as in the bucket's lifecycle
_STUCK_SECONDS = 24 * 60 * 60
_CHUNK = 1024 * 1024


class Export(TypedDict):
    person: str
    id: str
    status: str
    at: str
    begun: int
    steps: int
    part: str  # what comes next: this part, after this key
    after: str
    state: str  # the key of what the next step needs to know; at last that of the zip
    bytes: NotRequired[int]
    told: NotRequired[bool]
    expiresAt: NotRequired[int]


class ExportingError(ConflictError):
    detail = "Your export is being made already: a mail tells you when it is ready."


@dataclass(frozen=True)
class Exports:
    database: Database
    table: str
    s3: Any
    bucket: str
    rows_of: Mapping[str, Rows]
    files_of: Mapping[str, Files]
    step_bytes: int = 64 * 1024 * 1024
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Export]:
        return Table(self.database, self.table, ("person",))

    def begin(self, person: str, permit: Permit | None = None) -> Export:
        """One at a time; one that hangs for a day gives way."""
        now = self.clock()
        row: Export = {
            "person": person,
            "id": new_id(),
            "status": MAKING,
            "at": as_time(now),
            "begun": int(now),
            "steps": 0,
            "part": "",
            "after": "",
            "state": "",
        }
        free = "attribute_not_exists(person) OR #status <> :making OR begun < :stuck"
        put = self.rows.putting(row, free, making=MAKING, stuck=int(now) - _STUCK_SECONDS)
        if transaction(self.database, {"export": put}, permit):
            raise ExportingError()
        return row

    def find(self, person: str) -> Export | None:
        row, now = self.rows.get(person), self.clock()
        return row if row and row.get("expiresAt", now) >= now else None

    def follow(self, change: Change[Export], tell: Callable[[Export], None]) -> None:
        """By the current row, however late the record."""
        row = self.rows.get(change.after["person"]) if change.after else None
        if row and row["status"] == MAKING:
            self.step(row)
        elif row and self._mark_told(row):
            tell(row)

    def step(self, row: Export) -> None:
        """What it writes has names of its own; the row says which of them count."""
        name = f"{row['person']}/{row['id']}/{new_id()}"
        piece = Piece(Upload(self.s3, self.bucket, name), self._state(row))
        part, after, is_last = self._write(piece, row)
        end = piece.end(is_last)
        result = f"{name}.zip" if is_last else f"{name}.json"
        if is_last:
            self._join(end["pieces"], result)
            moved = self._finish(row, result, end["offset"])
        else:
            self.s3.put_object(Bucket=self.bucket, Key=result, Body=json.dumps(end).encode())
            moved = self._move(row, result, part, after)
        if not moved:  # another run was faster, or the person has left
            files.delete_all(self.s3, self.bucket, [{"Key": name}, {"Key": result}])
        elif is_last:
            self._delete_but(result, f"{row['person']}/")

    def erase(self, person: str) -> None:
        self.rows.remove(person)
        files.abort_uploads(self.s3, self.bucket, f"{person}/")
        files.delete_all(self.s3, self.bucket, files.listed(self.s3, self.bucket, f"{person}/"))

    def of_person(self, person: str) -> Iterator[Mapping[str, Any]]:
        if row := self.rows.get(person):
            yield row
        yield from files.listed(self.s3, self.bucket, f"{person}/")

    def _write(self, piece: Piece, row: Export) -> tuple[str, str, bool]:
        """As much as a step takes: where the next goes on, or that it was all. A file is the least that is written."""
        person = row["person"]
        for name in sorted(name for name in (*self.rows_of, *self.files_of) if name >= row["part"]):
            if name in self.rows_of:
                piece.add(f"{name}.json", as_json(self.rows_of[name](person)))
                if piece.written >= self.step_bytes:
                    return f"{name} ", "", False  # sorts right behind it
            elif last := self._write_files(piece, name, person, row["after"] if name == row["part"] else ""):
                return name, last, False
        return "", "", True

    def _write_files(self, piece: Piece, name: str, person: str, after: str) -> str:
        """The last key, if there may be more."""
        for file in self.files_of[name](person, after):
            self._add(piece, name, file)
            if piece.written >= self.step_bytes:
                return file.key
        return ""

    def _add(self, piece: Piece, folder: str, file: File) -> None:
        try:
            answer = self.s3.get_object(Bucket=file.bucket, Key=file.key)
        except aws.Failure as failure:
            if aws.code_of(failure) != "NoSuchKey":
                raise
            return  # deleted meanwhile
        body = answer["Body"]
        chunks = iter(lambda: body.read(_CHUNK), b"")
        piece.add(safe(f"{folder}/{file.name}"), chunks, answer["ContentLength"])

    def _state(self, row: Export) -> State:
        if not row["state"]:
            return FIRST
        found: State = json.loads(self.s3.get_object(Bucket=self.bucket, Key=row["state"])["Body"].read())
        return found

    def _join(self, pieces: list[str], key: str) -> None:
        place = {"Bucket": self.bucket, "Key": key}
        id = self.s3.create_multipart_upload(**place, ContentType="application/zip")["UploadId"]
        parts = [self._copied(piece, {**place, "UploadId": id}, number) for number, piece in enumerate(pieces, 1)]
        self.s3.complete_multipart_upload(**place, UploadId=id, MultipartUpload={"Parts": parts})

    def _copied(self, piece: str, upload: dict[str, str], number: int) -> dict[str, Any]:
        source = {"Bucket": self.bucket, "Key": piece}
        copied = self.s3.upload_part_copy(**upload, PartNumber=number, CopySource=source)["CopyPartResult"]
        return {"ETag": copied["ETag"], "PartNumber": number}

    def _delete_but(self, key: str, folder: str) -> None:
        there = files.listed(self.s3, self.bucket, folder)
        files.delete_all(self.s3, self.bucket, (file for file in there if file["Key"] != key))

    def _move(self, row: Export, state: str, part: str, after: str) -> bool:
        update = "SET #state = :state, part = :part, #after = :after ADD steps :one"
        return self._change(row, update, state=state, part=part, after=after)

    def _finish(self, row: Export, state: str, size: int) -> bool:
        update = "SET #state = :state, #status = :ready, #bytes = :size, expiresAt = :end ADD steps :one"
        end = int(self.clock()) + KEPT_SECONDS
        return self._change(row, update, state=state, ready=READY, size=size, end=end)

    def _change(self, row: Export, update: str, **values: object) -> bool:
        where = "id = :id AND steps = :seen AND #status = :making"
        given = {**values, "id": row["id"], "seen": row["steps"], "making": MAKING, "one": 1}
        return self.rows.change(row["person"], update, where, **given) is not None

    def _mark_told(self, row: Export) -> bool:
        where = "id = :id AND attribute_not_exists(told)"
        return self.rows.change(row["person"], "SET told = :yes", where, id=row["id"], yes=True) is not None

    def forget_told(self, row: Export) -> None:
        self.rows.change(row["person"], "REMOVE told", "id = :id", id=row["id"])
