"""A zip written in pieces, each an object in a bucket: what is begun can be gone on with in another function.

Pieces are joined by S3, which copies each as a part: all but the last must have five megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # only the one function that makes exports loads it
    from zipfile import ZipFile, ZipInfo

_PART_BYTES = 8 * 1024 * 1024
_KEPT = ("CRC", "file_size", "compress_size", "header_offset", "flag_bits", "external_attr", "date_time")

State = dict[str, Any]
FIRST: State = {"offset": 0, "entries": [], "pieces": []}


@dataclass
class Upload:
    """An object that is written as it is made: a stream for the zip, which can tell where it is, and not go back."""

    s3: Any
    bucket: str
    key: str
    offset: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _parts: list[dict[str, Any]] = field(default_factory=list)
    _id: str = ""

    @property
    def _place(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key, **({"UploadId": self._id} if self._id else {})}

    def write(self, data: bytes) -> int:
        self._buffer += data
        self.offset += len(data)
        while len(self._buffer) >= _PART_BYTES:
            self._send(bytes(self._buffer[:_PART_BYTES]))
            del self._buffer[:_PART_BYTES]
        return len(data)

    def tell(self) -> int:
        return self.offset

    def flush(self) -> None:
        """There is nothing to hurry."""

    def finish(self) -> None:
        if not self._id:
            self.s3.put_object(**self._place, Body=bytes(self._buffer))
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        self.s3.complete_multipart_upload(**self._place, MultipartUpload={"Parts": self._parts})

    def _send(self, data: bytes) -> None:
        self._id = self._id or self.s3.create_multipart_upload(**self._place)["UploadId"]
        number = len(self._parts) + 1
        tag = self.s3.upload_part(**self._place, PartNumber=number, Body=data)["ETag"]
        self._parts.append({"ETag": tag, "PartNumber": number})


class Piece:
    """The next piece of an archive."""

    def __init__(self, upload: Upload, state: State) -> None:
        from zipfile import ZipFile

        upload.offset = state["offset"]
        self._upload, self._state = upload, state
        stream: Any = upload
        self._zip: ZipFile = ZipFile(stream, "w")
        self._zip.filelist = [_restored(entry) for entry in state["entries"]]
        self._zip.NameToInfo = {info.filename: info for info in self._zip.filelist}

    @property
    def written(self) -> int:
        return self._upload.offset - int(self._state["offset"])

    def add(self, name: str, content: Iterable[bytes], size: int = 0) -> None:
        from zipfile import ZipInfo

        info = ZipInfo(name)
        info.file_size, info.external_attr = size, 0o600 << 16
        with self._zip.open(info, "w") as entry:
            for chunk in content:
                entry.write(chunk)

    def end(self, is_last: bool) -> State:
        """Where the next piece begins. Only the last has the archive's directory."""
        if is_last:
            self._zip.close()
        self._zip.fp = None  # or it would write the directory once it is forgotten
        self._upload.finish()
        entries = [_kept(info) for info in self._zip.filelist]
        pieces = [*self._state["pieces"], self._upload.key]
        return {"offset": self._upload.offset, "entries": entries, "pieces": pieces}


def as_json(rows: Iterable[Mapping[str, Any]]) -> Iterable[bytes]:
    """A list, one row a line, written as it is read."""
    before = b"[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False, default=sorted).encode()
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def safe(name: str) -> str:
    """People choose names, and S3 allows any: none may lead out of the folder where the zip is opened."""
    readable = "".join("_" if letter < " " or letter in "\x7f\\:" else letter for letter in name)
    return "/".join("_" if part in ("", ".", "..") else part for part in readable.split("/"))


def _kept(info: ZipInfo) -> dict[str, Any]:
    return {"filename": info.filename, **{name: getattr(info, name) for name in _KEPT}}


def _restored(entry: Mapping[str, Any]) -> ZipInfo:
    from zipfile import ZipInfo

    info = ZipInfo(entry["filename"], tuple(entry["date_time"]))
    for name in _KEPT[:-1]:
        setattr(info, name, entry[name])
    return info
