"""The blog's promises: stable addresses, private drafts, punctual publication, no lost change."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from chalicelib.articles.articles import Article, ArticleNotFoundError, Articles, Rendered
from chalicelib.core.errors import BadRequestError, InvalidError, StaleError, TooLargeError
from chalicelib.core.ids import as_time
from chalicelib.core.pages import Turn
from tests.support.clock import at
from tests.support.persons import ADA, BOB, Persons, made_at_once, who
from tests.support.tables import Tables

EVERYTHING = Turn(100)
NOON = 1_795_003_200.0  # 2026-11-18T12:00:00Z
READY_PHOTO = "01M7Y1PSZK9YP6HXFNJPJK9Q68"


class SomePhotos:
    """One is ready."""

    def ready(self, ids: Any) -> dict[str, dict[str, Any]]:
        return {id: {"id": id} for id in ids if id == READY_PHOTO}


def given(title: str = "Hello", **changes: Any) -> Article:
    return {"title": title, "body": "Some *text*", "tags": [], "status": "published", **changes}


def titles(found: Any) -> list[str]:
    return [article["title"] for article in found]


class ArticlesContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture
    def articles(self, tables: Tables) -> Articles:
        def rendered(text: str) -> Rendered:
            return Rendered(f"<p>{text}</p>", text[:20])

        directory = Persons(tables).directory
        return Articles(tables.database, tables.new("ArticlesTable"), directory, SomePhotos(), rendered, lambda: NOON)

    def test_gives_back_what_was_written(self, articles: Articles) -> None:
        body = given("  Über   Öl & Straße ", tags=["Cats", " cats", "Two  words"], photo=READY_PHOTO)
        article, is_new = articles.add(body, ADA)
        noon = as_time(NOON)
        assert is_new and article == {
            "slug": "uber-ol-strasse",
            "id": article["id"],
            "version": 1,
            "title": "Über Öl & Straße",
            "body": "Some *text*",
            "html": "<p>Some *text*</p>",
            "summary": "Some *text*",
            "minutes": 1,
            "tags": ["cats", "two words"],
            "photo": READY_PHOTO,
            "picture": {"id": READY_PHOTO},
            "author": who(ADA),
            "status": "published",
            "publishAt": None,
            "publishedAt": noon,
            "createdAt": noon,
            "updatedAt": noon,
        }
        assert articles.draft("uber-ol-strasse") == article
        assert articles.read("uber-ol-strasse") == {**article, "previous": None, "next": None}
        listed = {
            name: value for name, value in article.items() if name not in ("body", "html", "minutes", "createdAt")
        }
        for tag in (None, "cats", "TWO words"):
            assert articles.published(tag, EVERYTHING) == {"items": [listed], "next": None}
        assert articles.published("dogs", EVERYTHING)["items"] == articles.published("", EVERYTHING)["items"] == []

    def test_an_address_is_nobody_elses_and_stays(self, articles: Articles) -> None:
        made = made_at_once([partial(articles.add, given(), ADA)] * 3)
        assert sorted(article["slug"] for article, _ in made) == ["hello", "hello-2", "hello-3"]
        renamed = articles.change("hello-2", given("Something else"), 1)
        assert (renamed["slug"], renamed["version"]) == ("hello-2", 2)
        assert articles.add(given("!?"), ADA)[0]["slug"] == "article"

    def test_the_same_client_id_is_the_same_article(self, articles: Articles) -> None:
        body = given(clientId="c1")
        first, _ = articles.add(body, ADA)
        assert at(NOON + 9, articles).add(body, ADA) == (first, False)
        assert articles.add(body, BOB)[0]["slug"] == "hello-2"
        assert articles.add(given(clientId="c2"), ADA)[1] is True
        assert len(articles.published(None, EVERYTHING)["items"]) == 3

    def test_a_draft_is_for_authors(self, articles: Articles) -> None:
        draft, _ = articles.add(given(status="draft", tags=["cats"], body=""), ADA)
        assert draft["publishedAt"] is None
        for read in (articles.read, articles.id_of_published):
            with pytest.raises(ArticleNotFoundError):
                read("hello")
        assert articles.published(None, EVERYTHING)["items"] == articles.published("cats", EVERYTHING)["items"] == []
        assert articles.newest(9) == list(articles.all_published(9)) == []
        assert titles(articles.drafts(EVERYTHING)["items"]) == ["Hello"]
        published = at(NOON + 60, articles).change("hello", given(tags=["cats"]), 1)
        assert published["publishedAt"] == as_time(NOON + 60)
        assert articles.drafts(EVERYTHING)["items"] == []
        assert titles(articles.published("cats", EVERYTHING)["items"]) == ["Hello"]
        again = at(NOON + 120, articles).change("hello", given("Hello!", tags=["dogs"]), 2)
        assert again["publishedAt"] == as_time(NOON + 60), "a change is no new publication"
        assert articles.published("cats", EVERYTHING)["items"] == []
        assert titles(articles.published("dogs", EVERYTHING)["items"]) == ["Hello!"]
        at(NOON + 180, articles).change("hello", given(status="draft"), 3)
        assert articles.published(None, EVERYTHING)["items"] == articles.published("dogs", EVERYTHING)["items"] == []

    def test_a_time_that_is_to_come_is_waited_for(self, articles: Articles) -> None:
        later = as_time(NOON + 3600)
        waits, _ = articles.add(given(publishAt="2026-11-18T12:06:40+01:00"), ADA)
        assert waits["publishAt"] == "2026-11-18T11:06:40.000Z" < as_time(NOON)
        assert waits["publishedAt"] == waits["publishAt"], "one that is past is when it was published"
        future, _ = articles.add(given("Later", publishAt=later, tags=["cats"]), ADA)
        assert (future["status"], future["publishAt"], future["publishedAt"]) == ("published", later, None)
        assert titles(articles.published(None, EVERYTHING)["items"]) == ["Hello"]
        assert titles(articles.drafts(EVERYTHING)["items"]) == ["Later"]
        assert at(NOON + 3599, articles).publish_due() == 0
        assert sum(made_at_once([at(NOON + 3601, articles).publish_due] * 3)) == 1
        assert at(NOON + 9999, articles).publish_due() == 0
        there = articles.read("later")
        assert (there["publishedAt"], there["version"], there["updatedAt"]) == (later, 2, as_time(NOON + 3601))
        assert titles(articles.published("cats", EVERYTHING)["items"]) == ["Later"]
        assert titles(articles.published(None, EVERYTHING)["items"]) == ["Later", "Hello"]

    def test_who_changes_his_mind_is_not_published(self, articles: Articles) -> None:
        later = as_time(NOON + 60)
        articles.add(given(publishAt=later), ADA)
        articles.change("hello", given(status="draft", publishAt=later), 1)
        assert at(NOON + 120, articles).publish_due() == 0
        articles.change("hello", given(publishAt=later), 2)
        now = at(NOON + 30, articles).change("hello", given(), 3)
        assert now["publishedAt"] == as_time(NOON + 30), "without a time it is now"

    @pytest.mark.parametrize("at", ["2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_a_time_that_is_none(self, articles: Articles, at: str) -> None:
        with pytest.raises(InvalidError) as raised:
            articles.add(given(publishAt=at), ADA)
        assert [error["pointer"] for error in raised.value.errors or []] == ["/publishAt"]

    def test_what_can_not_be_kept(self, articles: Articles) -> None:
        with pytest.raises(InvalidError) as raised:
            articles.add(given(body=" \n "), ADA)
        assert [error["pointer"] for error in raised.value.errors or []] == ["/body"]
        with pytest.raises(TooLargeError):
            articles.add(given(body="é" * 100_000), ADA)
        assert articles.drafts(EVERYTHING)["items"] == articles.published(None, EVERYTHING)["items"] == []

    def test_nobodys_change_is_lost(self, articles: Articles) -> None:
        articles.add(given(), ADA)
        articles.change("hello", given("Mine"), 1)
        for change in (
            partial(articles.change, "hello", given("Yours"), 1),
            partial(articles.remove, "hello", 1),
        ):
            with pytest.raises(StaleError):
                change()
        assert articles.read("hello")["title"] == "Mine"
        outcomes = []

        def race(title: str) -> None:
            with suppress(StaleError):
                outcomes.append(articles.change("hello", given(title), 2)["title"])

        made_at_once([partial(race, title) for title in ("One", "Two", "Three")])
        assert len(outcomes) == 1 and articles.read("hello")["title"] == outcomes[0]

    def test_what_is_removed_is_nowhere(self, articles: Articles, tables: Tables) -> None:
        articles.add(given(tags=["cats", "dogs"]), ADA)
        articles.remove("hello", 1)
        assert tables.items(articles.table) == []
        for slug in ("hello", "Hello", "tag#cats", "", "é"):
            with pytest.raises(ArticleNotFoundError):
                articles.remove(slug, 0)

    def test_pages_hold_everything_once(self, articles: Articles) -> None:
        for number in range(5):  # two at the same moment
            at(NOON + number // 2, articles).add(given(f"No {number}", tags=["cats"] * (number % 2)), ADA)
        for tag, most in ((None, 5), ("cats", 2)):
            found: list[str] = []
            after = None
            while after or not found:
                page = articles.published(tag, Turn(2, after))
                found += titles(page["items"])
                after = page["next"]
            assert len(set(found)) == len(found) == most
            assert found[0] == "No 4" or tag
        other = articles.published(None, Turn(1))["next"]
        with pytest.raises(BadRequestError):
            articles.published("cats", Turn(1, other))

    def test_what_stands_before_and_after(self, articles: Articles) -> None:
        for number in range(3):
            at(NOON + number, articles).add(given(f"No {number}"), ADA)
        at(NOON + 1, articles).add(given("Draft", status="draft"), ADA)
        beside = [[articles.read(f"no-{number}")[side] for side in ("previous", "next")] for number in range(3)]
        names = [[side and side["slug"] for side in sides] for sides in beside]
        assert names == [[None, "no-1"], ["no-0", "no-2"], ["no-1", None]]

    def test_the_newest_come_whole(self, articles: Articles) -> None:
        for number in range(4):
            at(NOON + number, articles).add(given(f"No {number}"), ADA)
        assert [(one["slug"], one["html"]) for one in articles.newest(2)] == [
            ("no-3", "<p>Some *text*</p>"),
            ("no-2", "<p>Some *text*</p>"),
        ]
        assert [one["slug"] for one in articles.all_published(3)] == ["no-3", "no-2", "no-1"]

    def test_erases_all_of_one_and_nothing_of_others(self, articles: Articles) -> None:
        for number in range(3):
            articles.add(given(f"No {number}", tags=["cats"]), ADA)
        articles.add(given("Draft", status="draft"), ADA)
        articles.add(given("Other", tags=["cats"]), BOB)
        for _ in range(2):
            articles.erase(ADA)
            assert titles(articles.published(None, EVERYTHING)["items"]) == ["Other"]
            assert titles(articles.published("cats", EVERYTHING)["items"]) == ["Other"]
            assert articles.drafts(EVERYTHING)["items"] == []
