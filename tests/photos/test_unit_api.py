"""The routes of photos as the gateway calls them, and the upload's handler as S3 calls it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

import app
from chalicelib.core import aws
from tests.photos.contract import Store
from tests.support import pictures
from tests.support.events import ADA, CONTEXT, Api, claims

AUTHOR = claims("ada", "authors")
FILE = {"name": "cat.png", "type": "image/png", "size": 5_000_000, "alt": "A cat"}


@pytest.fixture
def site(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("UPLOADS_BUCKET", "the-uploads")
    monkeypatch.setenv("PHOTOS_BUCKET", "the-photos")
    monkeypatch.delitem(aws._clients, "s3")  # one that signs for AWS itself
    return api


def upload_event(key: str) -> dict[str, Any]:
    return {"Records": [{"s3": {"bucket": {"name": "the-uploads"}, "object": {"key": key}}}]}


def test_the_form_takes_this_file_and_no_other(site: Api) -> None:
    answer = site.call("POST", "/blog/photos", who=AUTHOR, json=FILE)
    assert answer.status == 201
    upload = answer.body["upload"]
    assert upload["url"].startswith("https://") and "the-uploads" in upload["url"]
    assert ".eu-central-1." in upload["url"], "a browser is not sent on from another region"
    assert upload["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    policy = json.loads(base64.b64decode(upload["fields"]["policy"]))
    for condition in (
        {"key": f"uploads/{answer.body['id']}"},
        {"bucket": "the-uploads"},
        {"Content-Type": "image/png"},
        ["content-length-range", 1, 5_000_000],
    ):
        assert condition in policy["conditions"]
    assert "cat.png" not in upload["fields"]["key"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/name", "/type", "/size"}),
        ({**FILE, "type": "image/svg+xml"}, {"/type"}),
        ({**FILE, "type": "text/html"}, {"/type"}),
        ({**FILE, "size": 0}, {"/size"}),
        ({**FILE, "size": 26_214_401}, {"/size"}),
        ({**FILE, "size": "5"}, {"/size"}),
        ({**FILE, "name": "a\nb", "alt": "a\nb"}, {"/name", "/alt"}),
        ({**FILE, "status": "ready"}, {"/status"}),
    ],
)
def test_a_bad_file_is_named(door: Api, body: dict[str, Any], pointers: set[str]) -> None:
    answer = door.call("POST", "/blog/photos", who=AUTHOR, json=body)
    assert answer.problem(422) and set(answer.pointers) == pointers


def test_only_authors(door: Api) -> None:
    for method, path in (("POST", ""), ("PATCH", "/1"), ("POST", "/1/retry"), ("DELETE", "/1")):
        assert door.call(method, f"/blog/photos{path}", who=ADA, json={"alt": "x"}).problem(403)
        assert door.call(method, f"/blog/photos{path}", json={"alt": "x"}).problem(401)


def test_from_the_form_to_the_page(site: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    id = site.call("POST", "/blog/photos", who=AUTHOR, json={**FILE, "size": 1e6}).body["id"]
    path, store = f"/blog/photos/{id}", Store()
    monkeypatch.setitem(aws._clients, "s3", store)
    pending = site.call("GET", path)
    assert (pending.body["status"], pending.body["alt"], pending.headers["etag"]) == ("pending", "A cat", '"1"')
    for content, status in ((b"nonsense", "failed"), (pictures.see_through_png(), "ready")):
        store.objects[f"uploads/{id}"] = content
        for _ in range(2):
            app.develop_photo(upload_event(f"uploads/{id}"), CONTEXT)
        assert site.call("GET", path).body["status"] == status
    assert {key for key in store.objects if key.startswith("photos/")} == {
        f"photos/{id}/{width}.{ending}" for width in (320, 640, 700) for ending in ("webp", "jpg")
    }
    assert site.call("POST", f"{path}/retry", who=AUTHOR).problem(409)
    version = site.call("GET", path).body["version"]
    assert site.call("PATCH", path, who=AUTHOR, json={"alt": "x"}, version=version - 1).problem(412)
    described = site.call("PATCH", path, who=AUTHOR, json={"alt": "Half a cat"}, version=version)
    assert described.body["alt"] == "Half a cat"
    assert site.call("GET", path, headers={"If-None-Match": described.headers["etag"]}).status == 304
    assert site.call("DELETE", path, who=AUTHOR).status == 204
    assert site.call("GET", path).problem(404) and site.call("DELETE", path, who=AUTHOR).problem(404)
