"""Adding, changing and deleting albums: shown at once and saved once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.support.browser import (
    Held,
    added,
    an_album,
    as_stored,
    button,
    dialog,
    expect_no_drafts,
    fill,
    fill_album,
    heading,
    labelled,
    press,
    row,
    search_for,
    signed_in,
)
from tests.support.stage import User


def ranks(page: Page) -> list[int]:
    return [int(text) for text in page.locator("#rows td.rank").all_inner_texts()]


def test_add(page: Page, somebody: User) -> None:
    album = an_album()
    signed_in(page, somebody, search_for(album))
    expect(heading(page, "Nothing found")).to_be_visible()
    press(page, "Add album")
    expect(labelled(dialog(page), "Rank")).to_be_focused()
    fill_album(dialog(page), album, title=f"  {album['title']} ")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, "Add album")).to_be_focused()
    expect(row(page, album["title"])).to_be_visible()
    page.reload()
    expect(row(page, album["title"])).to_be_visible()
    expect(page.locator("#count")).to_have_text("1 album")
    [stored] = as_stored(somebody, album["title"])
    assert {**stored, **album} == stored
    expect_no_drafts(page)


def test_what_is_missing_or_no_number_is_said_before_asking(page: Page, somebody: User) -> None:
    signed_in(page, somebody)
    press(page, "Add album")
    expect(labelled(dialog(page), "Rank")).to_have_value(re.compile(r"\d+"))  # the next one is offered
    fill(dialog(page), rank="")
    press(dialog(page), "Save album")
    for label in ("Rank", "Title", "Artist", "Year", "Genre"):
        expect(labelled(dialog(page), label)).to_have_attribute("aria-invalid", "true")
    expect(labelled(dialog(page), "Rank")).to_be_focused()
    fill(dialog(page), rank="first", title="T", artist="A", year="59", genre="G")
    press(dialog(page), "Save album")
    expect(dialog(page).get_by_text("Rank is a whole number from 1 up.")).to_be_visible()
    expect(dialog(page).get_by_text("Year is a number from 1860 to 2100, like 1959.")).to_be_visible()
    expect(labelled(dialog(page), "Title")).not_to_have_attribute("aria-invalid", "true")


def test_what_is_taken_or_refused_is_said_at_the_field(page: Page, somebody: User) -> None:
    there, album = added(somebody), an_album()
    signed_in(page, somebody)
    press(page, "Add album")
    fill_album(dialog(page), album, rank=there["rank"])
    press(dialog(page), "Save album")
    expect(dialog(page).locator("[data-field=rank] .error")).to_have_text(
        re.compile(f"has rank {there['rank']} already")
    )
    expect(labelled(dialog(page), "Rank")).to_be_focused()
    fill_album(dialog(page), album, title=there["title"].upper(), artist=there["artist"])
    press(dialog(page), "Save album")
    expect(dialog(page).locator("[data-field=title] .error")).to_have_text(re.compile("in the catalogue already"))
    expect(labelled(dialog(page), "Title")).to_be_focused()
    there_already = dialog(page).get_by_role("link", name="Look at the album that is there")
    expect(there_already).to_have_attribute("href", re.compile(r"#/albums\?q=SONG", re.IGNORECASE))
    fill_album(dialog(page), album, year=1850)
    press(dialog(page), "Save album")
    expect(dialog(page).locator("[data-field=year] .error")).to_have_text(re.compile("1860"))
    expect(labelled(dialog(page), "Year")).to_be_focused()
    expect(labelled(dialog(page), "Title")).to_have_value(album["title"])
    fill(dialog(page), year=1999)
    press(dialog(page), "Save album")
    expect(page.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
    assert len(as_stored(somebody, album["title"])) == 1


def test_what_was_typed_is_not_lost_by_escape_or_reload(page: Page, somebody: User) -> None:
    signed_in(page, somebody)
    press(page, "Add album")
    fill(dialog(page), title="Half of it")
    page.keyboard.press("Escape")
    expect(heading(dialog(page), "Discard what you typed?")).to_be_visible()
    press(dialog(page), "Keep editing")
    expect(labelled(dialog(page), "Title")).to_have_value("Half of it")
    page.once("dialog", lambda asked: asked.accept())
    page.reload()
    expect(labelled(dialog(page), "Title")).to_have_value("Half of it")
    press(dialog(page), "Cancel")
    press(dialog(page), "Discard")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_no_drafts(page)


def test_edit(page: Page, somebody: User) -> None:
    album = added(somebody)
    title = f"{album['title']}, again"
    signed_in(page, somebody, search_for(album))
    press(page, f"Edit {album['title']}")
    expect(labelled(dialog(page), "Title")).to_have_value(album["title"])
    fill(dialog(page), title=title, year=2001)
    press(dialog(page), "Save changes")
    expect(page.get_by_text(f"Saved “{title}”.")).to_be_visible()
    expect(button(page, f"Edit {title}")).to_be_focused()
    [stored] = as_stored(somebody, title)
    assert (stored["id"], stored["version"], stored["year"]) == (album["id"], 2, 2001)


def test_an_edit_that_changes_nothing_saves_nothing(page: Page, somebody: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, search_for(album))
    press(page, f"Edit {album['title']}")
    press(dialog(page), "Save changes")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, f"Edit {album['title']}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, f"Edit {album['title']}")).to_be_focused()
    assert as_stored(somebody, album["title"])[0]["version"] == 1


def test_a_new_rank_moves_the_album(page: Page, somebody: User) -> None:
    one = added(somebody)
    other = added(somebody, artist=one["title"].split()[0])
    free = an_album()["rank"]
    signed_in(page, somebody, search_for(one))
    expect(page.locator("#rows tr").first).to_contain_text(one["title"])
    press(page, f"Edit {one['title']}")
    fill(dialog(page), rank=free)
    press(dialog(page), "Save changes")
    expect(page.locator("#rows tr").last).to_contain_text(one["title"])
    expect(button(page, f"Edit {one['title']}")).to_be_focused()
    assert ranks(page) == [other["rank"], free]


def test_delete(page: Page, somebody: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, search_for(album))
    press(page, f"Delete {album['title']}")
    expect(heading(dialog(page), "Delete this album?")).to_be_visible()
    expect(button(dialog(page), "Cancel")).to_be_focused()
    press(dialog(page), "Cancel")
    expect(button(page, f"Delete {album['title']}")).to_be_focused()
    press(page, f"Delete {album['title']}")
    press(dialog(page), "Delete")
    expect(page.get_by_text(f"Deleted “{album['title']}”.")).to_be_visible()
    expect(row(page, album["title"])).to_have_count(0)
    assert somebody.get(f"/albums/{album['id']}").status_code == 404


def test_a_change_is_shown_at_once_and_marked_until_it_is_saved(page: Page, somebody: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, search_for(album))
    with Held(page, f"**/albums/{album['id']}", "PUT") as held:
        press(page, f"Edit {album['title']}")
        fill(dialog(page), genre="Jazz")
        press(dialog(page), "Save changes")
        expect(row(page, album["title"])).to_contain_text("Jazz")
        expect(row(page, album["title"])).to_contain_text("Saving…")
        expect(row(page, album["title"]).get_by_role("button")).to_have_count(0)
        held.release()
        expect(button(page, f"Edit {album['title']}")).to_be_visible()
    assert held.seen == 1


@pytest.mark.parametrize("title", ["<img src=x onerror=alert(1)>", "{{7*7}} ${7*7} </th></table><h1>"])
def test_hostile_content_is_text(page: Page, somebody: User, title: str) -> None:
    artist = f'"><script>alert(2)</script>{an_album()["title"].split()[0]}'
    album = added(somebody, title=title, artist=artist, genre="<svg onload=alert(3)>")
    ran: list[str] = []

    def on_alert(alert: Dialog) -> None:
        ran.append(alert.message)
        alert.dismiss()

    page.on("dialog", on_alert)
    signed_in(page, somebody, f"#/albums?q={artist.rpartition('>')[2]}")
    expect(page.locator("#count")).to_have_text("1 album")
    for text in (title, artist, album["genre"]):
        expect(row(page, title).get_by_text(text, exact=True)).to_be_visible()
    expect(page.locator("#rows img, #rows script, #rows svg:not(.icon), #rows h1")).to_have_count(0)
    press(page, f"Edit {title}")
    expect(heading(dialog(page), f"Edit “{title}”")).to_be_visible()
    expect(labelled(dialog(page), "Artist")).to_have_value(artist)
    fill(dialog(page), year=2002)
    press(dialog(page), "Save changes")
    expect(page.get_by_text(f"Saved “{title}”.")).to_be_visible()
    press(page, f"Delete {title}")
    expect(dialog(page).get_by_text(f"“{title}” by {artist} will be gone for everybody.")).to_be_visible()
    press(dialog(page), "Delete")
    expect(row(page, title)).to_have_count(0)
    assert ran == []
