"""Who is told of a comment: the article's author, and those whom it mentions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.articles.articles import Article
from chalicelib.comments.comments import Comment, Comments
from chalicelib.core.notices import MENTION, News, Notices, kind
from chalicelib.core.streams import Change

COMMENT = kind("comment", "Somebody comments on your article")


@dataclass(frozen=True)
class Reporter:
    comments: Comments
    published: Callable[[str], Article | None]  # by its slug, as it is now
    notices: Notices

    def comment(self, change: Change[Comment]) -> None:
        """By what is there now. With one key for both, an author who is mentioned is told once."""
        row = change.after or change.before
        if not row or not row.get("slug"):
            return  # the note of a client id, or a comment of an earlier version
        article = self.published(row["slug"])
        is_seen = article is not None and article["id"] == row["article"] and self._is_there(row)
        by, key, url = row["person"], f"comment {row['id']}", f"/blog/{row['slug']}"
        if article and is_seen:
            self.notices.tell(article["person"], News(COMMENT, key, "commented on your article.", url, by))
        elif article:
            self.notices.take_back(article["person"], key)
        before, after = change.before["text"] if change.before else "", row["text"] if is_seen else ""
        self.notices.mentions(before, after, News(MENTION, key, "mentioned you in a comment.", url, by))

    def _is_there(self, row: Comment) -> bool:
        return self.comments.comments.get(row["article"], row["id"]) is not None
