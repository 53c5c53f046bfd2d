"""Finding in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import button, dialog, labelled, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


@state
def finding(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user)
    button(page, "Find").click()
    labelled(dialog(page), "Find").fill("blue")
    expect(page.get_by_role("group", name="Albums").get_by_role("option").last).to_be_attached()
