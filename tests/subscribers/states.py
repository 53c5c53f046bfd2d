"""Subscribing in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import go, heading, press
from tests.support.stage import RunningStage, User
from tests.support.states import state


@state
def subscribing(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/subscription/confirm")
    expect(heading(page, "This link no longer works")).to_be_visible()
    press(page, "Subscribe")
    expect(page.get_by_text("E-mail is required.")).to_be_visible()


@state
def confirming_a_subscription(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/subscription/confirm?token=x.y")
    expect(heading(page, "Confirm your subscription")).to_be_visible()
