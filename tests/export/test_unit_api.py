"""The export as the gateway and its stream meet it: what each area puts in, how it is told, and when it is refused."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

import app
from chalicelib.core import aws, export
from chalicelib.export.api import exports
from chalicelib.export.archive import safe
from chalicelib.export.exports import Export
from chalicelib.wall.api import wall
from tests.support.events import ADA, BOB, CONTEXT, Api, a_record
from tests.support.unit import BUCKET

Json = dict[str, Any]


class Post:
    """SES: the mails that were sent."""

    def __init__(self) -> None:
        self.mails: list[Json] = []

    def send_email(self, **mail: Any) -> None:
        self.mails.append(mail)


@pytest.fixture
def post(api: Api, monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post()
    monkeypatch.setitem(aws._clients, "sesv2", post)
    monkeypatch.setenv("MAIL_SENDER", "noreply@example.com")
    monkeypatch.setattr("chalicelib.export.api.noters", [])
    return post


def row_of_ada() -> Export:
    row = exports().find("ada")
    assert row
    return row


def deliver(api: Api) -> None:
    """What the stream does with each change, each twice."""
    for _ in range(4):
        row = row_of_ada()
        assert app.make_export({"Records": [a_record(1, None, row)]}, CONTEXT) == {"batchItemFailures": []}


def test_from_asking_to_the_zip(api: Api, post: Post) -> None:
    api.call("GET", "/me", who=ADA)
    assert api.call("GET", "/me/export", who=ADA).body == {"status": "none"}
    for person in ("ada", "bob"):
        wall().add(person, f"By {person}", "c1")
    api.call("POST", "/todos", who=ADA, json={"title": "Milk"})
    aws.client("s3").put_object(Bucket=BUCKET, Key="ada/1/speech.mp3", Body=b"sound")
    assert api.call("POST", "/me/export", who=ADA).status == 202
    refused = api.call("POST", "/me/export", who=ADA).problem(409)
    assert "being made already" in refused["detail"]
    deliver(api)
    made = api.call("GET", "/me/export", who=ADA).body
    assert made["status"] == "ready" and "X-Amz-Expires=300" in made["url"]
    assert api.call("GET", "/me/export", who=BOB).body == {"status": "none"}
    zipped = aws.client("s3").get_object(Bucket=BUCKET, Key=row_of_ada()["state"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found["spoken texts/1/speech.mp3"] == b"sound"
    lists = {name: json.loads(content) for name, content in found.items() if name.endswith(".json")}
    assert lists.keys() == {f"{name}.json" for name in export.rows}
    assert [row["text"] for row in lists["posts.json"]] == ["By ada"]
    assert [row["title"] for row in lists["todos.json"]] == ["Milk"]
    assert [row["email"] for row in lists["account.json"]] == ["ada@example.com"]


def test_told_once_by_a_mail_and_a_notice(api: Api, post: Post) -> None:
    api.call("GET", "/me", who=ADA)
    api.call("POST", "/me/export", who=ADA)
    deliver(api)
    [mail] = post.mails
    assert mail["Destination"] == {"ToAddresses": ["ada@example.com"]}
    text = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "https://example.com/#/profile" in text and "X-Amz" not in text, "only who signs in gets the file"
    [notice] = api.call("GET", "/notices", who=ADA).body["items"]
    assert (notice["text"], notice["url"]) == ("All that is yours is ready to download.", "/profile")


def test_three_a_day(api: Api, post: Post) -> None:
    api.call("GET", "/me", who=ADA)
    for _ in range(3):
        assert api.call("POST", "/me/export", who=ADA).status == 202
        deliver(api)
    api.call("POST", "/me/export", who=ADA).problem(429)


def test_every_feature_that_keeps_something_puts_it_in() -> None:
    assert {*export.rows, *export.files} >= {
        *("account", "albums", "articles", "comments", "conversations", "files", "messages", "notices", "photos"),
        *("posts", "speech", "spoken texts", "todos"),
    }


@pytest.mark.parametrize(
    ("name", "in_the_zip"),
    [("a/b.txt", "a/b.txt"), ("../../etc/x", "_/_/etc/x"), ("/x", "_/x"), ("C:\\x\n", "C__x_"), ("a//./b", "a/_/_/b")],
)
def test_names_that_lead_nowhere_else(name: str, in_the_zip: str) -> None:
    assert safe(name) == in_the_zip
