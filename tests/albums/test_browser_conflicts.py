"""Two people change the same album: nobody unknowingly overwrites anybody."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import (
    added,
    as_stored,
    button,
    dialog,
    expect_no_drafts,
    fill,
    heading,
    press,
    row,
    search_for,
    signed_in,
)
from tests.support.browsers import OpenBrowser
from tests.support.stage import User

CHANGED = "This album was changed meanwhile"


@pytest.fixture
def album(curator: User) -> dict[str, Any]:
    return added(curator)


@pytest.fixture
def one(open_browser: OpenBrowser, album: dict[str, Any], curator: User) -> Page:
    return signed_in(open_browser().new_page(), curator, search_for(album))


@pytest.fixture
def other(open_browser: OpenBrowser, album: dict[str, Any], curator: User) -> Page:
    return signed_in(open_browser().new_page(), curator, search_for(album))


def edit(page: Page, album: dict[str, Any], **changes: Any) -> None:
    press(page, f"Edit {album['title']}")
    fill(dialog(page), **changes)


def save(page: Page) -> None:
    press(dialog(page), "Save changes")


def save_too_late(one: Page, other: Page, album: dict[str, Any], **changes: Any) -> None:
    """The other page has saved its own genre and year meanwhile."""
    edit(one, album, **changes)
    edit(other, album, genre="Funk", year=1970)
    save(other)
    expect(button(other, f"Edit {album['title']}")).to_be_focused()
    save(one)


def choice(page: Page, name: str) -> Locator:
    return dialog(page).get_by_role("radio", name=name, exact=True)


def test_a_stale_edit_shows_both_versions(one: Page, other: Page, album: dict[str, Any], curator: User) -> None:
    save_too_late(one, other, album, artist="My artist", genre="Soul")
    expect(heading(dialog(one), CHANGED)).to_be_visible()
    # What only one of them changed is already selected that way.
    expect(choice(one, "Mine artist My artist")).to_be_checked()
    expect(choice(one, "Mine genre Soul")).to_be_checked()
    expect(choice(one, "Theirs genre Funk")).not_to_be_checked()
    expect(choice(one, "Theirs year 1970")).to_be_checked()
    choice(one, "Theirs genre Funk").check()
    press(dialog(one), "Save this version")
    expect(one.get_by_text(f"Saved “{album['title']}”.")).to_be_visible()
    [stored] = as_stored(curator, album["title"])
    assert (stored["artist"], stored["genre"], stored["year"]) == ("My artist", "Funk", 1970)
    assert stored["version"] == 3
    expect_no_drafts(one)


def test_all_of_one_side(one: Page, other: Page, album: dict[str, Any], curator: User) -> None:
    save_too_late(one, other, album, genre="Soul", artist="Mine")
    press(dialog(one), "Use all mine")
    expect(choice(one, "Mine year 1999")).to_be_checked()
    press(dialog(one), "Use all theirs")
    expect(choice(one, "Theirs genre Funk")).to_be_checked()
    press(dialog(one), "Save this version")
    expect(row(one, album["title"])).to_contain_text("Funk")
    expect(button(one, f"Edit {album['title']}")).to_be_visible()
    # The other version is already saved.
    assert as_stored(curator, album["title"])[0]["version"] == 2


def test_changed_once_more_while_choosing(one: Page, album: dict[str, Any], curator: User) -> None:
    body = {name: album[name] for name in ("rank", "title", "artist", "year")}
    path = f"/albums/{album['id']}"
    edit(one, album, genre="Soul")
    assert curator.put(path, {**body, "genre": "Funk"}, 1).status_code == 200
    save(one)
    expect(choice(one, "Theirs genre Funk")).to_be_visible()
    assert curator.put(path, {**body, "genre": "Disco"}, 2).status_code == 200
    press(dialog(one), "Save this version")
    expect(choice(one, "Theirs genre Disco")).to_be_visible()
    press(dialog(one), "Save this version")
    expect(one.get_by_text(f"Saved “{album['title']}”.")).to_be_visible()
    [stored] = as_stored(curator, album["title"])
    assert (stored["genre"], stored["version"]) == ("Soul", 4)


def test_a_choice_can_be_put_off(one: Page, other: Page, album: dict[str, Any], curator: User) -> None:
    edit(one, album, genre="Soul")
    edit(other, album, genre="Funk")
    save(other)
    expect(button(other, f"Edit {album['title']}")).to_be_focused()
    save(one)
    press(dialog(one), "Decide later")
    expect(row(one, album["title"])).to_contain_text("Not saved. Somebody changed it meanwhile.")
    expect(row(one, album["title"])).to_contain_text("Soul")
    press(one, f"Retry {album['title']}")
    expect(choice(one, "Mine genre Soul")).to_be_checked()
    press(dialog(one), "Decide later")
    press(one, f"Discard the change to {album['title']}")
    expect(button(one, f"Edit {album['title']}")).to_be_visible()
    expect(row(one, album["title"]).get_by_role("cell", name="Soul")).to_have_count(0)
    assert as_stored(curator, album["title"])[0]["genre"] == "Funk"
    expect_no_drafts(one)


def test_the_same_change_twice_is_no_conflict(one: Page, other: Page, album: dict[str, Any], curator: User) -> None:
    edit(one, album, genre="Soul")
    edit(other, album, genre="Soul")
    save(other)
    expect(button(other, f"Edit {album['title']}")).to_be_focused()
    save(one)
    expect(button(one, f"Edit {album['title']}")).to_be_visible()
    expect(one.get_by_role("dialog")).to_have_count(0)
    assert as_stored(curator, album["title"])[0]["version"] == 2


@pytest.mark.parametrize("agreed", [True, False])
def test_a_stale_delete_asks_again(one: Page, other: Page, album: dict[str, Any], curator: User, agreed: bool) -> None:
    edit(other, album, genre="Funk", year=1970)
    save(other)
    expect(button(other, f"Edit {album['title']}")).to_be_focused()
    press(one, f"Delete {album['title']}")
    press(dialog(one), "Delete")
    expect(heading(dialog(one), "It was changed meanwhile")).to_be_visible()
    expect(dialog(one).get_by_text("1970")).to_be_visible()
    press(dialog(one), "Delete anyway" if agreed else "Keep it")
    expect(one.get_by_role("dialog")).to_have_count(0)
    if agreed:
        expect(row(one, album["title"])).to_have_count(0)
    else:
        expect(row(one, album["title"])).to_contain_text("Funk")
    assert curator.get(f"/albums/{album['id']}").status_code == (404 if agreed else 200)


@pytest.mark.parametrize("agreed", [True, False])
def test_an_edit_of_what_was_deleted_meanwhile(
    one: Page, other: Page, album: dict[str, Any], curator: User, agreed: bool
) -> None:
    edit(one, album, genre="Soul")
    press(other, f"Delete {album['title']}")
    press(dialog(other), "Delete")
    expect(row(other, album["title"])).to_have_count(0)
    save(one)
    expect(heading(dialog(one), "It was deleted meanwhile")).to_be_visible()
    press(dialog(one), "Add it again" if agreed else "Let it go")
    if agreed:
        expect(one.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
        [stored] = as_stored(curator, album["title"])
        assert stored["id"] != album["id"]
        assert stored["genre"] == "Soul"
    else:
        expect(row(one, album["title"])).to_have_count(0)
        assert as_stored(curator, album["title"]) == []
    expect_no_drafts(one)


def test_a_delete_of_what_was_deleted_meanwhile_is_done(one: Page, other: Page, album: dict[str, Any]) -> None:
    for page in (other, one):
        press(page, f"Delete {album['title']}")
        press(dialog(page), "Delete")
        expect(page.get_by_text(f"Deleted “{album['title']}”.")).to_be_visible()
        expect(row(page, album["title"])).to_have_count(0)
