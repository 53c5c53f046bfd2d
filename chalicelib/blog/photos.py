"""The blog's photos: a row first, then the file, then the sizes that the pages show. With the row go the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws
from chalicelib.core.errors import ConflictError, NotFoundError, StaleError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import every, read_all, refused_as

PENDING, READY, FAILED = "pending", "ready", "failed"
_GONE = "The file did not arrive, or is gone by now: choose it again."
_KEPT_SECONDS = 7 * 24 * 60 * 60  # what is not ready by then goes by itself
_FORM_SECONDS = 15 * 60
_FOR_EVER = "public, max-age=31536000, immutable"

Photo = dict[str, Any]


class PhotoNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such photo.")


class PictureError(Exception):
    """The file will never become a picture; says why, to who has sent it."""


@dataclass(frozen=True)
class Size:
    """The picture in one width, as a WebP and as a JPEG."""

    width: int
    height: int
    webp: bytes
    jpeg: bytes


@dataclass(frozen=True)
class Picture:
    """As large as it was, and in the sizes that were made of it, the largest first."""

    width: int
    height: int
    sizes: Sequence[Size]


@dataclass(frozen=True)
class Photos:
    dynamodb: Any
    table: str
    address: str  # under which the pages, and the pictures with them, are found

    def add(self, person: str, file: dict[str, Any], seconds: float) -> Photo:
        photo = {
            "id": new_id(),
            "person": person,
            "at": now(),
            "alt": "",
            **file,
            "size": int(file["size"]),
            "status": PENDING,
            "version": 1,
            "attempt": 1,
            "expiresAt": int(seconds) + _KEPT_SECONDS,
        }
        self.dynamodb.put_item(TableName=self.table, Item=typed(photo))
        return photo

    def one(self, id: str) -> Photo:
        return self.shown(self._existing(id))

    def ready(self, ids: Iterable[str]) -> dict[str, Photo]:
        """Those that can be shown, by their ids."""
        keys = [typed({"id": id}) for id in sorted(set(ids)) if is_id(id)]
        rows = read_all(self.dynamodb, self.table, keys)
        return {row["id"]: self.shown(row) for row in rows if row["status"] == READY}

    def describe(self, id: str, alt: str, version: int) -> Photo:
        """What is said to who can't see it."""
        self._existing(id)
        seen = " AND version = :version" if version else ""
        given = {":alt": alt.strip(), ":one": 1, **({":version": version} if version else {})}
        with refused_as(StaleError("The photo was changed since: look at it again.")):
            return self.shown(self._update(id, f"attribute_exists(id){seen}", "SET alt = :alt ADD version :one", given))

    def retry(self, id: str) -> Photo:
        """The row says so; its stream brings the file before the developer once more."""
        self._existing(id)
        change = "SET #status = :pending ADD attempt :one, version :one REMOVE reason"
        with refused_as(ConflictError("The photo is ready.")):
            given = {":pending": PENDING, ":ready": READY, ":one": 1}
            return self.shown(self._update(id, _UNREADY, change, given))

    def remove(self, id: str) -> None:
        if not is_id(id):
            raise PhotoNotFoundError()
        with refused_as(PhotoNotFoundError()):
            self.dynamodb.delete_item(TableName=self.table, Key=_key(id), ConditionExpression="attribute_exists(id)")

    def erase(self, person: str) -> None:
        found = every(
            self.dynamodb,
            TableName=self.table,
            IndexName="by-person",
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues=typed({":person": person}),
        )
        for photo in found:
            self.dynamodb.delete_item(TableName=self.table, Key=_key(photo["id"]))

    def finish(self, id: str, picture: Picture) -> None:
        change = "SET #status = :ready, width = :width, height = :height, sizes = :sizes ADD version :one"
        given = {
            ":ready": READY,
            ":width": picture.width,
            ":height": picture.height,
            ":sizes": [{"width": size.width, "height": size.height} for size in picture.sizes],
            ":one": 1,
        }
        with refused_as(None):  # another delivery of the same event was faster, or the photo is gone
            self._update(id, _UNREADY, f"{change} REMOVE expiresAt, reason", given)

    def fail(self, id: str, reason: str) -> None:
        given = {":failed": FAILED, ":reason": reason, ":ready": READY, ":one": 1}
        new = f"{_UNREADY} AND (attribute_not_exists(reason) OR reason <> :reason)"
        with refused_as(None):
            self._update(id, new, "SET #status = :failed, reason = :reason ADD version :one", given)

    def row(self, id: str) -> Photo | None:
        item = self.dynamodb.get_item(TableName=self.table, Key=_key(id), ConsistentRead=True).get("Item")
        return plain(item) if item else None

    def shown(self, photo: Photo) -> Photo:
        """As everybody may see it: where its sizes are, the smallest first."""
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

    def _update(self, id: str, condition: str, change: str, given: dict[str, Any]) -> Photo:
        named = {"ExpressionAttributeNames": {"#status": "status"}} if "#status" in condition + change else {}
        answer = self.dynamodb.update_item(
            TableName=self.table,
            Key=_key(id),
            ConditionExpression=condition,
            UpdateExpression=change,
            ExpressionAttributeValues=typed(given),
            ReturnValues="ALL_NEW",
            **named,
        )
        return plain(answer["Attributes"])


