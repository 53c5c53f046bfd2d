"""The albums in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.albums.test_browser_transfer import as_csv, choose
from tests.support.browser import (
    Held,
    added,
    an_album,
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
from tests.support.stage import RunningStage, User
from tests.support.states import state


def one_album(page: Page, user: User) -> None:
    """With the same surroundings, and less for axe to check."""
    signed_in(page, user, search_for(added(user)))
    expect(page.locator("#rows tr")).to_have_count(1)


@state
def albums_loading(page: Page, stage: RunningStage, user: User) -> Held:
    signed_in(page, user, "#/profile")
    held = Held(page, "**/albums?*", "GET").begin()
    page.get_by_role("link", name="Albums").click()
    expect(page.locator("#count")).to_have_text("Loading albums…")
    return held


@state
def albums_not_loaded(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/profile")
    page.route("**/albums?*", lambda route: route.abort())
    page.get_by_role("link", name="Albums").click()
    expect(heading(page, "The albums could not be loaded")).to_be_visible()


@state
def albums_nothing_found(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/albums?q=qqqqzzzz")
    expect(heading(page, "Nothing found")).to_be_visible()


@state
def albums_with_a_failed_change(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user)
    signed_in(page, user, search_for(album))
    page.context.set_offline(True)
    press(page, f"Edit {album['title']}")
    fill(dialog(page), genre="Jazz")
    press(dialog(page), "Save changes")
    expect(button(page, f"Retry {album['title']}")).to_be_visible()
    expect(page.locator("#banner")).to_contain_text("You are offline.")


@state
def albums_with_a_pending_change(page: Page, stage: RunningStage, user: User) -> Held:
    album = added(user)
    signed_in(page, user, search_for(album))
    held = Held(page, f"**/albums/{album['id']}", "DELETE").begin()
    press(page, f"Delete {album['title']}")
    press(dialog(page), "Delete")
    expect(row(page, album["title"])).to_contain_text("Deleting…")
    return held


@state
def albums_with_a_message(page: Page, stage: RunningStage, user: User) -> None:
    one_album(page, user)
    press(page, "Export JSON")
    expect(page.get_by_text("Exported to albums.json.")).to_be_visible()


@state
def add_with_errors(page: Page, stage: RunningStage, user: User) -> None:
    one_album(page, user)
    press(page, "Add album")
    press(dialog(page), "Save album")
    expect(dialog(page).get_by_text("Title is required.")).to_be_visible()


@state
def edit(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user, title=f"{an_album()['title']} and a rather long subtitle, as some records have")
    signed_in(page, user, search_for(album))
    press(page, f"Edit {album['title']}")


@state
def edit_left_behind(page: Page, stage: RunningStage, user: User) -> None:
    edit(page, stage, user)
    fill(dialog(page), year=1901)
    page.keyboard.press("Escape")
    expect(heading(dialog(page), "Discard what you typed?")).to_be_visible()


@state
def conflict(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user)
    body = {name: album[name] for name in ("rank", "title", "artist")}
    signed_in(page, user, search_for(album))
    press(page, f"Edit {album['title']}")
    fill(dialog(page), title=f"{album['title']}, again", genre="Soul")
    assert user.put(f"/albums/{album['id']}", {**body, "genre": "Funk", "year": 1970}, 1).status_code == 200
    press(dialog(page), "Save changes")
    expect(heading(dialog(page), "This album was changed meanwhile")).to_be_visible()


@state
def delete(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user)
    signed_in(page, user, search_for(album))
    press(page, f"Delete {album['title']}")
    expect(heading(dialog(page), "Delete this album?")).to_be_visible()


@state
def import_begun(page: Page, stage: RunningStage, user: User) -> None:
    one_album(page, user)
    press(page, "Import")
    expect(labelled(dialog(page), "CSV or JSON file")).to_be_visible()


@state
def import_on_trial(page: Page, stage: RunningStage, user: User) -> None:
    import_begun(page, stage, user)
    taken = an_album(rank=added(user)["rank"])
    choose(page, "albums.csv", as_csv(an_album(), taken, an_album(year="soon"), *(an_album() for _ in range(9))))
    expect(button(dialog(page), "Import 10 albums")).to_be_visible()
