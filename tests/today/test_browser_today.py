"""The signed-in home: the way in for a new person, live, and honest about what it can't read."""

from __future__ import annotations

import re
import secrets
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.chat.test_cloud_chat import said, started
from tests.support.browser import button, go, heading, labelled, press, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def step(page: Page, name: str) -> Locator:
    return part(page, "Five first steps").get_by_role("listitem").filter(has_text=name)


def days_from_now(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def test_the_way_in(open_browser: OpenBrowser, stage: RunningStage, bruno: User) -> None:
    """What a new person does ticks itself off, and what others do appears."""
    somebody = stage.sign_up(name="Nora Newcomer")
    page = signed_in(open_browser().new_page(), somebody, "#/today")
    expect(heading(page, "Welcome, Nora")).to_be_visible()
    expect(part(page, "Five first steps")).to_contain_text("0 of 5 done")
    expect(part(page, "Album of the day")).to_be_visible()
    with Socket(bruno) as socket:
        text = f"Good morning {secrets.token_hex(4)}"
        socket.post(text, secrets.token_hex(6))
    expect(part(page, "On the wall")).to_contain_text(text)
    talk = started(bruno, somebody)
    said(bruno, talk["id"], "Are you there?")
    expect(part(page, "Unread").get_by_role("link", name="Are you there?")).to_be_visible()
    expect(step(page, "Write to somebody")).to_contain_text("Done")
    for title, days in (("Bread", 0), ("Milk", -2), ("Salt", 1)):
        assert somebody.post("/todos", {"title": title, "due": days_from_now(days)}).status_code == 201
    todos = part(page, "To do")
    expect(todos.get_by_role("listitem")).to_contain_text(["Milk", "Bread"])
    expect(todos.get_by_role("listitem").first).to_contain_text("Overdue")
    todos.get_by_label("Done: Milk").click()  # and it goes
    expect(todos.get_by_role("listitem")).to_have_text([re.compile("Bread")])
    expect(step(page, "Write down a to-do")).to_contain_text("Done")
    step(page, "Write on the wall").get_by_role("link").click()
    labelled(page, "New post").fill("My first thought")
    press(page, "Post")
    expect(page.locator(".post").first).to_contain_text("My first thought")
    go(page, stage, "#/today")
    expect(page.locator("#greeting")).to_have_text(re.compile("^Good .*, Nora$"))
    expect(part(page, "Not tried yet").get_by_role("listitem")).to_have_count(2)


@pytest.mark.usefixtures("unreachable_at_times")
def test_what_cannot_be_read(page: Page, stage: RunningStage, somebody: User) -> None:
    """All of it, then a part of it, then nothing is missing; a change made offline goes out later."""
    assert somebody.post("/todos", {"title": "Bread", "due": days_from_now(0)}).status_code == 201
    today = re.compile(r"/today\?day=")
    page.route(today, lambda route: route.abort())
    signed_in(page, somebody, "#/today")
    expect(heading(page, "Today could not be loaded")).to_be_visible()
    page.unroute(today)
    page.route(today, without_to_dos)
    press(page, "Try again")
    expect(page.get_by_text("Not everything could be read just now.")).to_be_visible()
    expect(part(page, "Album of the day")).to_be_visible()
    page.unroute(today)
    press(page, "Try again")
    bread = part(page, "To do").get_by_label("Done: Bread")
    expect(bread).to_be_visible()
    expect(button(page, "Try again")).to_be_hidden()
    page.context.set_offline(True)
    bread.check()
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(bread).to_be_checked()
    page.context.set_offline(False)
    expect(part(page, "To do")).to_be_hidden()


def without_to_dos(route: Route) -> None:
    answer = route.fetch()
    told = answer.json()
    del told["todos"]
    route.fulfill(response=answer, json={**told, "missing": ["todos"]})