_UNREADY = "attribute_exists(id) AND #status <> :ready"


def _key(id: str) -> dict[str, Any]:
    return typed({"id": id})


@dataclass(frozen=True)
class Files:
    """What was uploaded, which nobody but the developer sees, and the sizes that were made of it."""

    s3: Any
    uploads: str
    photos: str

    def form(self, photo: Photo) -> dict[str, Any]:
        """With which a browser sends this one file: S3 itself refuses another key, another type, or more bytes."""
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
            for ending, kind, content in (("webp", "image/webp", size.webp), ("jpg", "image/jpeg", size.jpeg)):
                key = f"{_folder(id)}{size.width}.{ending}"
                self.s3.put_object(Bucket=self.photos, Key=key, Body=content, ContentType=kind, CacheControl=_FOR_EVER)

    def announce(self, photo: Photo) -> bool:
        """Puts the upload in its own place: that is an event like the first one. False where there is none."""
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
        """It may tell where it was taken."""
        self.s3.delete_object(Bucket=self.uploads, Key=upload_key(id))

    def drop_sizes(self, id: str) -> None:
        """All of one photo fit on a page of keys."""
        found = self.s3.list_objects_v2(Bucket=self.photos, Prefix=_folder(id)).get("Contents", [])
        for one in found:
            self.s3.delete_object(Bucket=self.photos, Key=one["Key"])


def upload_key(id: str) -> str:
    return f"uploads/{id}"


def _folder(id: str) -> str:
    return f"photos/{id}/"


@dataclass(frozen=True)
class Darkroom:
    """Where uploads become photos."""

    photos: Photos
    files: Files
    developed: Callable[[bytes, str], Picture]

    def develop(self, key: str) -> None:
        """Twice the same event ends where one does; a key that no row knows is none of ours."""
        id = key.removeprefix("uploads/")
        if not is_id(id):
            return
        photo = self.photos.row(id)
        if not photo or photo["status"] == READY:
            self.files.drop_original(id)  # sent once more by the same form, and wanted by nobody
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
        if not self.photos.row(id):  # removed meanwhile
            self.files.drop_sizes(id)


@dataclass(frozen=True)
class Outbox:
    """What follows from a change of a photo's row."""

    photos: Photos
    files: Files
    tell: Callable[[Photo], None]
    forget: Callable[[str, str], None]  # at the edge: what lies there, and on which occasion

    def follow(self, record: dict[str, Any]) -> None:
        change = record["dynamodb"]
        before, after = plain(change.get("OldImage") or {}), plain(change.get("NewImage") or {})
        if not after:
            self.files.drop_original(before["id"])
            self.files.drop_sizes(before["id"])
            if before["status"] == READY:
                self.forget(f"/{_folder(before['id'])}*", before["id"])
        elif before:
            self._follow_change(before, after)

    def _follow_change(self, before: Photo, after: Photo) -> None:
        if after["attempt"] != before["attempt"] and not self.files.announce(after):
            self.photos.fail(after["id"], _GONE)
        if after["status"] == READY:
            self.files.drop_original(after["id"])
        if there := self.photos.row(after["id"]):  # as it is now, whatever a record says that comes late
            self.tell(there)
