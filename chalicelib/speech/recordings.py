"""What was spoken, in a private bucket: the pieces of a job, and the one file that they become."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.speech.jobs import Job

MEDIA_TYPE = "audio/mpeg"
_AT_ONCE = 1000


@dataclass(frozen=True)
class Recordings:
    s3: Any
    bucket: str

    def pieces(self, job: Job) -> set[str]:
        """The keys of those that are there."""
        return set(self._keys(_pieces(job)))

    def put(self, name: str, sound: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=name, Body=sound, ContentType=MEDIA_TYPE)

    def read(self, name: str) -> bytes:
        sound: bytes = self.s3.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        return sound

    def drop_pieces(self, job: Job) -> None:
        self._delete(_pieces(job))

    def erase(self, person: str, id: str | None = None) -> None:
        """All of a job, or of a person."""
        self._delete(f"{person}/{id}/" if id else f"{person}/")

    def _delete(self, prefix: str) -> None:
        keys = list(self._keys(prefix))
        for start in range(0, len(keys), _AT_ONCE):
            objects = [{"Key": name} for name in keys[start : start + _AT_ONCE]]
            answer = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise RuntimeError(f"{len(answer['Errors'])} recordings could not be deleted")

    def _keys(self, prefix: str) -> Iterator[str]:
        asked = {"Bucket": self.bucket, "Prefix": prefix}
        while True:
            page = self.s3.list_objects_v2(**asked)
            yield from (found["Key"] for found in page.get("Contents", []))
            if not page["IsTruncated"]:
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]


def whole(job: Job) -> str:
    """The key of the one file."""
    return f"{job['person']}/{job['id']}/speech.mp3"


def piece(job: Job, number: int, text: str) -> str:
    """By what is said in it too: a piece of another text is never taken for it."""
    return f"{_pieces(job)}{number:04d}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.mp3"


def _pieces(job: Job) -> str:
    return f"{job['person']}/{job['id']}/pieces/"
