"""The frame: a rail at the side, a bar under the thumb on a phone, and the person's menu; nothing in it ever moves."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.chat.test_cloud_chat import said, started
from tests.support.browser import (
    DESKTOP,
    PHONE,
    added,
    button,
    dialog,
    from_menu,
    go,
    heading,
    press,
    row,
    search_for,
    signed_in,
)
from tests.support.browsers import OpenBrowser
from tests.support.pages import navigation
from tests.support.stage import RunningStage, User

TABLET = (768, 1024)
WIDE = (1440, 900)
IN_THE_BAR, BEHIND_MORE = navigation()[:5], navigation()[5:]


def at(open_browser: OpenBrowser, size: tuple[int, int], user: User, route: str = "#/albums") -> Page:
    return signed_in(open_browser(size).new_page(), user, route)


def box(place: Locator) -> dict[str, Any]:
    found = place.bounding_box()
    assert found
    return dict(found)


def links(page: Page, names: list[str]) -> list[dict[str, Any]]:
    return [box(page.locator("#nav").get_by_role("link", name=name)) for name in names]


def more(page: Page) -> Locator:
    return button(page.locator("#nav"), "More")


@pytest.mark.parametrize(("size", "most"), [(TABLET, 96), (DESKTOP, 250), (WIDE, 250)])
def test_a_rail_at_the_side(open_browser: OpenBrowser, curator: User, size: tuple[int, int], most: int) -> None:
    page = at(open_browser, size, curator)
    rail = box(page.get_by_role("banner"))
    assert (rail["x"], rail["y"]) == (0, 0)
    assert rail["width"] < most
    assert box(page.get_by_role("main"))["x"] >= rail["width"]
    assert len({each["x"] for each in links(page, navigation())}) == 1
    expect(more(page)).to_be_hidden()
    account = box(page.locator("#account"))
    assert size[1] - account["y"] - account["height"] < 40


def test_the_rail_stays_while_the_page_scrolls(open_browser: OpenBrowser, curator: User) -> None:
    page = at(open_browser, DESKTOP, curator)
    before = links(page, navigation())
    page.locator("#rows tr").last.scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 0
    assert links(page, navigation()) == before


def test_one_row_and_a_bar_on_a_phone(open_browser: OpenBrowser, curator: User) -> None:
    page = at(open_browser, PHONE, curator, "#/profile")  # whose end is one
    assert box(page.get_by_role("main"))["y"] <= 60
    bar = [*links(page, IN_THE_BAR), box(more(page))]
    assert len({each["y"] for each in bar}) == 1
    assert all(each["width"] >= 44 and each["height"] >= 44 for each in bar)
    assert box(page.locator("#nav"))["y"] + box(page.locator("#nav"))["height"] == PHONE[1]
    for name in BEHIND_MORE:
        expect(page.get_by_role("link", name=name)).to_be_hidden()
    last_words = page.get_by_role("contentinfo").get_by_role("paragraph")
    last_words.scroll_into_view_if_needed()
    assert box(last_words)["y"] + box(last_words)["height"] <= bar[0]["y"]


def test_more_leads_to_the_rest(open_browser: OpenBrowser, curator: User) -> None:
    page = at(open_browser, PHONE, curator)
    more(page).click()
    rest = page.locator("#nav-rest").get_by_role("link")
    expect(rest).to_have_text(BEHIND_MORE)
    page.keyboard.press("Tab")
    expect(rest.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(rest.first).to_be_hidden()
    expect(more(page)).to_be_focused()
    more(page).click()
    rest.filter(has_text="Files").click()
    expect(heading(page, "Files")).to_be_focused()
    expect(rest.first).to_be_hidden()
    more(page).click()
    expect(page.locator("#nav [aria-current=page]")).to_have_text("Files")


def test_a_window_that_gets_wide_closes_the_sheet(open_browser: OpenBrowser, curator: User) -> None:
    page = at(open_browser, PHONE, curator)
    more(page).click()
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    expect(page.locator("#nav").get_by_role("link")).to_have_text(navigation())
    assert len({each["x"] for each in links(page, navigation())}) == 1


@pytest.mark.parametrize("size", [PHONE, TABLET, DESKTOP])
def test_nothing_moves_when_a_message_arrives(
    open_browser: OpenBrowser, stage: RunningStage, size: tuple[int, int]
) -> None:
    ada, ben = stage.sign_up(), stage.sign_up()
    talk = started(ada, ben)["id"]
    page = at(open_browser, size, ada, "#/todos")
    expect(page.locator("#skeleton")).to_be_hidden()
    shown = page.locator("#nav a:visible, #account, #main h1, #new-todo")
    before = [box(place) for place in shown.all()]
    said(ben, talk, "Hello")
    expect(page.locator("#nav .badge")).to_be_visible()
    assert [box(place) for place in shown.all()] == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [PHONE, TABLET, DESKTOP])
def test_the_menu_of_the_person(open_browser: OpenBrowser, stage: RunningStage, size: tuple[int, int]) -> None:
    somebody = stage.sign_up()
    page = at(open_browser, size, somebody)
    account = page.get_by_role("button", name="Account: ")
    account.focus()
    page.keyboard.press("Enter")
    menu = page.locator("#account-menu")
    expect(menu).to_contain_text(somebody.email)
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Your account")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(menu, "Dark theme")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(account).to_be_focused()
    account.click()
    menu.get_by_role("link", name="Your account").click()
    expect(heading(page, "Your account")).to_be_focused()
    expect(menu).to_be_hidden()
    from_menu(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(account).to_be_hidden()


def test_the_theme_is_in_the_menu(page: Page, curator: User) -> None:
    page.emulate_media(color_scheme="light")
    signed_in(page, curator)
    from_menu(page, "Dark theme")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_visitors_have_one_row(open_browser: OpenBrowser, stage: RunningStage, size: tuple[int, int]) -> None:
    page = open_browser(size).new_page()
    go(page, stage, "#/wall")
    expect(heading(page, "Wall")).to_be_visible()
    banner = page.get_by_role("banner")
    assert box(banner)["height"] <= 66
    expect(banner.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_area_has_its_colour(curators_page: Page) -> None:
    page = curators_page
    colours = set()
    for name in navigation():
        page.locator("#nav").get_by_role("link", name=name).click()
        expect(page.locator("#nav [aria-current=page]")).to_contain_text(name)
        colours.add(page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--hue')"))
    assert len(colours) == len(navigation())


def test_actions_of_a_row_are_in_a_sheet_on_a_phone(open_browser: OpenBrowser, curator: User) -> None:
    album = added(curator)
    page = at(open_browser, PHONE, curator, search_for(album))
    title = album["title"]
    expect(button(row(page, title), f"Edit {title}")).to_be_hidden()
    press(row(page, title), f"Actions for {title}")
    press(page, f"Edit {title}")
    expect(heading(dialog(page), f"Edit “{title}”")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button(page, f"Actions for {title}")).to_be_focused()
    press(row(page, title), f"Actions for {title}")
    page.keyboard.press("Escape")
    expect(button(page, f"Edit {title}")).to_be_hidden()
    expect(button(page, f"Actions for {title}")).to_be_focused()


def test_the_first_step_where_there_is_nothing_yet(page: Page, stage: RunningStage) -> None:
    signed_in(page, stage.sign_up(), "#/todos")
    press(page, "Write the first one")
    expect(page.get_by_label("New to-do")).to_be_focused()


def test_pages_follow_one_another_with_and_without_motion(page: Page, curator: User) -> None:
    page.emulate_media(reduced_motion="no-preference")
    signed_in(page, curator)
    for name in (*navigation(), *navigation()):
        page.locator("#nav").get_by_role("link", name=name).click(no_wait_after=True)
    expect(page.locator("#nav [aria-current=page]")).to_have_text(navigation()[-1])
    expect(heading(page, navigation()[-1])).to_be_focused()
