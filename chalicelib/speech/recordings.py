"""Recordings in a private bucket: the pieces of a job, and the file joined from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core import files
from chalicelib.speech.jobs import Job

MEDIA_TYPE = "audio/mpeg"


@dataclass(frozen=True)
class Recordings:
    s3: Any
    bucket: str

    def pieces(self, job: Job) -> set[str]:
        """The keys of the pieces that exist."""
        return set(self._keys(_pieces(job)))

    def put(self, name: str, sound: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=name, Body=sound, ContentType=MEDIA_TYPE)

    def read(self, name: str) -> bytes:
        sound: bytes = self.s3.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        return sound

    def drop_pieces(self, job: Job) -> None:
        files.delete_all(self.s3, self.bucket, files.listed(self.s3, self.bucket, _pieces(job)))

    def erase(self, person: str, id: str | None = None) -> None:
        """Delete everything of a job, or of a person."""
        place = f"{person}/{id}/" if id else f"{person}/"
        files.delete_all(self.s3, self.bucket, files.listed(self.s3, self.bucket, place))

    def of_person(self, person: str) -> Iterator[str]:
        """The keys of everything a person has."""
        return self._keys(f"{person}/")

    def _keys(self, prefix: str) -> Iterator[str]:
        return (found["Key"] for found in files.listed(self.s3, self.bucket, prefix))


def whole(job: Job) -> str:
    """The key of the complete file."""
    return f"{job['person']}/{job['id']}/speech.mp3"


def piece(job: Job, number: int, text: str) -> str:
    """The key includes a hash of the text, so a piece of another text is never mistaken for it."""
    return f"{_pieces(job)}{number:04d}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.mp3"


def _pieces(job: Job) -> str:
    return f"{job['person']}/{job['id']}/pieces/"
