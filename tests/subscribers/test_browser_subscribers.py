"""Subscribing as readers do: the form below the blog, the links in the mails, and the pages they lead to."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import Page, expect

from chalicelib.core.bounds import Rate
from tests.support.browser import fill, go, heading, labelled, press
from tests.support.cloud import let_through
from tests.support.stage import RunningStage, until


@pytest.fixture
def email() -> str:
    return f"reader-{secrets.token_hex(4)}@example.com"


def subscribed(page: Page, stage: RunningStage, email: str) -> None:
    go(page, stage, "#/blog")
    fill(page, e_mail=email)
    press(page, "Subscribe")
    expect(page.get_by_text("A mail is on its way to that address")).to_be_visible()


def follow(page: Page, stage: RunningStage, email: str, place: str) -> None:
    """A link in the newest mail, as found in the mailbox."""
    page.goto(f"{stage.address}/mailbox")
    mail = page.get_by_role("article").filter(has_text=email).first
    mail.locator(f"a[href*='{place}']").click()


def test_from_the_form_to_the_end(page: Page, stage: RunningStage, email: str) -> None:
    subscribed(page, stage, email)
    expect(labelled(page, "E-mail")).to_have_value("")
    until(lambda: stage.mails(email))
    follow(page, stage, email, "#/subscription/confirm")
    expect(heading(page, "Confirm your subscription")).to_be_visible()
    assert len(stage.mails(email)) == 1, "to open the link is not to confirm"
    press(page, "Confirm")
    expect(heading(page, "You are subscribed")).to_be_focused()
    until(lambda: len(stage.mails(email)) == 2)
    follow(page, stage, email, "#/subscription/end")
    press(page, "Unsubscribe")
    expect(heading(page, "Your subscription has ended")).to_be_focused()


@pytest.mark.parametrize("token", ["", "?token=x.y"])
def test_a_link_that_is_not_good(page: Page, stage: RunningStage, email: str, token: str) -> None:
    go(page, stage, f"#/subscription/confirm{token}")
    if token:
        press(page, "Confirm")
    expect(heading(page, "This link no longer works")).to_be_visible()
    fill(page, e_mail=email)
    press(page, "Subscribe")
    until(lambda: stage.mails(email))
    go(page, stage, f"#/subscription/end{token}")
    if token:
        press(page, "Unsubscribe")
    expect(heading(page, "This link no longer works")).to_be_visible()


def test_what_is_no_address_is_said_at_once(page: Page, stage: RunningStage) -> None:
    go(page, stage, "#/blog")
    wrong = {"": "E-mail is required.", "nobody": "Type an address like", "ä@example.com": "must be a"}
    for typed, says in wrong.items():
        fill(page, e_mail=typed)
        press(page, "Subscribe")
        expect(page.get_by_text(says)).to_be_visible()
        expect(labelled(page, "E-mail")).to_be_focused()


def test_where_too_many_ask_it_is_said_and_a_moment_later_it_goes(page: Page, stage: RunningStage, email: str) -> None:
    """By the gateway, in words that the page may read."""
    go(page, stage, "#/blog")
    with let_through(stage, "/blog/subscribers", "POST", Rate(0, 0)):
        fill(page, e_mail=email)
        press(page, "Subscribe")
        expect(page.get_by_text("Too many requests: try again in a moment.")).to_be_visible()
        expect(labelled(page, "E-mail")).to_have_value(email)
    press(page, "Subscribe")
    expect(page.get_by_text("A mail is on its way to that address")).to_be_visible()
