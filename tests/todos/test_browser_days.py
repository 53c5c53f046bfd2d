"""Today and Upcoming: what is due, beside the whole list."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.support.browser import button, labelled, press, signed_in
from tests.support.stage import User
from tests.todos.test_browser_todos import check, expect_list, show


def test_what_is_due_is_shown_by_itself(page: Page, somebody: User) -> None:
    for title, days in (("Someday", None), ("Later", 9), ("Late", -3), ("Soon", 1), ("Now", 0)):
        due = None if days is None else (date.today() + timedelta(days=days)).isoformat()
        assert somebody.post("/todos", {"title": title, "due": due}).status_code == 201
    signed_in(page, somebody, "#/todos")
    expect_list(page, "Someday", "Later", "Late", "Soon", "Now")
    press(page, "Add")
    expect(page.get_by_text("Write something first.")).to_be_visible()
    show(page, "Today")
    expect_list(page, "Late", "Now")
    expect(page.get_by_text("Write something first.")).to_have_count(0)
    labelled(page, "New to-do").fill("Also now")
    labelled(page, "New to-do").press("Enter")
    expect_list(page, "Late", "Now", "Also now")
    check(page, "Late")
    expect_list(page, "Now", "Also now")
    show(page, "Upcoming")
    expect_list(page, "Soon", "Later")
    expect(button(page, "Move Soon")).to_have_count(0)
    page.reload()
    expect_list(page, "Soon", "Later")
    show(page, "All")
    expect(button(page, "Move Soon")).to_have_count(1)
