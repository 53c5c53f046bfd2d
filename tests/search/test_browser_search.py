"""The palette: found by keyboard alone, from any page, and on a phone by a visitor."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE, dialog, go, heading, labelled, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User


def options(page: Page, group: str) -> Locator:
    return page.get_by_role("group", name=group, exact=True).get_by_role("option")


def chosen(page: Page) -> Locator:
    return page.get_by_role("option", selected=True)


def test_by_keyboard_from_any_page(page: Page, bruno: User) -> None:
    bruno.post("/todos", {"title": "Read Zettels at night"})
    signed_in(page, bruno, "#/albums")
    page.keyboard.press("Control+k")
    box = labelled(dialog(page), "Find")
    expect(box).to_be_focused()
    expect(options(page, "Go to").filter(has_text="Wall")).to_be_visible()

    box.press_sequentially("night zett")
    expect(options(page, "To-dos")).to_contain_text(["Read Zettels at night"], timeout=60_000)
    box.fill("letters wait")
    expect(options(page, "Articles")).to_contain_text(["Letters that wait"])
    expect(chosen(page)).to_contain_text("Letters that wait")
    expect(box).to_have_attribute("aria-activedescendant", re.compile("found-0"))
    box.press("Enter")
    expect(heading(page, "Letters that wait")).to_be_visible()
    expect(dialog(page)).to_have_count(0)

    page.keyboard.press("Control+k")
    labelled(dialog(page), "Find").press_sequentially("new")
    offered = options(page, "Do").all_text_contents()
    expect(chosen(page)).to_have_text(offered[0])
    labelled(dialog(page), "Find").press("ArrowUp")
    labelled(dialog(page), "Find").press("ArrowDown")
    expect(chosen(page)).to_have_text(offered[0])
    labelled(dialog(page), "Find").fill("new to-do")
    labelled(dialog(page), "Find").press("Enter")
    expect(page.locator("#new-todo-title")).to_be_focused()

    page.keyboard.press("Control+k")
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#new-todo-title")).to_be_focused()


def test_a_visitor_finds_what_is_public_and_one_kind_alone(open_browser: OpenBrowser, stage: RunningStage) -> None:
    page = open_browser(PHONE).new_page()
    go(page, stage, "#/wall")
    page.get_by_role("button", name="Find").click()
    box = labelled(dialog(page), "Find")
    box.fill("the")
    expect(options(page, "Articles").first).to_be_visible()
    expect(page.get_by_role("group", name="Albums")).to_have_count(0)
    box.fill("xyzzy")
    expect(dialog(page).get_by_role("status")).to_have_text("Nothing found.")
    box.fill("letters wait")
    options(page, "Articles").first.click()
    expect(heading(page, "Letters that wait")).to_be_visible()
