"""The blog's photos: first a row, then the file, then the sizes that pages show. Deleting the row deletes the files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws, files
from chalicelib.core.errors import ConflictError, NotFoundError, StaleError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.streams import Change
from chalicelib.core.tables import Database, Permit, Table, transaction

PENDING, READY, FAILED = "pending", "ready", "failed"
_GONE = "The file did not arrive, or is gone: choose it again."
_KEPT_SECONDS = 7 * 24 * 60 * 60  # unfinished photos expire by themselves
_FORM_SECONDS = 15 * 60
_FOR_EVER = "public, max-age=31536000, immutable"

Photo = dict[str, Any]


class PhotoNotFoundError(NotFoundError):
    detail = "There is no such photo."


class PictureError(Exception):
    """The file will never become a picture; the text tells the uploader why."""


@dataclass(frozen=True)
class Size:
    """The picture in one width, as WebP and as JPEG."""

    width: int
    height: int
    webp: bytes
    jpeg: bytes


@dataclass(frozen=True)
class Picture:
    """The picture's original size, and the sizes made from it, the largest first."""

    width: int
    height: int
    sizes: Sequence[Size]


@dataclass(frozen=True)
class Photos:
    database: Database
    table: str
    address: str  # base URL of the pages and their pictures
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Photo]:
        return Table(self.database, self.table)

    def add(self, person: str, file: Photo, permit: Permit | None = None) -> Photo:
        now = self.clock()
        photo = {
            "id": new_id(),
            "person": person,
            "at": as_time(now),
            "alt": "",
            **file,
            "size": int(file["size"]),
            "status": PENDING,
            "version": 1,
            "attempt": 1,
            "expiresAt": int(now) + _KEPT_SECONDS,
        }
        transaction(self.database, {"photo": self.rows.putting(photo)}, permit)
        return photo

    def one(self, id: str) -> Photo:
        return self.shown(self._existing(id))

    def ready(self, ids: Iterable[str]) -> dict[str, Photo]:
        """Those that can be shown, by id."""
        rows = self.rows.many([id for id in sorted(set(ids)) if is_id(id)], consistent=False)
        return {row["id"]: self.shown(row) for row in rows if row["status"] == READY}

    def describe(self, id: str, alt: str, version: int) -> Photo:
        """Set the text for people who can't see the photo."""
        seen: dict[str, Any] = {"version": version} if version else {}
        there = f"{self.rows.there} AND version = :version" if version else self.rows.there
        change = "SET alt = :alt ADD version :one"
        return self._changed(id, change, there, StaleError(_CHANGED), alt=alt.strip(), one=1, **seen)

    def retry(self, id: str) -> Photo:
        """Marks the row; its stream then has the file processed once more."""
        change = "SET #status = :pending ADD attempt :one, version :one REMOVE reason"
        return self._changed(
            id, change, _UNREADY, ConflictError("The photo is ready."), pending=PENDING, ready=READY, one=1
        )

    def remove(self, id: str) -> None:
        if not is_id(id) or not self.rows.remove(id, self.rows.there):
            raise PhotoNotFoundError()

    def erase(self, person: str) -> None:
        for photo in self.of_person(person):
            self.rows.remove(photo["id"])

    def of_person(self, person: str) -> Iterator[Photo]:
        return self.rows.of_person(person)

    def finish(self, id: str, picture: Picture) -> None:
        """Does nothing if another delivery of the same event was faster, or the photo is gone."""
        sizes = [{"width": size.width, "height": size.height} for size in picture.sizes]
        change = "SET #status = :ready, width = :width, height = :height, sizes = :sizes ADD version :one"
        given = {"ready": READY, "width": picture.width, "height": picture.height, "sizes": sizes, "one": 1}
        self.rows.change(id, f"{change} REMOVE expiresAt, reason", _UNREADY, **given)

    def fail(self, id: str, reason: str) -> None:
        new = f"{_UNREADY} AND (attribute_not_exists(reason) OR reason <> :reason)"
        change = "SET #status = :failed, reason = :reason ADD version :one"
        self.rows.change(id, change, new, failed=FAILED, reason=reason, ready=READY, one=1)

    def row(self, id: str) -> Photo | None:
        return self.rows.get(id)

    def shown(self, photo: Photo) -> Photo:
        """The public view: the addresses of its sizes, the smallest first."""
        place = f"{self.address}/photos/{photo['id']}"
        sizes = [
            {**size, "url": f"{place}/{size['width']}.webp", "jpeg": f"{place}/{size['width']}.jpg"}
            for size in reversed(photo.get("sizes", []))
        ]
        told = {name: photo[name] for name in ("id", "status", "alt", "version")}
        reason = {"reason": photo["reason"]} if photo["status"] == FAILED else {}
        return {**told, "width": photo.get("width"), "height": photo.get("height"), "sizes": sizes, **reason}

    def _existing(self, id: str) -> Photo:
        photo = self.row(id) if is_id(id) else None
        if not photo:
            raise PhotoNotFoundError()
        return photo

    def _changed(self, id: str, change: str, where: str, refused: Exception, **given: object) -> Photo:
        self._existing(id)
        photo = self.rows.change(id, change, where, **given)
        if not photo:
            raise refused
        return self.shown(photo)


