"""Temporary URLs: as botocore would have signed them."""

from __future__ import annotations

import calendar
import time
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config

from chalicelib.core.presigned import presigned_get

PLACES = [
    {"AWS_DEFAULT_REGION": "eu-central-1"},
    {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://localhost:4566"},
    {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://x", "AWS_ENDPOINT_URL_S3": "https://s3.test:444"},
]


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("token", [None, "a/token+="])
@pytest.mark.parametrize("key", ["ada/1/speech.mp3", "Größe & ~x/𝄞 +1.mp3"])
@pytest.mark.parametrize("answer", [{}, {"response-content-disposition": 'attachment; filename="a b.mp3"'}])
def test_is_what_botocore_signs(place: dict[str, str], token: str | None, key: str, answer: dict[str, str]) -> None:
    endpoint = place.get("AWS_ENDPOINT_URL_S3") or place.get("AWS_ENDPOINT_URL")
    client = boto3.session.Session("key", "secret", token, place["AWS_DEFAULT_REGION"]).client(
        "s3",
        endpoint_url=endpoint or f"https://s3.{place['AWS_DEFAULT_REGION']}.amazonaws.com",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    named = {"ResponseContentDisposition": answer["response-content-disposition"]} if answer else {}
    theirs = client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": key, **named}, ExpiresIn=900)
    asked = parse_qs(urlsplit(theirs).query)
    now = calendar.timegm(time.strptime(asked["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ"))

    environ = {**place, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    environ |= {"AWS_SESSION_TOKEN": token} if token else {}
    ours = presigned_get("bucket", key, 900, now=now, answer=answer, environ=environ)
    assert urlsplit(ours)[:3] == urlsplit(theirs)[:3]
    assert parse_qs(urlsplit(ours).query) == asked
