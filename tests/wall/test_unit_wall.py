"""Which changes of the wall's table are news for the pages."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.streams import Change
from chalicelib.wall.wall import news

POST = {"strip": "wall#1", "id": "1", "text": "x", "person": "ada", "at": "now"}
SENT = {"strip": "sent#ada#c1", "id": "sent", "post": "1"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "told"),
    [
        ("INSERT", None, POST, ("post", "1")),
        ("REMOVE", POST, None, ("post.deleted", "1")),
        ("MODIFY", POST, POST, None),
        ("INSERT", None, SENT, None),
        ("REMOVE", SENT, None, None),
    ],
)
def test_posts_that_come_or_go_are_news_and_nothing_else_is(kind: str, before: Any, after: Any, told: Any) -> None:
    assert news(Change(kind, before, after)) == told
