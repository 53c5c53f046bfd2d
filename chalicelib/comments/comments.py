"""Comments on articles: oldest first, each stored once however often it was sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from chalicelib.core.directory import Directory, Written
from chalicelib.core.errors import NotFoundError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.tables import Database, Once, Permit, Table, attempt, tries

_TRIES = 8


class Comment(TypedDict):
    article: str
    id: str
    person: str
    text: str
    at: str
    slug: NotRequired[str]  # of the article; comments of earlier versions lack it


class CommentNotFoundError(NotFoundError):
    detail = "There is no such comment."


@dataclass(frozen=True)
class Comments:
    """Comments belong to an article's id: a later article at the same address has none of them."""

    database: Database
    table: str
    directory: Directory
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def comments(self) -> Table[Comment]:
        return Table(self.database, self.table, ("article", "id"))

    def page(self, article: str, turn: Turn) -> Page[Written]:
        of = ["comments", article]
        [after] = position(of, turn.after, (str,)) or ["!"]
        where = "article = :article AND id > :after"
        found = self.comments.some(turn.limit + 1, where, article=article, after=after)
        rows, following = page(of, turn, found.rows, ["id"], found.more)
        return {"items": self.directory.written(rows), "next": following}

    def add(
        self, article: str, person: str, text: str, client_id: str, permit: Permit | None = None, slug: str = ""
    ) -> tuple[Written, bool]:
        """The comment, and whether it is new: the same client id gives the same comment."""
        at = self.clock()
        comment: Comment = {
            "article": article,
            "id": new_id(),
            "person": person,
            "text": text.strip(),
            "at": as_time(at),
            "slug": slug,
        }
        sent = Once(self.comments, (f"sent#{article}#{person}#{client_id}", "sent"))
        writes = {"sent": sent.note(at, comment=comment["id"]), "comment": self.comments.putting(comment)}
        for _ in tries(_TRIES, self.sleep, "You sent too many comments at once: try again."):
            refused = attempt(self.database, writes, permit)
            if refused is None:
                break
            if "sent" in refused:
                return self.directory.written([self.get(article, sent.became()["comment"])])[0], False
        return self.directory.written([comment])[0], True

    def get(self, article: str, id: str) -> Comment:
        comment = self.comments.get(article, id) if is_id(id) else None
        if not comment:
            raise CommentNotFoundError()
        return comment

    def remove(self, comment: Comment) -> None:
        if not self.comments.remove((comment["article"], comment["id"]), self.comments.there):
            raise CommentNotFoundError()

    def remove_all(self, article: str) -> None:
        for comment in self.comments.rows("article = :article", article=article):
            self.comments.remove((article, comment["id"]))

    def erase(self, person: str) -> None:
        for comment in self.of_person(person):
            self.comments.remove((comment["article"], comment["id"]))

    def of_person(self, person: str) -> Iterator[Comment]:
        return self.comments.of_person(person)
