"""The wall: posts newest first, each stored once however often it was sent, without a hot partition."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import NotRequired, TypedDict

from chalicelib.core.directory import Directory, Written
from chalicelib.core.errors import NotFoundError, ParameterError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.mentions import plain
from chalicelib.core.notices import MENTION, News
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.streams import Change
from chalicelib.core.tables import Database, Once, Permit, Table, Write, attempt, tries
from chalicelib.core.things import Thing

# The wall's order is spread over this many strips: each takes its share of writes, and a page merges all of them.
_STRIPS = 4
_TRIES = 8


class Post(TypedDict):
    strip: NotRequired[str]
    id: str
    person: str
    text: str
    at: str


class PostNotFoundError(NotFoundError):
    detail = "There is no such post, or it is not yours."


@dataclass(frozen=True)
class Wall:
    database: Database
    table: str
    directory: Directory
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def posts(self) -> Table[Post]:
        return Table(self.database, self.table, ("strip", "id"))

    def add(self, person: str, text: str, client_id: str, permit: Permit | None = None) -> Written:
        """The same client id gives the same post."""
        sent = Once(self.posts, (f"sent#{person}#{client_id}", "sent"))
        for _ in tries(_TRIES, self.sleep, "You sent too many posts at once: try again."):
            at = self.clock()
            post: Post = {"id": new_id(), "person": person, "text": text.strip(), "at": as_time(at)}
            writes = {"sent": sent.note(at, post=post["id"]), "post": self._putting(post)}
            refused = attempt(self.database, writes, permit)
            if refused is None:
                break
            if "sent" in refused:
                return self._existing(sent.became()["post"])
        return self.directory.written([post])[0]

    def newest(self, turn: Turn) -> Page[Written]:
        return self._page("newest", turn, newest_first=True)

    def since(self, id: str, turn: Turn) -> Page[Written]:
        """Everything after that post, oldest first; the post itself may be gone."""
        if not is_id(id):
            raise ParameterError("since", "must be the id of a post")
        return self._page("since", turn, newest_first=False, start=id)

    def remove(self, id: str, person: str) -> None:
        if not is_id(id) or not self.posts.remove(key_of(id), "person = :person", person=person):
            raise PostNotFoundError()

    def erase(self, person: str) -> None:
        for post in self.of_person(person):
            self.posts.remove(key_of(post["id"]))

    def of_person(self, person: str) -> Iterator[Post]:
        return self.posts.of_person(person)

    def has_any(self, person: str) -> bool:
        return bool(self.posts.some(1, "person = :person", index="by-person", person=person).rows)

    def find(self, id: str) -> Post | None:
        """The current post, however late the record."""
        return self.posts.get(*key_of(id))

    def _existing(self, id: str) -> Written:
        post = self.find(id)
        if not post:
            raise PostNotFoundError()  # deleted meanwhile
        return self.directory.written([post])[0]

    def _putting(self, post: Post) -> Write:
        return self.posts.putting({**post, "strip": _strip(post["id"])})

    def _page(self, name: str, turn: Turn, newest_first: bool, start: str = "") -> Page[Written]:
        """One ordered query per strip; merged, they are the page."""
        after = position([name], turn.after, (str,))
        bound = after[0] if after else start
        strips = [self._stretch(strip, bound, newest_first, turn.limit + 1) for strip in range(_STRIPS)]
        found = islice(merge(*strips, key=lambda post: post["id"], reverse=newest_first), turn.limit + 1)
        rows, following = page([name], turn, list(found), ["id"])
        return {"items": self.directory.written(rows), "next": following}

    def _stretch(self, strip: int, bound: str, newest_first: bool, limit: int) -> list[Post]:
        """Consistent: a post missed here but pushed earlier would never be seen."""
        bound = bound or ("~" if newest_first else "!")
        where = f"strip = :strip AND id {'<' if newest_first else '>'} :bound"
        return self.posts.some(limit, where, newest_first=newest_first, strip=f"wall#{strip}", bound=bound).rows


@dataclass(frozen=True)
class OwnPosts:
    wall: Wall
    person: str

    def remove(self, id: str) -> None:
        self.wall.remove(id, self.person)


def news(change: Change[Post]) -> tuple[str, str] | None:
    """What a change of the table tells the pages, and about which post; None if it is not about a post."""
    kind = {"INSERT": "post", "REMOVE": "post.deleted"}.get(change.kind)
    row = change.after or change.before
    return (kind, row["id"]) if kind and row and row.get("strip", "").startswith("wall#") else None


def found(row: Post) -> Thing | None:
    """A post, as a search finds it."""
    if not row.get("strip", "").startswith("wall#"):
        return None
    return Thing(row["id"], row["at"], text=plain(row["text"]), by=row["person"])


def text_of(post: Post | None) -> str:
    return post["text"] if post else ""


def mention_in(post: Post) -> News:
    return News(MENTION, f"post {post['id']}", "mentioned you on the wall.", "/wall", post["person"])


def _strip(id: str) -> str:
    return f"wall#{zlib.crc32(id.encode()) % _STRIPS}"


def key_of(id: str) -> tuple[str, str]:
    return _strip(id), id
