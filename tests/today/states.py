"""Today in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import heading, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


@state
def today_of_a_new_person(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, stage.sign_up(), "#/today")
    expect(heading(page, "Five first steps")).to_be_visible()
