"""The network goes away and comes back: nothing typed is lost, nothing is saved twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import (
    added,
    an_album,
    as_stored,
    button,
    dialog,
    expect_no_drafts,
    fill,
    fill_album,
    heading,
    press,
    row,
    search_for,
    signed_in,
)
from tests.support.stage import User

pytestmark = pytest.mark.usefixtures("unreachable_at_times")

ALBUMS = "**/albums/*"


def test_a_change_that_could_not_be_sent_is_tried_again(page: Page, somebody: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, search_for(album))
    page.route(ALBUMS, lambda route: route.abort())
    press(page, f"Edit {album['title']}")
    fill(dialog(page), genre="Jazz")
    press(dialog(page), "Save changes")
    expect(row(page, album["title"]).get_by_role("alert")).to_contain_text("Not saved.")
    expect(page.locator("#banner")).to_contain_text("can't be reached")
    expect(button(page, f"Retry {album['title']}")).to_be_visible()
    press(page, f"Retry {album['title']}")
    expect(row(page, album["title"]).get_by_role("alert")).to_contain_text("Not saved.")
    page.unroute(ALBUMS)
    press(page, f"Retry {album['title']}")
    expect(page.get_by_text(f"Saved “{album['title']}”.")).to_be_visible()
    expect(page.locator("#banner")).to_be_empty()
    [stored] = as_stored(somebody, album["title"])
    assert (stored["genre"], stored["version"]) == ("Jazz", 2)


def test_a_change_that_could_not_be_sent_is_discarded(page: Page, somebody: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, search_for(album))
    page.route(ALBUMS, lambda route: route.abort())
    press(page, f"Delete {album['title']}")
    press(dialog(page), "Delete")
    expect(row(page, album["title"]).get_by_role("alert")).to_contain_text("Not deleted.")
    press(page, f"Discard the change to {album['title']}")
    expect(button(page, f"Edit {album['title']}")).to_be_visible()
    assert len(as_stored(somebody, album["title"])) == 1


def test_offline_is_said_and_what_was_typed_survives_a_reload(page: Page, somebody: User) -> None:
    album = an_album()
    signed_in(page, somebody, search_for(album))
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("You are offline.")
    press(page, "Add album")
    fill_album(dialog(page), album)
    press(dialog(page), "Save album")
    expect(row(page, album["title"]).get_by_role("alert")).to_contain_text("Not added.")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_empty()
    page.once("dialog", lambda asked: asked.accept())
    page.reload()
    expect(row(page, album["title"]).get_by_role("alert")).to_contain_text("Not added. It was kept from before.")
    press(page, f"Retry {album['title']}")
    expect(page.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
    expect(button(page, f"Edit {album['title']}")).to_be_visible()
    assert len(as_stored(somebody, album["title"])) == 1
    expect_no_drafts(page)


def test_an_add_whose_answer_was_lost_is_not_added_twice(page: Page, somebody: User) -> None:
    album = an_album()
    signed_in(page, somebody, search_for(album))

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
        route.abort()

    page.route("**/albums", lose_the_answer)
    press(page, "Add album")
    fill_album(dialog(page), album)
    press(dialog(page), "Save album")
    expect(row(page, album["title"]).get_by_role("alert")).to_contain_text("Not added.")
    page.unroute("**/albums")
    press(page, f"Retry {album['title']}")
    expect(page.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#count")).to_have_text("1 album")
    assert len(as_stored(somebody, album["title"])) == 1


def test_an_edit_whose_answer_was_lost_is_saved_once(page: Page, somebody: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, search_for(album))

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "PUT":
            route.fetch()
        route.abort()

    page.route(ALBUMS, lose_the_answer)
    press(page, f"Edit {album['title']}")
    fill(dialog(page), genre="Jazz")
    press(dialog(page), "Save changes")
    expect(button(page, f"Retry {album['title']}")).to_be_visible()
    page.unroute(ALBUMS)
    press(page, f"Retry {album['title']}")
    expect(button(page, f"Edit {album['title']}")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, album["title"])).to_contain_text("Jazz")
    assert as_stored(somebody, album["title"])[0]["version"] == 2


def test_a_list_that_could_not_be_loaded_is_tried_again(page: Page, somebody: User) -> None:
    signed_in(page, somebody, "#/profile")
    page.context.set_offline(True)
    page.context.set_offline(False)
    page.route("**/albums?*", lambda route: route.abort())
    page.get_by_role("link", name="Albums").click()
    expect(heading(page, "The albums could not be loaded")).to_be_visible()
    press(page, "Try again")
    expect(heading(page, "The albums could not be loaded")).to_be_visible()
    page.unroute("**/albums?*")
    press(page, "Try again")
    expect(page.locator("#rows tr").nth(49)).to_be_attached()


def test_a_list_loads_by_itself_once_the_network_is_back(page: Page, somebody: User) -> None:
    signed_in(page, somebody)
    page.context.set_offline(True)
    page.get_by_label("Search", exact=True).fill("blue")
    expect(heading(page, "The albums could not be loaded")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#rows tr").first).to_be_visible()
    expect(page.locator("#banner")).to_be_empty()
