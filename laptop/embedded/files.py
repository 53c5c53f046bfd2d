"""S3: what can't be written to disk is refused as a whole, in memory too."""

from __future__ import annotations

import json
import os
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack.services import s3

from laptop.embedded.disk import Disk, reserve
from laptop.embedded.object_files import FACTS, read_facts
from laptop.embedded.patching import Function, patch

MARGIN = 65_536
NOT_STORED = "It could not be stored, and nothing was changed: try again"
_failures: ContextVar[list[Exception] | None] = ContextVar("failures", default=None)


@patch(s3, "_build_object_record")
def if_there_is_room(original: Function, body: bytes, *given: Any, **options: Any) -> Any:
    """Before anything is changed or announced."""
    _check_room(len(body))
    return original(body, *given, **options)


@patch(s3, "_complete_multipart_upload")
def if_there_is_room_for_all(original: Function, bucket: str, key: str, body: bytes, query: Any, *given: Any) -> Any:
    upload = s3._multipart_uploads.get(s3._qp(query, "uploadId")) or {}
    _check_room(sum(len(part["body"]) for part in upload.get("parts", {}).values()))
    return original(bucket, key, body, query, *given)


def _check_room(size: int) -> None:
    reserve(Path(s3.DATA_DIR).parent / "tmp", size + MARGIN)


@patch(s3, "_atomic_write")
def and_say_so(original: Function, path: str, data: Any, **options: Any) -> None:
    """ministack continues as if it had been stored."""
    try:
        original(path, data, **options)
    except OSError as error:
        _failed(error)
        raise


def _failed(error: Exception) -> None:
    failures = _failures.get()
    if failures is not None:
        failures.append(error)
    Disk.refused(error)


@patch(s3, "_persist_object")
def both_or_none(original: Function, bucket: str, key: str, record: Any) -> None:
    """A file and its metadata are replaced together."""
    body = record.get("body")
    if body is None:
        original(bucket, key, record)
        return
    path = Path(s3._object_disk_path(bucket, key))
    facts = {**s3._object_meta_from_record(record), **s3._key_history_meta(bucket, key), "key": key}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _fresh(path, body), _fresh(path.with_name(path.name + FACTS), json.dumps(facts).encode())
    except OSError as error:
        _failed(error)
        _as_on_disk(bucket, key, path)
        return
    for each in fresh:
        each.replace(each.with_suffix(""))
    record["body"] = None  # read from the file instead
    s3._remove_key_files(s3._other_key_disk_path(str(Path(s3.DATA_DIR, s3.get_account_id(), bucket)), key, str(path)))


def _fresh(path: Path, content: bytes) -> Path:
    fresh = path.with_name(path.name + ".tmp")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _as_on_disk(bucket: str, key: str, path: Path) -> None:
    """The object as before the failed write, or none."""
    objects = s3._buckets[bucket]["objects"]
    path.with_name(path.name + ".tmp").unlink(missing_ok=True)
    failed = objects.pop(key, None) or {}
    versions = s3._object_versions.get((bucket, key)) or []
    versions[:] = [each for each in versions if each["version_id"] != failed.get("version_id")]
    if path.is_file():
        facts = read_facts(path.with_name(path.name + FACTS))
        named = s3._object_meta_from_record({})
        objects[key] = {"body": None, **{name: facts[name] for name in named if name in facts}}
        if versions:
            versions[-1]["is_latest"] = True


@patch(s3, "_remove_key_files")
def facts_aside(original: Function, path: str | None) -> None:
    """Whenever a kill comes, no metadata is left of a deleted file."""
    if path:
        facts, aside = Path(path + FACTS), Path(path + FACTS + ".tmp")
        if facts.is_file():
            facts.replace(aside)
        original(path)
        aside.unlink(missing_ok=True)


@patch(s3, "handle_request")
async def stored_or_refused(original: Function, *request: Any, **options: Any) -> Any:
    mark = _failures.set([])
    try:
        answer = await original(*request, **options)
        failures = _failures.get()
    except OSError as error:
        Disk.refused(error)
        failures = [error]
    finally:
        _failures.reset(mark)
    if failures:
        return s3._error("InternalError", NOT_STORED, 500)
    return answer
