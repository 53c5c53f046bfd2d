"""Signing in and up, and the account in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import dialog, fill, go, heading, labelled, press, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


@state
def sign_in_asked_for(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/albums")
    expect(page.get_by_text("Please sign in to go on.")).to_be_visible()


@state
def sign_in_refused(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/sign-in")
    fill(page, e_mail=user.email, password="wrong")
    press(page, "Sign in")
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()


def sign_up(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/sign-up")
    expect(heading(page, "Create an account")).to_be_visible()


@state
def sign_up_with_errors(page: Page, stage: RunningStage, user: User) -> None:
    sign_up(page, stage, user)
    press(page, "Create account")
    expect(page.get_by_text("Name is required.")).to_be_visible()


@state
def mailbox(page: Page, stage: RunningStage, user: User) -> None:
    stage.sign_up()
    page.goto(f"{stage.address}/mailbox")
    expect(page.get_by_role("article").first).to_be_visible()


def profile(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/profile")
    expect(heading(page, "Your account")).to_be_visible()


@state
def profile_erase(page: Page, stage: RunningStage, user: User) -> None:
    profile(page, stage, user)
    press(page, "Delete account")
    labelled(dialog(page), "Type your e-mail address to confirm").fill("somebody@else.example")
    press(dialog(page), "Delete for good")
    expect(dialog(page).get_by_text("That is not the address of this account.")).to_be_visible()
