"""Comments as the gateway requests them: who may delete one."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.comments import api as comments_api
from chalicelib.core.streams import Change
from tests.support.events import ADA, BOB, Api, claims

AUTHOR, CURATOR = claims("dora", "authors"), claims("cleo", "curators")


@pytest.fixture
def path(api: Api) -> str:
    """The path of a comment by Ada."""
    article = {"title": "Cats", "body": "Text", "status": "published"}
    slug = api.call("POST", "/blog/articles", who=AUTHOR, json=article).body["slug"]
    comment = api.call("POST", f"/blog/articles/{slug}/comments", who=ADA, json={"text": "Hello", "clientId": "c1"})
    return f"/blog/articles/{slug}/comments/{comment.body['id']}"


@pytest.mark.parametrize("who", [ADA, AUTHOR])
def test_deleted_by_who_wrote_it_or_by_an_author(api: Api, path: str, who: dict[str, Any]) -> None:
    for stranger in (BOB, CURATOR):
        refused = api.call("DELETE", path, who=stranger).problem(403)
        assert refused["detail"] == "Only the person who wrote the comment, or an author of the blog, may delete it."
    assert api.call("DELETE", path, who=who).status == 204
    assert api.call("DELETE", path, who=who).problem(404)


def test_a_new_comment_is_pushed_while_it_is_there(api: Api, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(comments_api, "push", lambda: Told(told))
    slug, id = path.split("/")[3], path.rpartition("/")[2]
    article = api.call("GET", f"/blog/articles/{slug}").body["id"]
    row = comments_api.comments().get(article, id)
    note: Any = {"article": "sent#x#ada#c1", "id": "sent", "comment": id}
    shown = api.call("GET", f"/blog/articles/{slug}/comments").body["items"][0]
    comments_api._push(Change("INSERT", None, row))
    comments_api._push(Change("INSERT", None, note))
    comments_api._push(Change("REMOVE", row, None))
    assert told == [{"type": "comment", "articleId": article, "comment": shown}]
    api.call("DELETE", path, who=ADA)
    comments_api._push(Change("INSERT", None, row))
    assert len(told) == 1, "late, and gone by now"


class Told:
    """Records what would be pushed."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        self._told = told

    def to_everyone(self, message: dict[str, Any]) -> None:
        self._told.append(message)
