"""Odd but legal keys: each is listed, is deleted, and blocks no other, as on S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import files
from chalicelib.files.folders import Folders
from cloud.remains import empty
from tests.laptop.embedded_support import Bed, unique

ODD = [
    *(f"control {chr(code)}." for code in (*range(1, 32), 127)),
    *(
        "\ufffe",
        "\uffff",
        " leading",
        "trailing ",
        "trailing/ ",
        "..",
        "a/../b",
        "./c",
        "a//b",
        "/",
        "%00",
        "1+1",
        "a&b",
        "<x>",
    ),
    *("]]>", "new\nline", "re\rturn", "both\r\n", "\U0001f388", "\u0085", "\u2028", "?x=1#y", "a\\b", "&#1;", "\t"),
    "all \x01\n\r&<]]>%00+\U0001f388\ufffe../ ",
]


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    bed = Bed()
    yield bed
    bed.close()


@pytest.fixture
def bucket(bed: Bed) -> str:
    name = unique("files")
    bed.client("s3").create_bucket(Bucket=name)
    return name


def put(s3: Any, bucket: str) -> list[str]:
    keys = [f"me/{name}" for name in ODD]
    keys.append("me/" + "\x01" + "x" * (1024 - 4))
    for key in [*keys, "other/kept"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    return keys


def test_every_key_is_listed_and_goes(bed: Bed, bucket: str) -> None:
    s3 = bed.client("s3")
    keys = put(s3, bucket)
    assert {file["Key"] for file in files.listed(s3, bucket, "me/")} == set(keys)
    files.delete_all(s3, bucket, files.listed(s3, bucket, "me/"))
    assert [file["Key"] for file in files.listed(s3, bucket, "")] == ["other/kept"]


def test_every_version_goes(bed: Bed, bucket: str) -> None:
    """As a stage's buckets are emptied when it is destroyed."""
    s3 = bed.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    keys = put(s3, bucket)
    s3.delete_object(Bucket=bucket, Key=keys[0])
    empty(s3, bucket)
    s3.delete_bucket(Bucket=bucket)


def test_every_upload_is_aborted(bed: Bed, bucket: str) -> None:
    s3 = bed.client("s3")
    for name in ODD:
        with suppress(ClientError):  # it has begun, but the answer repeats the key, which boto3 can't read
            s3.create_multipart_upload(Bucket=bucket, Key=f"me/{name}")
    s3.create_multipart_upload(Bucket=bucket, Key="other/kept")
    assert len(s3.list_multipart_uploads(Bucket=bucket, EncodingType="url")["Uploads"]) == len(ODD) + 1
    files.abort_uploads(s3, bucket, "me/")
    left = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["other/kept"]


def test_a_batch_that_xml_cannot_carry_is_refused_whole(bed: Bed, bucket: str) -> None:
    s3 = bed.client("s3")
    keys = put(s3, bucket)
    with pytest.raises(ClientError, match="MalformedXML"):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert len(list(files.listed(s3, bucket, "me/"))) == len(keys)


def test_a_folder_is_kept_and_erased_whatever_its_keys(bed: Bed, bucket: str) -> None:
    s3, database, table = bed.client("s3"), bed.client("dynamodb"), unique("folders")
    database.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    folders = Folders(database, table, s3, bucket, 100, 0)
    folders.learn("ada", "me")
    put(s3, bucket)
    folders.recount("me")
    assert [file["Key"] for file in files.listed(s3, bucket, "")] == ["other/kept"]
    put(s3, bucket)
    folders.erase("ada")
    assert [file["Key"] for file in files.listed(s3, bucket, "")] == ["other/kept"]
