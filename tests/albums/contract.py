"""The catalogue's promises: order, search, unique ranks and albums, no lost update."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from chalicelib.albums import catalogue as module
from chalicelib.albums.catalogue import Album, AlbumNotFoundError, AlbumTakenError, Catalogue, Search, taken_by
from chalicelib.core.errors import BadRequestError, ProblemError, StaleError
from chalicelib.core.pages import Turn, cursor
from chalicelib.core.person import CURATORS, Person
from chalicelib.core.routes import AFTER
from tests.support.tables import Tables

ADA = Person("ada", "ada@example.com", "Ada")
BOB = Person("bob", "bob@example.com", "Bob")
CURATOR = Person("cleo", "cleo@example.com", "Cleo", frozenset([CURATORS]))
EVERYTHING = Turn(100)


def a_body(rank: int, **changes: Any) -> Album:
    return {"rank": rank, "title": f"Title {rank}", "artist": "The Band", "year": 1999, "genre": "Rock", **changes}


def fill(catalogue: Catalogue, bodies: Iterable[Album], added_by: str | None = ADA.id) -> list[Album]:
    return [catalogue.add(body, added_by) for body in bodies]


def ranks(catalogue: Catalogue, search: Search, turn: Turn = EVERYTHING) -> list[int]:
    return [album["rank"] for album in catalogue.page(search, turn)["items"]]


def all_pages(catalogue: Catalogue, search: Search, limit: int) -> list[list[int]]:
    pages, after = [], None
    while True:
        page = catalogue.page(search, Turn(limit, after))
        pages.append([album["rank"] for album in page["items"]])
        after = page["next"]
        if after is None:
            return pages
        assert len(pages) < 100, "the pages do not end"


def holds(tables: Tables, catalogue: Catalogue) -> dict[str, str]:
    """Which album holds which rank and title."""
    items = tables.items(catalogue.table)
    return {item["id"]["S"]: item["album"]["S"] for item in items if "version" not in item}


def assert_sound(tables: Tables, catalogue: Catalogue) -> None:
    albums = list(catalogue.every())
    assert [album["rank"] for album in albums] == sorted({album["rank"] for album in albums})
    assert holds(tables, catalogue) == {key: album["id"] for album in albums for key in taken_by(album).values()}


SEARCHABLE = [
    a_body(1, title="Ágætis byrjun", artist="Sigur Rós", year=1999, genre="Post-Rock"),
    a_body(2, title="!!!", artist="!!!", year=2001, genre="Dance Punk"),
    a_body(3, title="÷", artist="Ed Sheeran", year=2017, genre="Pop"),
    a_body(4, title="Don't Stand Me Down", artist="Dexys Midnight Runners", year=1985, genre="Pop"),
    a_body(5, title="Back in Black", artist="AC/DC", year=1980, genre="Hard Rock"),
    a_body(6, title="Blackout", artist="Scorpions", year=1982, genre="hard  rock"),
    a_body(7, title="Straße", artist="Die Band", year=1999, genre="Krautrock"),
    a_body(8, title="Земля", artist="Ансамбль", year=1999, genre="Фолк"),
]

FOUND = [
    (Search(), [1, 2, 3, 4, 5, 6, 7, 8]),
    (Search(q=""), [1, 2, 3, 4, 5, 6, 7, 8]),
    (Search(q="  "), [1, 2, 3, 4, 5, 6, 7, 8]),
    (Search(q="black"), [5, 6]),
    (Search(q="BLACK"), [5, 6]),
    (Search(q="blackout"), [6]),
    (Search(q="lack"), []),
    (Search(q="agætis"), [1]),
    (Search(q="ÁGÆTIS BYR"), [1]),
    (Search(q="byrjun agæt"), [1]),
    (Search(q="ros"), [1]),
    (Search(q="Ro\u0301s"), [1]),
    (Search(q="byrjun nothing"), []),
    (Search(q="!!!"), [2]),
    (Search(q="!"), [2]),
    (Search(q="÷"), [3]),
    (Search(q="dont"), [4]),
    (Search(q="don’t"), [4]),
    (Search(q="ac/dc"), [5]),
    (Search(q="dc"), [5]),
    (Search(q="strasse"), [7]),
    (Search(q="зем"), [8]),
    (Search(q="ЗЕМЛЯ ансам"), [8]),
    (Search(genre="Pop"), [3, 4]),
    (Search(genre="HARD ROCK"), [5, 6]),
    (Search(genre="post rock"), [1]),
    (Search(genre="Rock"), []),
    (Search(genre="фолк"), [8]),
    (Search(genre="  "), [1, 2, 3, 4, 5, 6, 7, 8]),
    (Search(year=1999), [1, 7, 8]),
    (Search(year=0), []),
    (Search(q="die", year=1999), [7]),
    (Search(q="black", genre="hard rock"), [5, 6]),
    (Search(q="black back", genre="hard rock"), [5]),
    (Search(genre="hard rock", year=1982), [6]),
    (Search(q="scorp", genre="hard rock", year=1982), [6]),
    (Search(q="scorp", genre="hard rock", year=1980), []),
]


def forged(search: Search, position: list[Any]) -> str:
    index = module._index(search)
    return cursor([index.name, index.key, *index.filters.values()], position)


@dataclass
class Model:
    """What the catalogue must do, in plain Python."""

    albums: dict[str, Album] = field(default_factory=dict)

    def taken(self, body: Album, but: str | None = None) -> list[str]:
        others = [album for id, album in self.albums.items() if id != but]
        same_title = [each for each in others if (each["title"], each["artist"]) == (body["title"], body["artist"])]
        rank = ["/rank"] if any(each["rank"] == body["rank"] for each in others) else []
        return rank + (["/title"] if same_title else [])

    def refusal(self, album: Album, version: int) -> type[ProblemError] | None:
        return StaleError if album["version"] != version else None


bodies = some.builds(
    lambda rank, title, artist, year: a_body(rank, title=title, artist=artist, year=year),
    some.integers(1, 4),
    some.sampled_from(["Blue", "Red"]),
    some.sampled_from(["Ann", "Joe"]),
    some.sampled_from([1999, 2000]),
)
people = some.sampled_from([ADA, BOB, CURATOR])
stale = some.sampled_from([0, 0, 0, 1])
steps = some.lists(
    some.tuples(some.sampled_from(["add", "change", "remove"]), bodies, people, some.integers(0, 9), stale),
    min_size=1,
    max_size=8,
)


class CatalogueContract:
    """Subclasses provide the tables in a fixture `tables`."""

    model_examples = 10

    @pytest.fixture
    def catalogue(self, tables: Tables) -> Catalogue:
        return Catalogue(tables.database, tables.new("AlbumsTable"))

    def test_gives_back_what_was_added(self, catalogue: Catalogue) -> None:
        added = catalogue.add({**a_body(7, title="  Blank around  "), "rank": 7.0}, ADA.id)
        assert catalogue.get(added["id"]) == added
        assert {name: added[name] for name in a_body(7)} == a_body(7, title="Blank around")
        assert (added["version"], added["addedBy"]) == (1, ADA.id)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", added["createdAt"])
        assert added["updatedAt"] == added["createdAt"]
        assert catalogue.page(Search(), EVERYTHING) == {"items": [added], "next": None}

    def test_what_nobody_added_belongs_to_the_catalogue(self, catalogue: Catalogue) -> None:
        added = catalogue.add(a_body(1), None)
        assert added["addedBy"] is None
        assert catalogue.get(added["id"])["addedBy"] is None

    def test_an_empty_catalogue_is_one_empty_page(self, catalogue: Catalogue) -> None:
        assert catalogue.page(Search(), EVERYTHING) == {"items": [], "next": None}
        assert list(catalogue.every()) == []

    def test_lists_in_ascending_order_of_rank(self, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(rank) for rank in (100, 3, 1_000_000, 20, 1)])
        assert ranks(catalogue, Search()) == [1, 3, 20, 100, 1_000_000]
        assert [album["rank"] for album in catalogue.every()] == [1, 3, 20, 100, 1_000_000]

    def test_pages_hold_everything_once(self, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(rank) for rank in (6, 2, 4, 1, 5, 3)])
        for search in (Search(), Search(q="title"), Search(genre="rock"), Search(q="band", year=1999)):
            assert all_pages(catalogue, search, 1) == [[1], [2], [3], [4], [5], [6]]
            assert all_pages(catalogue, search, 3) == [[1, 2, 3], [4, 5, 6]]
            assert all_pages(catalogue, search, 4) == [[1, 2, 3, 4], [5, 6]]
            assert all_pages(catalogue, search, 6) == [[1, 2, 3, 4, 5, 6]]
            assert all_pages(catalogue, search, 100) == [[1, 2, 3, 4, 5, 6]]

    def test_pages_stay_in_order_while_the_catalogue_changes(self, catalogue: Catalogue) -> None:
        albums = fill(catalogue, [a_body(rank) for rank in (10, 20, 30, 40)])
        first = catalogue.page(Search(), Turn(2))
        catalogue.remove(catalogue.stored(albums[1]["id"]), 1)  # the one at the cursor
        fill(catalogue, [a_body(5), a_body(25)])
        assert ranks(catalogue, Search(), Turn(100, first["next"])) == [25, 30, 40]

    def test_a_cursor_fits_no_other_list(self, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(1), a_body(2), a_body(3)])
        searches = [Search(), Search(q="title"), Search(q="band"), Search(genre="rock"), Search(year=1999),
                    Search(q="title", genre="rock"), Search(genre="rock", year=1999)]  # fmt: skip
        cursors = [catalogue.page(search, Turn(1))["next"] for search in searches]
        assert None not in cursors and len(set(cursors)) == len(searches)
        for search in searches:
            for other, after in zip(searches, cursors, strict=True):
                if other == search:
                    assert ranks(catalogue, search, Turn(1, after)) == [2]
                else:
                    with pytest.raises(BadRequestError) as raised:
                        catalogue.page(search, Turn(1, after))
                    assert raised.value.errors and raised.value.errors[0]["pointer"] == "/after"

    def test_a_cursor_may_stand_anywhere(self, catalogue: Catalogue) -> None:
        """A cursor can be forged, but that gains and breaks nothing."""
        fill(catalogue, [a_body(1), a_body(2)])
        far = 2**53 - 1
        for place, expected in (([-far, "x"], [1, 2]), ([0, "~"], [1, 2]), ([1, "~"], [2]), ([far, "x"], [])):
            assert ranks(catalogue, Search(), Turn(9, forged(Search(), place))) == expected
            assert ranks(catalogue, Search(q="band"), Turn(9, forged(Search(q="band"), place))) == expected

    def test_finds(self, catalogue: Catalogue) -> None:
        fill(catalogue, SEARCHABLE)
        assert [(search, ranks(catalogue, search)) for search, _ in FOUND] == FOUND

    def test_many_words_are_no_burden(self, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(1, title="one two three"), a_body(2, title="other")])
        assert ranks(catalogue, Search(q="one two three " * 14)) == [1]
        assert ranks(catalogue, Search(q="½" * 200)) == []
        assert ranks(catalogue, Search(q="ﷺ" * 200)) == []

    @pytest.mark.parametrize("letter", ["a", "я", "日", "𝄞"])
    def test_whatever_is_searched_its_cursor_can_be_sent_back(self, catalogue: Catalogue, letter: str) -> None:
        title = letter * 200
        fill(catalogue, [a_body(1, title=title, artist="One"), a_body(2, title=title, artist="Two")])
        search = Search(title, genre="Rock")
        after = catalogue.page(search, Turn(1))["next"]
        assert after and len(after) <= AFTER.schema["maxLength"]
        assert ranks(catalogue, search, Turn(1, after)) == [2]

    def test_a_search_examines_no_more_than_its_bound(
        self, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MOST_EXAMINED", 4)
        monkeypatch.setattr(module, "_EXAMINED_AT_ONCE", 2)
        fill(catalogue, [a_body(rank, artist="Rare" if rank in (2, 9) else "Common") for rank in range(1, 11)])
        assert all_pages(catalogue, Search(q="rare"), 5) == [[2], [], [9]]
        assert all_pages(catalogue, Search(q="common"), 3) == [[1, 3, 4], [5, 6, 7], [8, 10]]
        assert all_pages(catalogue, Search(), 6) == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10]]

    def test_finds_by_the_new_words_after_a_change(self, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        catalogue.change(catalogue.stored(album["id"]), a_body(1, title="Other", genre="Jazz", year=1970), 1)
        assert ranks(catalogue, Search(q="title")) == ranks(catalogue, Search(genre="rock")) == []
        assert ranks(catalogue, Search(year=1999)) == []
        assert ranks(catalogue, Search(q="other", genre="jazz", year=1970)) == [1]

    def test_no_rank_and_no_album_twice(self, tables: Tables, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(1), a_body(2)])
        for body, pointers in (
            (a_body(1, title="Other"), ["/rank"]),
            (a_body(9, title="Title 1"), ["/title"]),
            (a_body(9, title=" TITLE\u00a0 1 ", artist="the  band"), ["/title"]),
            (a_body(1), ["/rank", "/title"]),
            (a_body(1, title="Title 2"), ["/rank", "/title"]),
        ):
            with pytest.raises(AlbumTakenError) as raised:
                catalogue.add(body, BOB.id)
            assert [error["pointer"] for error in raised.value.errors or []] == pointers
            assert raised.value.status == 409
        assert ranks(catalogue, Search()) == [1, 2]
        assert raised.value.detail == (
            "“Title 1” by The Band has rank 1 already. This album by The Band is in the catalogue already, at rank 2."
        )
        assert catalogue.next_rank() == 3
        fill(catalogue, [a_body(3, title="Title 1", artist="Others")])
        assert_sound(tables, catalogue)

    def test_accents_written_in_two_ways_are_one_title(self, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(1, title="Béla")])
        with pytest.raises(AlbumTakenError):
            catalogue.add(a_body(2, title="Be\u0301la"), BOB.id)
        fill(catalogue, [a_body(2, title="Bela")])

    def test_a_change_moves_rank_and_title_at_once(self, tables: Tables, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        changed = catalogue.change(catalogue.stored(album["id"]), a_body(5, title="Other"), 1)
        assert changed == catalogue.get(album["id"])
        assert (changed["rank"], changed["title"], changed["version"]) == (5, "Other", 2)
        assert (changed["createdAt"], changed["addedBy"]) == (album["createdAt"], ADA.id)
        assert changed["updatedAt"] >= album["updatedAt"]
        with pytest.raises(AlbumTakenError):
            catalogue.add(a_body(5), BOB.id)
        fill(catalogue, [a_body(1)], BOB.id)
        assert_sound(tables, catalogue)

    def test_a_refused_change_changes_nothing(self, tables: Tables, catalogue: Catalogue) -> None:
        mine, _ = fill(catalogue, [a_body(1), a_body(2)])
        for body, pointers in (
            (a_body(2, title="Other"), ["/rank"]),
            (a_body(3, title="Title 2"), ["/title"]),
            (a_body(2), ["/rank", "/title"]),
        ):
            with pytest.raises(AlbumTakenError) as raised:
                catalogue.change(catalogue.stored(mine["id"]), body, 1)
            assert [error["pointer"] for error in raised.value.errors or []] == pointers
        assert catalogue.get(mine["id"]) == mine
        assert_sound(tables, catalogue)

    def test_two_albums_can_change_places_by_way_of_a_third(self, tables: Tables, catalogue: Catalogue) -> None:
        one, two = fill(catalogue, [a_body(1), a_body(2)])
        catalogue.change(catalogue.stored(one["id"]), a_body(3, title="Title 1"), 1)
        catalogue.change(catalogue.stored(two["id"]), a_body(1, title="Title 2"), 1)
        catalogue.change(catalogue.stored(one["id"]), a_body(2, title="Title 1"), 2)
        assert [album["id"] for album in catalogue.every()] == [two["id"], one["id"]]
        assert_sound(tables, catalogue)

    def test_a_change_may_leave_rank_and_title(self, tables: Tables, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        changed = catalogue.change(catalogue.stored(album["id"]), a_body(1, title="TITLE 1", year=2001), 1)
        assert (changed["title"], changed["year"], changed["version"]) == ("TITLE 1", 2001, 2)
        assert_sound(tables, catalogue)

    def test_nobody_overwrites_what_he_has_not_seen(self, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        changed = catalogue.change(catalogue.stored(album["id"]), a_body(1, year=2001), 1)
        for version in (1, 3, -1):
            with pytest.raises(StaleError):
                catalogue.change(catalogue.stored(album["id"]), a_body(1, year=2002), version)
            with pytest.raises(StaleError):
                catalogue.remove(catalogue.stored(album["id"]), version)
        assert catalogue.get(album["id"]) == changed

    def test_what_is_not_there_is_not_found(self, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        catalogue.remove(catalogue.stored(album["id"]), 1)
        attempts: list[Callable[[str], Any]] = [
            catalogue.get,
            lambda id: catalogue.change(catalogue.stored(id), a_body(1), 1),
            lambda id: catalogue.remove(catalogue.stored(id), 1),
        ]
        fill(catalogue, [a_body(1)])
        for attempt in attempts:
            for id in (album["id"], "nothing", *taken_by(a_body(1)).values()):
                with pytest.raises(AlbumNotFoundError):
                    attempt(id)
        assert ranks(catalogue, Search()) == [1]

    def test_a_removal_frees_rank_and_title(self, tables: Tables, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        catalogue.remove(catalogue.stored(album["id"]), 1)
        assert tables.items(catalogue.table) == []
        fill(catalogue, [a_body(1)], BOB.id)
        assert_sound(tables, catalogue)

    def test_erases_all_of_a_person_and_of_nobody_else(self, tables: Tables, catalogue: Catalogue) -> None:
        fill(catalogue, [a_body(rank) for rank in (1, 3, 5)], ADA.id)
        [edited] = fill(catalogue, [a_body(7)], ADA.id)
        catalogue.change(catalogue.stored(edited["id"]), a_body(8), 1)
        fill(catalogue, [a_body(2)], BOB.id)
        fill(catalogue, [a_body(4)], None)
        catalogue.erase(ADA.id)
        assert ranks(catalogue, Search()) == [2, 4]
        catalogue.erase(ADA.id)
        catalogue.erase("nobody")
        assert ranks(catalogue, Search()) == [2, 4]
        assert_sound(tables, catalogue)

    def test_knows_who_holds_a_rank_or_a_title(self, catalogue: Catalogue) -> None:
        one, two = fill(catalogue, [a_body(1), a_body(2)])
        assert catalogue.holder(a_body(9)) == (None, [])
        assert catalogue.holder(a_body(1)) == (one, ["rank", "title"])
        assert catalogue.holder(a_body(1, title="Other")) == (one, ["rank"])
        assert catalogue.holder(a_body(9, title="Title 2")) == (two, ["title"])
        assert catalogue.holder(a_body(1, title="Title 2"))[1] == ["rank", "title"]

    def test_of_two_who_add_the_same_rank_one_gets_it(self, tables: Tables, catalogue: Catalogue) -> None:
        for rank in (1, 2, 3):
            bodies = [a_body(rank, title=f"{which} {rank}") for which in ("First", "Second")]
            outcomes = at_once([partial(catalogue.add, body, ADA.id) for body in bodies])
            assert sorted(outcomes) == ["AlbumTakenError", "done"]
        assert ranks(catalogue, Search()) == [1, 2, 3]
        assert_sound(tables, catalogue)

    def test_of_two_who_change_the_same_version_one_gets_through(self, tables: Tables, catalogue: Catalogue) -> None:
        [album] = fill(catalogue, [a_body(1)])
        for version in (1, 2, 3):
            bodies = [a_body(10 * version), a_body(10 * version + 1)]
            outcomes = at_once(
                [partial(catalogue.change, catalogue.stored(album["id"]), body, version) for body in bodies]
            )
            assert sorted(outcomes) == ["StaleError", "done"]
        assert catalogue.get(album["id"])["version"] == 4
        assert_sound(tables, catalogue)

    def test_does_what_a_plain_model_does(self, tables: Tables) -> None:
        @settings(
            max_examples=self.model_examples,
            phases=[Phase.generate],  # shrinking a failure would take minutes; there are few steps
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(steps)
        def check(steps: list[Any]) -> None:
            catalogue, model = Catalogue(tables.database, tables.new("AlbumsTable")), Model()
            for step in steps:
                take(catalogue, model, *step)
            expected = sorted(model.albums.values(), key=lambda album: int(album["rank"]))
            assert list(catalogue.every()) == expected
            assert_sound(tables, catalogue)
            tables.drop()

        check()


def take(catalogue: Catalogue, model: Model, what: str, body: Album, person: Person, pick: int, late: int) -> None:
    """One step on the catalogue and the model: both must allow it, or refuse it for the same reason."""
    if what == "add":
        album = outcome(model.taken(body), None, lambda: catalogue.add(body, person.id))
        if album:
            model.albums[album["id"]] = album
        return
    if not model.albums:
        return
    before = list(model.albums.values())[pick % len(model.albums)]
    version = before["version"] - late
    refusal = model.refusal(before, version)
    if what == "change":
        taken = model.taken(body, but=before["id"])
        after = outcome(taken, refusal, lambda: catalogue.change(catalogue.stored(before["id"]), body, version))
        if after:
            assert after == {**before, **body, "version": version + 1, "updatedAt": after["updatedAt"]}
            model.albums[before["id"]] = after
    elif outcome([], refusal, lambda: removed(catalogue, before, version)):
        del model.albums[before["id"]]


def removed(catalogue: Catalogue, album: Album, version: int) -> Album:
    catalogue.remove(catalogue.stored(album["id"]), version)
    return album


def outcome(taken: list[str], refusal: type[ProblemError] | None, act: Callable[[], Album]) -> Album | None:
    if not taken and not refusal:
        return act()
    with pytest.raises(refusal or AlbumTakenError) as raised:
        act()
    if not refusal:
        assert [error["pointer"] for error in raised.value.errors or []] == taken
    return None


def at_once(acts: list[Callable[[], Any]]) -> list[str]:
    """Each in its own thread, started together: `done`, or the name of the error."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        barrier.wait(10)
        try:
            act()
        except ProblemError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))
