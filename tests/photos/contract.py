"""The photos' promises: ready or failed despite repeated or late events, and no file without its row."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.core.aws import AwsError
from chalicelib.core.errors import ConflictError, StaleError
from chalicelib.core.ids import new_id
from chalicelib.core.streams import Change
from chalicelib.photos.photos import (
    Darkroom,
    Files,
    Outbox,
    Photo,
    PhotoNotFoundError,
    Photos,
    Picture,
    PictureError,
    Size,
    upload_key,
)
from tests.support.persons import ADA, BOB
from tests.support.tables import Tables

FILE = {"name": "cat.jpg", "type": "image/jpeg", "size": 7}
SITE = "https://example.com"


class Store:
    """Buckets in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.announced: list[str] = []

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._found(Key))}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:
        self.objects[Key] = Body

    def copy_object(self, Bucket: str, Key: str, CopySource: dict[str, str], **_: Any) -> None:
        assert CopySource == {"Bucket": Bucket, "Key": Key} and self._found(Key)
        self.announced.append(Key)

    def delete_object(self, Bucket: str, Key: str) -> None:
        self.objects.pop(Key, None)

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        for each in Delete["Objects"]:
            self.objects.pop(each["Key"], None)
        return {}

    def list_objects_v2(self, Bucket: str, Prefix: str) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}

    def _found(self, key: str) -> bytes:
        if key not in self.objects:
            missing = {"Error": {"Code": "NoSuchKey", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 404}}
            raise AwsError(missing, "GetObject")
        return self.objects[key]


def developed(content: bytes, type: str) -> Picture:
    """Like the real one, for what counts as a picture here."""
    if not content.startswith(b"picture"):
        raise PictureError("That is no picture.")
    return Picture(1000, 500, [Size(640, 320, b"webp 640", b"jpeg 640"), Size(320, 160, b"webp 320", b"jpeg 320")])


@dataclass
class Studio:
    """Photos whose streams and events are read when the test says so."""

    photos: Photos
    store: Store = field(default_factory=Store)
    told: list[Photo] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    @property
    def files(self) -> Files:
        return Files(self.store, "uploads", "photos")

    @property
    def darkroom(self) -> Darkroom:
        return Darkroom(self.photos, self.files, developed)

    def uploaded(self, content: bytes = b"picture", person: str = ADA) -> str:
        id: str = self.photos.add(person, FILE)["id"]
        self.store.objects[upload_key(id)] = content
        return id

    def ready(self, person: str = ADA) -> str:
        id = self.uploaded(person=person)
        self.darkroom.develop(upload_key(id))
        return id

    def follow(self, before: Photo | None, after: Photo | None) -> None:
        """The record of a change, delivered twice."""
        outbox = Outbox(self.photos, self.files, self.told.append, self.forgotten.extend)
        for _ in range(2):
            outbox.follow(Change("MODIFY", before, after))

    def row(self, id: str) -> Photo:
        row = self.photos.row(id)
        assert row
        return row

    def kept(self, id: str) -> list[str]:
        return sorted(key.replace(id, "*") for key in self.store.objects if id in key)


SIZES = ["photos/*/320.jpg", "photos/*/320.webp", "photos/*/640.jpg", "photos/*/640.webp"]


