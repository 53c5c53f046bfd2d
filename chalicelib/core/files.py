"""Files in a bucket, whatever their keys: people choose them, and S3 allows nearly any."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.core import aws

_AT_ONCE = 1000
# XML 1.0 can't carry these, even escaped; it may normalize line ends.
_NOT_FOR_XML = re.compile(r"[^\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

File = dict[str, Any]


class UndeletedError(Exception):
    """Raised so that the event comes again and we retry."""


def listed(s3: Any, bucket: str, prefix: str, after: str = "") -> Iterator[File]:
    asked = {"Bucket": bucket, "Prefix": prefix, **({"StartAfter": after} if after else {})}
    while True:
        page = s3.list_objects_v2(**asked)
        yield from page.get("Contents", [])
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def delete_all(s3: Any, bucket: str, files: Iterable[File]) -> None:
    """Delete as many as possible, by key and, if given, version. The error counts what is left, without names."""
    wanted, left = iter(files), 0
    while batch := [_named(file) for file in islice(wanted, _AT_ONCE)]:
        plain = [one for one in batch if not _NOT_FOR_XML.search(one["Key"])]
        odd = [one for one in batch if _NOT_FOR_XML.search(one["Key"])]
        left += sum(not _is_deleted(s3, bucket, one) for one in [*odd, *_refused(s3, bucket, plain)])
    if left:
        raise UndeletedError(f"{left} files could not be deleted")


def abort_uploads(s3: Any, bucket: str, prefix: str) -> None:
    """Page by page, so that an upload that can't be aborted is met only once."""
    asked, left = {"Bucket": bucket, "Prefix": prefix, "EncodingType": "url"}, 0  # boto3 does so for other lists
    while True:
        page = s3.list_multipart_uploads(**asked)
        read = unquote_plus if page.get("EncodingType") == "url" else str
        for upload in page.get("Uploads", []):
            left += not _is_aborted(s3, bucket, read(upload["Key"]), upload["UploadId"])
        if not page.get("IsTruncated"):
            break
        asked |= {"KeyMarker": read(page["NextKeyMarker"]), "UploadIdMarker": page["NextUploadIdMarker"]}
    if left:
        raise UndeletedError(f"{left} uploads could not be aborted")


def _named(file: File) -> dict[str, str]:
    return {name: file[name] for name in ("Key", "VersionId") if name in file}


def _refused(s3: Any, bucket: str, files: list[dict[str, str]]) -> list[dict[str, str]]:
    """What is left after deleting all at once."""
    if not files:
        return []
    try:
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": files, "Quiet": True})
    except aws.Failure as failure:
        if aws.code_of(failure) != "MalformedXML":
            raise
        return files
    return [_named(error) for error in answer.get("Errors", [])]


def _is_deleted(s3: Any, bucket: str, file: dict[str, str]) -> bool:
    try:
        s3.delete_object(Bucket=bucket, **file)
    except aws.Failure:
        return False
    return True


def _is_aborted(s3: Any, bucket: str, key: str, upload: str) -> bool:
    try:
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    except aws.Failure as failure:
        return aws.code_of(failure) == "NoSuchUpload"  # it has ended by now
    return True
