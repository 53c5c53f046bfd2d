"""Photos on the deployed stage: what S3 accepts and refuses, the results, and the notifications."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
import requests

from tests.support import pictures
from tests.support.cloud import outputs, problem, root
from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User, until

SITE_HEADERS = ("Content-Security-Policy", "X-Content-Type-Options")


def form_for(author: User, content: bytes, type: str = "image/jpeg", **changes: Any) -> tuple[str, dict[str, Any]]:
    body = {"name": "photo.jpg", "type": type, "size": len(content), **changes}
    answer = author.post("/blog/photos", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["upload"]


def send(form: dict[str, Any], content: bytes, **changes: str) -> requests.Response:
    """As a browser does it."""
    fields, file = {**form["fields"], **changes}, {"file": ("photo.jpg", content, "image/jpeg")}
    return requests.post(form["url"], data=fields, files=file, timeout=30)


def shown(stage: RunningStage, id: str) -> dict[str, Any]:
    photo: dict[str, Any] = stage.call("GET", f"/blog/photos/{id}").json()
    return photo


def settled(stage: RunningStage, id: str) -> dict[str, Any]:
    """Once it is ready or has failed."""
    until(lambda: shown(stage, id)["status"] != "pending", 40)
    return shown(stage, id)


def objects(stage: RunningStage, id: str) -> list[str]:
    found, s3 = outputs(stage), root(stage, "s3")
    listed = [s3.list_objects_v2(Bucket=found[name]) for name in ("UploadsBucket", "PhotosBucket")]
    keys = (one["Key"] for bucket in listed for one in bucket.get("Contents", []))
    return sorted(key.replace(id, "*") for key in keys if id in key)


def test_from_the_camera_to_the_edge(stage: RunningStage, curator: User) -> None:
    content = pictures.photo()
    with Socket(curator) as socket:
        id, form = form_for(curator, content, alt="A hill")
        assert shown(stage, id)["status"] == "pending"
        assert send(form, content).status_code == 201
        photo = settled(stage, id)
        told = socket.until(lambda message: message["type"] == "photo" and message["photo"]["id"] == id)
    assert told["photo"] == photo
    assert (photo["status"], photo["width"], photo["height"], photo["alt"]) == ("ready", 4000, 3000, "A hill")
    assert [(size["width"], size["height"]) for size in photo["sizes"]] == [(320, 240), (640, 480), (1280, 960)]
    for size in photo["sizes"]:
        assert size["url"].startswith(f"{stage.address}/photos/")
        for url, type in ((size["url"], "image/webp"), (size["jpeg"], "image/jpeg")):
            answer = requests.get(url, timeout=20)
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, type)
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert all(header in answer.headers for header in SITE_HEADERS)
            image = pictures.opened(answer.content)
            assert image.size == (size["width"], size["height"]) and not image.getexif()
    sizes = [f"photos/*/{width}.{ending}" for width in (1280, 320, 640) for ending in ("jpg", "webp")]
    until(lambda: objects(stage, id) == sizes)  # the original said where it was taken

    assert curator.delete(f"/blog/photos/{id}").status_code == 204
    until(lambda: objects(stage, id) == [])
    problem(stage.call("GET", f"/blog/photos/{id}"), 404)
    until(lambda: requests.get(photo["sizes"][0]["url"], timeout=20).status_code in (403, 404))


def test_s3_takes_nothing_but_what_was_announced(stage: RunningStage, curator: User) -> None:
    id, form = form_for(curator, b"x" * 400)
    assert send(form, b"x" * 401).status_code == 400
    assert send(form, b"").status_code == 400
    for changes in ({"Content-Type": "text/html"}, {"key": f"uploads/{'0' * 26}"}, {"key": "photos/x"}):
        assert send(form, b"x" * 400, **changes).status_code == 403
    bucket = outputs(stage)["UploadsBucket"]
    assert requests.put(f"{stage.config['s3Endpoint']}/{bucket}/uploads/{id}", b"x", timeout=20).status_code == 403
    assert objects(stage, id) == [] and shown(stage, id)["status"] == "pending"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"<script>alert(1)</script>", "damaged or not a picture"), (pictures.one_by_one(), "but is a PNG")],
)
def test_a_lying_file_fails_and_says_so(stage: RunningStage, curator: User, content: bytes, reason: str) -> None:
    id, form = form_for(curator, content)
    assert send(form, content).status_code == 201
    failed = settled(stage, id)
    assert failed["status"] == "failed" and reason in failed["reason"] and failed["sizes"] == []
    again = curator.post(f"/blog/photos/{id}/retry", None)
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    assert settled(stage, id) == {**failed, "version": failed["version"] + 2}
    assert objects(stage, id) == ["uploads/*"], "for the next try, out of everybody's sight"
    edge = requests.get(f"{stage.address}/uploads/{id}", timeout=20)
    assert edge.status_code in (403, 404)
    curator.delete(f"/blog/photos/{id}")


def test_a_retry_develops_what_is_there_by_then(stage: RunningStage, curator: User) -> None:
    id, form = form_for(curator, b"\xff\xd8\xff" + b"x" * 50_000)
    assert send(form, b"\xff\xd8\xff" + b"x" * 20).status_code == 201
    assert settled(stage, id)["status"] == "failed"
    assert send(form, pictures.photo(400, 300)).status_code == 201
    until(lambda: shown(stage, id)["status"] == "ready", 20)
    problem(curator.post(f"/blog/photos/{id}/retry", None), 409)
    curator.delete(f"/blog/photos/{id}")


def test_with_its_author_goes_a_photo(stage: RunningStage, somebody: User) -> None:
    pool = stage.config["userPoolId"]
    root(stage, "cognito-idp").admin_add_user_to_group(UserPoolId=pool, Username=somebody.email, GroupName="authors")
    author = stage.sign_in(somebody.email, somebody.password)
    content = pictures.file_of(pictures.opened(pictures.one_by_one()), "PNG")
    id, form = form_for(author, content, "image/png", name=f"{secrets.token_hex(3)}.png")
    assert send(form, content).status_code == 201 and settled(stage, id)["status"] == "ready"
    assert author.delete("/me").status_code == 204
    until(lambda: objects(stage, id) == [])
    problem(stage.call("GET", f"/blog/photos/{id}"), 404)
