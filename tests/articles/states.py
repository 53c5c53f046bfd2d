"""The blog, and writing for it in each state that everybody must be able to use."""

from __future__ import annotations

import re
import secrets

from playwright.sync_api import Page, expect

from tests.support.browser import Held, go, heading, labelled, press, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


@state
def blog_of_an_unknown_tag(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/blog?tag=nothing")
    expect(heading(page, "Nothing with this tag")).to_be_visible()


@state
def article(page: Page, stage: RunningStage, user: User) -> None:
    """With a table, as its author sees it."""
    go(signed_in(page, user), stage, "#/blog/a-list-is-an-argument")
    expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    labelled(page, "Your comment").fill("A comment")
    with Held(page, re.compile("/comments$"), "POST"):
        press(page, "Comment")
        expect(page.get_by_text("Sending…")).to_be_visible()
    expect(page.locator(".comment").last.get_by_role("button")).to_be_visible()


@state
def page_of_an_article(page: Page, stage: RunningStage, user: User) -> None:
    page.goto(f"{stage.address}/read/notes-on-the-making-of-this-page")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@state
def drafts(page: Page, stage: RunningStage, user: User) -> None:
    waits = {"status": "published", "publishAt": "2099-01-01T00:00:00Z"}
    body = {"title": f"Draft {secrets.token_hex(4)}", "body": "It waits", **waits}
    assert user.post("/blog/articles", body).status_code == 201
    signed_in(page, user, "#/write")
    expect(page.get_by_text("appears Thursday").first).to_be_visible()


@state
def editor(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/write/new")
    press(page, "Publish")
    expect(page.get_by_text("A title is required.")).to_be_visible()
    labelled(page, "Text").fill("# Hello\n\n" + "Some *text* to scroll through.\n\n" * 40)
    expect(heading(page.locator("#preview"), "Hello")).to_be_visible()


@state
def not_an_author(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, stage.demo(1), "#/write")
    expect(heading(page, "Authors only")).to_be_visible()
