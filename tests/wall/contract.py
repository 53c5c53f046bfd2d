"""The wall's promises: newest first, no duplicates, nothing missed, people delete only their own."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest

from chalicelib.core.bounds import MINUTE, Bound, Count, Permit, TooOftenError
from chalicelib.core.directory import Written
from chalicelib.core.errors import BadRequestError
from chalicelib.core.ids import new_id
from chalicelib.core.pages import Turn
from chalicelib.wall.wall import PostNotFoundError, Wall
from tests.support.persons import ADA, BOB, Persons, made_at_once, signed, who
from tests.support.tables import Tables

EVERYTHING = Turn(100)
FIRST = "0" * 26


def fill(wall: Wall, count: int, person: str = ADA) -> list[Written]:
    """Posts a millisecond apart, as their ids only then are in order."""
    posts: list[Written] = []
    while len(posts) < count:
        posts.append(wall.add(person, f"Post {len(posts)}", f"{person}-{len(posts)}"))
        while posts[-1]["id"][:10] == new_id()[:10]:
            pass
    return posts


def ids(posts: list[Written]) -> list[str]:
    return [post["id"] for post in posts]


def newest_pages(wall: Wall, limit: int) -> list[list[str]]:
    pages, after = [], None
    while True:
        page = wall.newest(Turn(limit, after))
        pages.append(ids(page["items"]))
        after = page["next"]
        if after is None:
            return pages


def all_since(wall: Wall, id: str, limit: int) -> list[str]:
    found, after = [], None
    while True:
        page = wall.since(id, Turn(limit, after))
        assert len(page["items"]) <= limit
        found += ids(page["items"])
        after = page["next"]
        if after is None:
            return found


class WallContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture
    def wall(self, tables: Tables, persons: Persons) -> Wall:
        return Wall(tables.database, tables.new("PostsTable"), persons.directory)

    def test_gives_back_what_was_posted(self, wall: Wall) -> None:
        post = wall.add(ADA, "  Hello,\n𝄞 world  ", "c1")
        assert post == {"id": post["id"], "text": "Hello,\n𝄞 world", "author": who(ADA), "at": post["at"]}
        assert wall.newest(EVERYTHING) == {"items": [post], "next": None}
        assert wall.since(FIRST, EVERYTHING) == {"items": [post], "next": None}

    def test_an_empty_wall_is_one_empty_page(self, wall: Wall) -> None:
        assert wall.newest(EVERYTHING) == wall.since(FIRST, EVERYTHING) == {"items": [], "next": None}

    def test_pages_hold_everything_once_in_both_directions(self, wall: Wall) -> None:
        posts = ids(fill(wall, 13))
        for limit in (1, 5, 12, 13, 14):
            pages = newest_pages(wall, limit)
            assert [id for page in pages for id in page] == posts[::-1]
            assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
            assert all_since(wall, FIRST, limit) == posts

    def test_posts_lie_in_more_than_one_strip(self, tables: Tables, wall: Wall) -> None:
        fill(wall, 24)
        strips = {item["strip"]["S"] for item in tables.items(wall.table) if "text" in item}
        assert len(strips) > 1

    def test_since_gives_what_came_after_and_nothing_else(self, wall: Wall) -> None:
        posts = ids(fill(wall, 6))
        assert all_since(wall, posts[2], 2) == posts[3:]
        assert all_since(wall, posts[-1], 2) == []
        wall.remove(posts[2], ADA)
        assert all_since(wall, posts[2], 2) == posts[3:], "also after one that is gone"

    @pytest.mark.parametrize("id", ["x", "0" * 25, "0" * 27, "u" * 26, "é" * 26])
    def test_since_something_that_is_no_post(self, wall: Wall, id: str) -> None:
        with pytest.raises(BadRequestError) as raised:
            wall.since(id, EVERYTHING)
        assert [error["pointer"] for error in raised.value.errors or []] == ["/since"]

    def test_a_page_stays_where_it_was_while_the_wall_grows(self, wall: Wall) -> None:
        posts = ids(fill(wall, 4))
        first = wall.newest(Turn(2))
        newer = wall.add(BOB, "Newer", "newer")
        wall.remove(posts[2], ADA)  # the one at the cursor
        assert ids(wall.newest(Turn(9, first["next"]))["items"]) == [posts[1], posts[0]]
        assert ids(wall.newest(Turn(1))["items"]) == [newer["id"]]

    def test_a_cursor_fits_no_other_list(self, wall: Wall) -> None:
        fill(wall, 3)
        newest, since = wall.newest(Turn(1))["next"], wall.since(FIRST, Turn(1))["next"]
        assert newest and since and newest != since
        asks: list[Any] = [lambda: wall.newest(Turn(1, since)), lambda: wall.since(FIRST, Turn(1, newest))]
        for ask in asks:
            with pytest.raises(BadRequestError):
                ask()

    def test_the_same_client_id_is_the_same_post(self, wall: Wall) -> None:
        post = wall.add(ADA, "Once", "same")
        assert wall.add(ADA, "Something else", "same") == post
        assert wall.add(BOB, "Once", "same")["id"] != post["id"], "everybody has client ids of his own"
        assert wall.add(ADA, "Once", "other")["id"] != post["id"]
        assert len(wall.newest(EVERYTHING)["items"]) == 3

    def test_the_same_client_id_at_once(self, wall: Wall) -> None:
        posts = made_at_once([partial(wall.add, ADA, "Once", "same")] * 6)
        assert [post == posts[0] for post in posts] == [True] * 6
        assert wall.newest(EVERYTHING)["items"] == posts[:1]

    def test_the_same_client_id_after_deletion_brings_nothing_back(self, wall: Wall) -> None:
        post = wall.add(ADA, "Once", "same")
        wall.remove(post["id"], ADA)
        with pytest.raises(PostNotFoundError):
            wall.add(ADA, "Once", "same")
        assert wall.newest(EVERYTHING)["items"] == []

    def test_beyond_its_bound_what_was_sent_before_is_told_all_the_same(
        self, tables: Tables, persons: Persons, wall: Wall
    ) -> None:
        count, now = Count(Bound("posts", 2, MINUTE, "posts"), ADA), time.time()
        permit = Permit(tables.database, tables.new("CountersTable"), persons.table, signed(ADA), (count,), now)
        posts = [wall.add(ADA, "Hello", f"c{number}", permit) for number in range(2)]
        with pytest.raises(TooOftenError):
            wall.add(ADA, "Hello", "c2", permit)
        assert wall.add(ADA, "Hello", "c1", permit) == posts[1]
        assert len(wall.newest(EVERYTHING)["items"]) == 2

    def test_only_its_author_deletes_it(self, wall: Wall) -> None:
        mine, other = wall.add(ADA, "Mine", "c1"), wall.add(ADA, "Other", "c2")
        attempts: list[Any] = [(mine["id"], BOB), (new_id(), ADA), ("x", ADA), ("sent", ADA), ("", ADA)]
        for id, person in attempts:
            with pytest.raises(PostNotFoundError) as raised:
                wall.remove(id, person)
            assert raised.value.status == 404
        wall.remove(mine["id"], ADA)
        with pytest.raises(PostNotFoundError):
            wall.remove(mine["id"], ADA)
        assert wall.newest(EVERYTHING)["items"] == [other]

    def test_one_who_has_left_is_shown_as_nobody_in_particular(self, persons: Persons, wall: Wall) -> None:
        wall.add(ADA, "Hello", "c1")
        persons.leave(ADA)
        [post] = wall.newest(EVERYTHING)["items"]
        assert post["author"] == {"id": ADA, "name": "Somebody who left"}

    def test_erases_all_of_one_and_nothing_of_others(self, tables: Tables, wall: Wall) -> None:
        fill(wall, 7)
        others = fill(wall, 2, BOB)
        for _ in range(2):
            wall.erase(ADA)
            assert ids(wall.newest(EVERYTHING)["items"]) == ids(others)[::-1]
        wall.erase("never-here")
        left = [item for item in tables.items(wall.table) if ADA in item["strip"]["S"]]
        assert all("text" not in item and "expiresAt" in item for item in left), "what is left says nothing, and goes"
