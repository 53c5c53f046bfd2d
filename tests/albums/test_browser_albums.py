"""Browsing the catalogue: by rank, page by page, by words, genre and year."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.support.browser import (
    FIELDS,
    Held,
    added,
    as_stored,
    button,
    dialog,
    fill,
    heading,
    labelled,
    press,
    row,
    search_for,
    signed_in,
)
from tests.support.stage import User

SHOWN = re.compile(r"^\d+ albums shown, more below$")


def ranks(page: Page) -> list[int]:
    return [int(text) for text in page.locator("#rows td.rank").all_inner_texts()]


def search(page: Page, text: str) -> None:
    labelled(page, "Search").fill(text)


def only(page: Page, title: str) -> None:
    """The search is done, and found only this."""
    expect(page.locator("#count")).to_have_text("1 album")
    expect(row(page, title)).to_be_visible()


def test_albums_come_by_rank_and_more_as_one_scrolls(curators_page: Page, curator: User) -> None:
    page = curators_page
    expect(page.locator("#rows tr").nth(49)).to_be_visible()
    expect(page.locator("#count")).to_have_text(SHOWN)
    page.locator("#end").scroll_into_view_if_needed()
    expect(page.locator("#rows tr").nth(99)).to_be_attached()
    page.locator("#end").scroll_into_view_if_needed()
    expect(page.locator("#rows tr").nth(149)).to_be_attached()
    shown = ranks(page)
    answer = curator.get("/albums", params={"limit": 100}).json()["items"]
    assert shown[:100] == [album["rank"] for album in answer]
    assert shown == sorted(set(shown))


def test_load_more_by_keyboard_keeps_the_focus(curators_page: Page) -> None:
    page = curators_page
    more = button(page, "Load more")
    before = page.locator("#rows tr").count()
    more.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr").nth(before)).to_be_attached()
    expect(more).to_be_focused()


def test_search_by_words_genre_and_year(page: Page, somebody: User) -> None:
    one = added(somebody, genre="Jazz", year=1911)
    other = added(somebody, artist=one["title"].split()[0], genre="Folk", year=1912)
    signed_in(page, somebody)
    search(page, one["title"].split()[0].lower())
    expect(page.locator("#count")).to_have_text("2 albums")
    assert ranks(page) == sorted([one["rank"], other["rank"]])
    expect(page).to_have_url(re.compile(r"q=song\w+$"))
    fill(page, genre="fol")
    only(page, other["title"])
    fill(page, genre="")
    expect(page.locator("#count")).to_have_text("2 albums")
    fill(page, year="1911")
    only(page, one["title"])
    page.reload()
    only(page, one["title"])
    expect(labelled(page, "Search")).to_have_value(one["title"].split()[0].lower())
    expect(labelled(page, "Year")).to_have_value("1911")
    press(page, "Clear filters")
    expect(labelled(page, "Search")).to_be_focused()
    expect(page.locator("#count")).to_have_text(SHOWN)
    expect(page).to_have_url(re.compile(r"#/albums$"))


def test_nothing_found(curators_page: Page) -> None:
    page = curators_page
    search(page, "qqqq zzzz")
    expect(heading(page, "Nothing found")).to_be_visible()
    expect(page.get_by_role("table")).to_be_hidden()
    press(page, "Clear filters")
    expect(page.locator("#count")).to_have_text(SHOWN)


def test_the_answer_to_an_older_search_is_not_shown(page: Page, somebody: User) -> None:
    one, other = added(somebody), added(somebody)
    signed_in(page, somebody)
    first, second = (album["title"].split()[0] for album in (one, other))
    with Held(page, re.compile(rf"q={first}"), "GET") as held:
        search(page, first)
        expect(page.locator("#count")).to_have_text("Loading albums…")
        with page.expect_event("requestfailed", lambda request: first in request.url):
            search(page, second)
        only(page, other["title"])
    assert held.seen == 1
    only(page, other["title"])


def test_who_may_change_what(page: Page, somebody: User, curator: User) -> None:
    mine = added(somebody)
    theirs = added(curator, artist=mine["title"].split()[0])
    signed_in(page, somebody, search_for(mine))
    expect(page.locator("#count")).to_have_text("2 albums")
    expect(button(page, f"Edit {mine['title']}")).to_be_visible()
    expect(button(page, f"Delete {mine['title']}")).to_be_visible()
    expect(row(page, theirs["title"])).to_be_visible()
    expect(row(page, theirs["title"]).get_by_role("button")).to_have_count(0)
    expect(button(page, "Import")).to_be_hidden()
    # What others change shows by itself; where nothing may be changed there is no column for it.
    search(page, theirs["title"])
    expect(page.locator("thead .acts")).to_be_hidden()
    changed = curator.put(
        f"/albums/{theirs['id']}",
        {**{name: theirs[name] for name in FIELDS}, "genre": "Skiffle"},
        version=theirs["version"],
    )
    assert changed.status_code == 200, changed.text
    expect(row(page, theirs["title"])).to_contain_text("Skiffle")


def test_a_curator_may_change_all(page: Page, somebody: User, curator: User) -> None:
    album = added(somebody)
    signed_in(page, curator, search_for(album))
    expect(button(page, "Import")).to_be_visible()
    press(page, f"Edit {album['title']}")
    fill(dialog(page), genre="Jazz")
    press(dialog(page), "Save changes")
    expect(row(page, album["title"])).to_contain_text("Jazz")
    expect(page.get_by_text(f"Saved “{album['title']}”.")).to_be_visible()
    assert as_stored(curator, album["title"])[0]["addedBy"] == somebody.id
