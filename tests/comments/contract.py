"""The comments' promises: oldest first, no duplicates, deleted for good."""

from __future__ import annotations

from functools import partial

import pytest

from chalicelib.comments.comments import CommentNotFoundError, Comments
from chalicelib.core.errors import BadRequestError
from chalicelib.core.pages import Turn
from tests.support.persons import ADA, BOB, Persons, made_at_once, who
from tests.support.tables import Tables

EVERYTHING = Turn(100)


class CommentsContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture
    def comments(self, tables: Tables, persons: Persons) -> Comments:
        return Comments(tables.database, tables.new("CommentsTable"), persons.directory)

    def test_oldest_first_each_once(self, comments: Comments, persons: Persons) -> None:
        first, is_new = comments.add("a1", ADA, " Hello ", "c1")
        assert is_new and first == {"id": first["id"], "text": "Hello", "author": who(ADA), "at": first["at"]}
        assert comments.add("a1", ADA, "Other words", "c1") == (first, False)
        made = made_at_once([partial(comments.add, "a1", BOB, "Same", "c1")] * 4)
        assert sum(new for _, new in made) == 1
        comments.add("a2", ADA, "Elsewhere", "c1")
        pages = [comments.page("a1", Turn(1))]
        pages.append(comments.page("a1", Turn(1, pages[0]["next"])))
        assert [one["text"] for page in pages for one in page["items"]] == ["Hello", "Same"]
        assert pages[1]["next"] is None
        with pytest.raises(BadRequestError):
            comments.page("a2", Turn(1, pages[0]["next"]))
        persons.leave(BOB)
        assert comments.page("a1", EVERYTHING)["items"][1]["author"]["name"] == "Somebody who left"

    def test_what_is_deleted_is_gone(self, comments: Comments) -> None:
        id = comments.add("a1", ADA, "Hello", "c1")[0]["id"]
        comment = comments.get("a1", id)
        comments.remove(comment)
        with pytest.raises(CommentNotFoundError):
            comments.remove(comment)
        for gone in (id, "sent", "x"):
            with pytest.raises(CommentNotFoundError):
                comments.get("a1", gone)
        with pytest.raises(CommentNotFoundError):
            comments.add("a1", ADA, "Hello", "c1")
        assert comments.page("a1", EVERYTHING)["items"] == []

    def test_go_with_their_article_or_with_their_person(self, comments: Comments) -> None:
        for article, person in (("a1", ADA), ("a1", BOB), ("a2", ADA), ("a2", BOB)):
            comments.add(article, person, f"{person} on {article}", "c1")
        for _ in range(2):
            comments.remove_all("a1")
            comments.erase(ADA)
            assert comments.page("a1", EVERYTHING)["items"] == []
            assert [one["text"] for one in comments.page("a2", EVERYTHING)["items"]] == ["bob on a2"]