_UNREADY = "attribute_exists(id) AND #status <> :ready"
_CHANGED = "The photo has changed since: look at it again."


@dataclass(frozen=True)
class Files:
    """Uploads, which only the developing function reads, and the sizes made from them."""

    s3: Any
    uploads: str
    photos: str

    def form(self, photo: Photo) -> dict[str, Any]:
        """A form that sends exactly this file: S3 refuses another key, another type or more bytes."""
        fields = {"Content-Type": photo["type"], "success_action_status": "201"}
        conditions = [dict([field]) for field in fields.items()]
        form: dict[str, Any] = self.s3.generate_presigned_post(
            self.uploads,
            upload_key(photo["id"]),
            Fields=fields,
            Conditions=[*conditions, ["content-length-range", 1, photo["size"]]],
            ExpiresIn=_FORM_SECONDS,
        )
        return form

    def original(self, id: str) -> bytes | None:
        try:
            content: bytes = self.s3.get_object(Bucket=self.uploads, Key=upload_key(id))["Body"].read()
        except aws.Failure as failure:
            if aws.code_of(failure) != "NoSuchKey":
                raise
            return None
        return content

    def put(self, id: str, sizes: Sequence[Size]) -> None:
        for size in sizes:
            both = ("image/webp", size.webp), ("image/jpeg", size.jpeg)
            for key, (kind, content) in zip(_keys(id, size.width), both, strict=True):
                self.s3.put_object(Bucket=self.photos, Key=key, Body=content, ContentType=kind, CacheControl=_FOR_EVER)

    def announce(self, photo: Photo) -> bool:
        """Copy the upload onto itself, which triggers the same event again. False if there is no upload."""
        key = upload_key(photo["id"])
        source = {"Bucket": self.uploads, "Key": key}
        try:
            self.s3.copy_object(
                Bucket=self.uploads,
                Key=key,
                CopySource=source,
                ContentType=photo["type"],
                MetadataDirective="REPLACE",
            )
        except aws.Failure as failure:
            if aws.code_of(failure) != "NoSuchKey":
                raise
            return False
        return True

    def drop_original(self, id: str) -> None:
        """The original may reveal where it was taken."""
        self.s3.delete_object(Bucket=self.uploads, Key=upload_key(id))

    def drop_sizes(self, id: str) -> None:
        files.delete_all(self.s3, self.photos, files.listed(self.s3, self.photos, _folder(id)))


def upload_key(id: str) -> str:
    return f"uploads/{id}"


def _folder(id: str) -> str:
    return f"photos/{id}/"


def _keys(id: str, width: int) -> tuple[str, str]:
    """As WebP and as JPEG."""
    return f"{_folder(id)}{width}.webp", f"{_folder(id)}{width}.jpg"


@dataclass(frozen=True)
class Darkroom:
    """Where uploads become photos."""

    photos: Photos
    files: Files
    developed: Callable[[bytes, str], Picture]

    def develop(self, key: str) -> None:
        """Repeated events have no further effect; a key without a row is not ours."""
        id = key.removeprefix("uploads/")
        if not is_id(id):
            return
        photo = self.photos.row(id)
        if not photo or photo["status"] == READY:
            self.files.drop_original(id)  # uploaded once more with the same form, and not needed
            return
        content = self.files.original(id)
        if content is None:
            self.photos.fail(id, _GONE)
            return
        try:
            picture = self.developed(content, photo["type"])
        except PictureError as refused:
            self.photos.fail(id, str(refused))
            return
        self.files.put(id, picture.sizes)
        self.photos.finish(id, picture)
        if not self.photos.row(id):  # deleted meanwhile
            self.files.drop_sizes(id)


@dataclass(frozen=True)
class Outbox:
    """Handles changes of photo rows."""

    photos: Photos
    files: Files
    tell: Callable[[Photo], None]
    forget: Callable[[list[str]], None]  # paths of the edge

    def follow(self, change: Change[Photo]) -> None:
        if change.before and change.after:
            self._follow_change(change.before, change.after)
        elif change.before:
            self._clear_up(change.before)

    def _clear_up(self, gone: Photo) -> None:
        self.files.drop_original(gone["id"])
        self.files.drop_sizes(gone["id"])
        if gone["status"] == READY:
            # Each by its name: many may be forgotten at once, but few patterns.
            self.forget([f"/{key}" for size in gone["sizes"] for key in _keys(gone["id"], size["width"])])

    def _follow_change(self, before: Photo, after: Photo) -> None:
        if after["attempt"] != before["attempt"] and not self.files.announce(after):
            self.photos.fail(after["id"], _GONE)
        if after["status"] == READY:
            self.files.drop_original(after["id"])
        if there := self.photos.row(after["id"]):  # the current row, however late the record
            self.tell(there)