class PhotosContract:
    @pytest.fixture
    def studio(self, tables: Tables) -> Studio:
        return Studio(Photos(tables.database, tables.new("PhotosTable"), SITE))

    def test_a_photo_is_pending_until_it_is_developed(self, studio: Studio) -> None:
        id = studio.uploaded()
        pending = {"id": id, "status": "pending", "alt": "", "version": 1, "width": None, "height": None, "sizes": []}
        assert studio.photos.one(id) == pending and studio.row(id)["expiresAt"] > time.time()
        studio.darkroom.develop(upload_key(id))
        place = f"{SITE}/photos/{id}"
        assert studio.photos.one(id) == {
            **pending,
            "status": "ready",
            "version": 2,
            "width": 1000,
            "height": 500,
            "sizes": [
                {"width": 320, "height": 160, "url": f"{place}/320.webp", "jpeg": f"{place}/320.jpg"},
                {"width": 640, "height": 320, "url": f"{place}/640.webp", "jpeg": f"{place}/640.jpg"},
            ],
        }
        assert studio.kept(id) == [*SIZES, "uploads/*"] and "expiresAt" not in studio.row(id)

    def test_the_original_goes_and_its_author_is_told_once_it_is_ready(self, studio: Studio) -> None:
        id = studio.uploaded()
        pending = studio.row(id)
        studio.follow(None, pending)
        assert studio.told == [] and studio.kept(id) == ["uploads/*"]
        studio.darkroom.develop(upload_key(id))
        studio.follow(pending, studio.row(id))
        assert studio.kept(id) == SIZES
        assert {(photo["person"], photo["status"]) for photo in studio.told} == {(ADA, "ready")}

    def test_an_event_that_comes_again_changes_nothing(self, studio: Studio) -> None:
        good, bad = studio.ready(), studio.uploaded(b"lies")
        studio.darkroom.develop(upload_key(bad))
        before = [studio.row(good), studio.row(bad)]
        for id in (good, bad, good):
            studio.darkroom.develop(upload_key(id))
        assert [studio.row(good), studio.row(bad)] == before

    @pytest.mark.parametrize("key", ["uploads/nobody", "uploads/", "x", "uploads/../photos/1"])
    def test_a_key_of_nobodys_is_none_of_ours(self, studio: Studio, key: str) -> None:
        studio.store.objects[key] = b"picture"
        studio.darkroom.develop(key)
        assert list(studio.store.objects) == [key]

    def test_what_is_sent_for_a_photo_that_is_gone_goes_too(self, studio: Studio) -> None:
        key = f"uploads/{'0' * 26}"
        studio.store.objects[key] = b"picture"
        studio.darkroom.develop(key)
        assert studio.store.objects == {}

    def test_what_is_no_picture_fails_with_its_reason_and_can_be_tried_again(self, studio: Studio) -> None:
        id = studio.uploaded(b"lies")
        studio.darkroom.develop(upload_key(id))
        failed = studio.row(id)
        assert (studio.photos.one(id)["status"], studio.photos.one(id)["reason"]) == ("failed", "That is no picture.")
        assert studio.photos.retry(id) == {**studio.photos.one(id), "status": "pending", "version": 3}
        assert "reason" not in studio.photos.one(id)
        studio.follow(failed, studio.row(id))
        assert set(studio.store.announced) == {upload_key(id)}
        studio.store.objects[upload_key(id)] = b"picture after all"
        studio.darkroom.develop(upload_key(id))
        assert studio.photos.one(id)["status"] == "ready" and "reason" not in studio.row(id)
        with pytest.raises(ConflictError):
            studio.photos.retry(id)

    def test_a_file_that_is_gone_says_so(self, studio: Studio) -> None:
        id = studio.uploaded(b"lies")
        studio.darkroom.develop(upload_key(id))
        failed = studio.row(id)
        studio.store.objects.clear()
        studio.photos.retry(id)
        studio.follow(failed, studio.row(id))
        assert "choose it again" in studio.photos.one(id)["reason"]
        other = studio.uploaded()
        studio.store.objects.clear()
        studio.darkroom.develop(upload_key(other))
        assert "choose it again" in studio.photos.one(other)["reason"]

    def test_what_is_said_of_it(self, studio: Studio) -> None:
        id = studio.ready()
        assert studio.photos.describe(id, " A cat ", 0)["alt"] == "A cat"
        with pytest.raises(StaleError):
            studio.photos.describe(id, "A dog", 2)
        assert studio.photos.describe(id, "", 3) == {**studio.photos.one(id), "alt": "", "version": 4}
        assert studio.photos.one(id)["status"] == "ready"

    def test_with_the_row_go_the_files(self, studio: Studio) -> None:
        ids = [studio.ready(), studio.uploaded(b"lies")]
        for id in ids:
            row = studio.row(id)
            studio.photos.remove(id)
            studio.follow(row, None)
        assert studio.store.objects == {} and studio.told == []
        files = {f"/photos/{ids[0]}/{name}" for name in ("640.webp", "640.jpg", "320.webp", "320.jpg")}
        assert set(studio.forgotten) == files, "the edge forgets what it may have"

    def test_one_that_goes_while_it_is_developed_leaves_nothing(self, studio: Studio) -> None:
        id = studio.uploaded()

        def slow(content: bytes, type: str) -> Picture:
            studio.photos.remove(id)
            return developed(content, type)

        Darkroom(studio.photos, studio.files, slow).develop(upload_key(id))
        assert studio.kept(id) == ["uploads/*"] and studio.photos.row(id) is None

    def test_who_leaves_takes_his_photos_along(self, studio: Studio) -> None:
        mine, theirs = [studio.ready(), studio.uploaded()], studio.ready(BOB)
        studio.photos.erase(ADA)
        studio.photos.erase(ADA)
        assert [studio.photos.row(id) for id in mine] == [None, None] and studio.photos.row(theirs)

    def test_those_that_can_be_shown(self, studio: Studio) -> None:
        ready, pending = studio.ready(), studio.uploaded()
        assert studio.photos.ready([ready, pending, new_id(), "x", ready]) == {ready: studio.photos.one(ready)}

    @pytest.mark.parametrize("id", ["x", "0" * 26, "ready"])
    def test_one_that_never_was(self, studio: Studio, id: str) -> None:
        calls: list[Any] = [studio.photos.one, studio.photos.retry, studio.photos.remove]
        for call in [*calls, lambda id: studio.photos.describe(id, "x", 0)]:
            with pytest.raises(PhotoNotFoundError):
                call(id)
