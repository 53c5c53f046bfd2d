"""Files are deleted whatever their keys and whatever else fails; and no request repeats forever."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.aws import AwsError
from chalicelib.core.files import UndeletedError, abort_uploads, delete_all, listed


class Bucket:
    """As strict as S3 about XML, with one more key that nobody may delete."""

    def __init__(self, *keys: str, kept: str = "") -> None:
        self.keys = dict.fromkeys(keys)
        self.kept = kept
        self.calls: list[str] = []

    def list_objects_v2(self, Bucket: str, Prefix: str, ContinuationToken: str = "") -> dict[str, Any]:
        self.calls.append("list")
        found = sorted(key for key in self.keys if key.startswith(Prefix) and key > ContinuationToken)
        more = {"NextContinuationToken": found[999]} if len(found) > 1000 else {}
        return {"Contents": [{"Key": key} for key in found[:1000]], "IsTruncated": bool(more), **more}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        self.calls.append("delete many")
        keys = [each["Key"] for each in Delete["Objects"]]
        if any((char < " " and char not in "\t\n\r") or char in "\ufffe\uffff" for char in "".join(keys)):
            raise refusal("MalformedXML")
        for key in keys:
            if key != self.kept:
                self.keys.pop(key.replace("\r", "\n"), None)
        return {"Errors": [{"Key": self.kept, "Code": "AccessDenied"}] if self.kept in keys else []}

    def delete_object(self, Bucket: str, Key: str) -> None:
        self.calls.append("delete")
        if Key == self.kept:
            raise refusal("AccessDenied")
        self.keys.pop(Key, None)


def refusal(code: str) -> AwsError:
    return AwsError({"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Delete")


ODD = [f"a/{chr(code)}x" for code in (*range(1, 32), 127)] + ["a/\ufffe", "a/\uffff", "a/\r\n", "a/]]>", "a/\U0001f388"]


def test_a_key_that_xml_cannot_carry_keeps_no_other_one() -> None:
    s3 = Bucket(*ODD, "a/plain", "b/other")
    delete_all(s3, "files", listed(s3, "files", "a/"))
    assert list(s3.keys) == ["b/other"]


@pytest.mark.parametrize("kept", ["a/1", "a/\x01x"])
def test_what_stays_is_counted_and_not_named(kept: str) -> None:
    s3 = Bucket(*ODD, "a/1", "a/2", kept=kept)
    with pytest.raises(UndeletedError, match=r"^1 files could not be deleted$"):
        delete_all(s3, "files", listed(s3, "files", "a/"))
    assert list(s3.keys) == [kept]


def test_many_go_by_the_thousand() -> None:
    s3 = Bucket(*(f"a/{number}" for number in range(2500)))
    delete_all(s3, "files", listed(s3, "files", "a/"))
    assert not s3.keys and sorted(s3.calls) == ["delete many"] * 3 + ["list"] * 3


def test_what_fails_for_all_is_not_tried_one_by_one() -> None:
    class Busy(Bucket):
        def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
            raise refusal("SlowDown")

    s3 = Busy("a/1", "a/2")
    with pytest.raises(AwsError, match="SlowDown"):
        delete_all(s3, "files", listed(s3, "files", "a/"))
    assert "delete" not in s3.calls


class Uploads:
    """Two pages, with encoded keys on request; the first upload can't be aborted, the second has ended meanwhile."""

    def __init__(self) -> None:
        self.aborted: list[str] = []

    def list_multipart_uploads(self, Bucket: str, Prefix: str, EncodingType: str, **markers: str) -> dict[str, Any]:
        if not markers:
            found = [{"Key": "a/kept", "UploadId": "1"}, {"Key": "a/%01+%2B%25", "UploadId": "2"}]
            more = {"IsTruncated": True, "NextKeyMarker": "a/%01+%2B%25", "NextUploadIdMarker": "2"}
            return {"EncodingType": EncodingType, "Uploads": found, **more}
        assert markers == {"KeyMarker": "a/\x01 +%", "UploadIdMarker": "2"}
        return {"EncodingType": EncodingType, "Uploads": [{"Key": "a/z", "UploadId": "3"}], "IsTruncated": False}

    def abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> None:
        if Key in ("a/kept", "a/z"):
            raise refusal("AccessDenied" if Key == "a/kept" else "NoSuchUpload")
        self.aborted.append(Key)


def test_uploads_are_met_once_by_their_real_keys() -> None:
    s3 = Uploads()
    with pytest.raises(UndeletedError, match=r"^1 uploads could not be aborted$"):
        abort_uploads(s3, "files", "a/")
    assert s3.aborted == ["a/\x01 +%"]
