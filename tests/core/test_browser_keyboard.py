"""Everything can be done by keyboard, and the focus is where people expect it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.support.browser import (
    button,
    dialog,
    heading,
    labelled,
    press,
)
from tests.support.pages import navigation


def focused(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText")
    # Without the initials before a name and what is only said, or the unread count.
    return re.sub(r"(\n\d+\+?)?\n\(\d+ unread\)$|^[A-Z]{1,2}\nAccount:\n", "", name.strip())


def test_single_keys(curators_page: Page) -> None:
    page = curators_page
    page.keyboard.press("/")
    expect(labelled(page, "Search")).to_be_focused()
    page.keyboard.type("n/n")
    expect(labelled(page, "Search")).to_have_value("n/n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "Clear filters")
    button(page, "Export CSV").focus()
    page.keyboard.press("n")
    expect(heading(dialog(page), "Add an album")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, "Export CSV")).to_be_focused()


def test_the_order_of_tab(curators_page: Page) -> None:
    page = curators_page
    page.reload()
    expect(page.locator("#rows tr").first).to_be_visible()
    expected = [
        "Skip to content", "Commonplace", "Find\nCtrl K", *navigation(), "Notices", "Ada Lindqvist",
        "Add album", "Import", "Export CSV", "Export JSON", "Search", "Genre",
    ]  # fmt: skip
    passed = []
    for _ in expected:
        page.keyboard.press("Tab")
        passed.append(focused(page))
    assert passed == expected
    page.keyboard.press("Tab")
    assert focused(page) == "Year"
    page.keyboard.press("Tab")
    expect(page.locator("#rows tr").first.get_by_role("button").first).to_be_focused()


def test_the_skip_link_leads_to_the_content(curators_page: Page) -> None:
    page = curators_page
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(button(page, "Add album")).to_be_focused()


def test_tab_stays_in_the_dialog(curators_page: Page) -> None:
    page = curators_page
    press(page, "Add album")
    inside = []
    for _ in range(12):
        page.keyboard.press("Tab")
        inside.append(page.evaluate("document.activeElement.closest('dialog, body').tagName"))
    # The browser's own controls are one stop of the cycle.
    assert inside.count("DIALOG") >= 10
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)") is False
