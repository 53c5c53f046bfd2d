"""Comments as the gateway requests them: who may delete one."""

from __future__ import annotations

from typing import Any

import pytest

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
