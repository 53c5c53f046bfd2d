"""From sign-up to the end of an account, as a person does it; the codes are read on the mailbox page."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import (
    added,
    button,
    code_on_screen,
    dialog,
    fill,
    from_menu,
    go,
    heading,
    labelled,
    press,
    search_for,
    signed_in,
    signed_in_by_form,
    stored,
)
from tests.support.browsers import OpenBrowser
from tests.support.stage import PASSWORD, RunningStage, User, until

NEW_PASSWORD = "Another-horse-8"
TOO_OFTEN = "That was tried too often. Wait an hour, then try again."


@pytest.fixture
def email() -> str:
    return f"mary-{secrets.token_hex(4)}@example.com"


@pytest.fixture
def mailbox(context: BrowserContext, page: Page, stage: RunningStage) -> Page:
    """A second tab, with the page in front."""
    tab = context.new_page()
    tab.goto(f"{stage.address}/mailbox")
    page.bring_to_front()
    return tab


def newest_code(mailbox: Page, email: str) -> str:
    mailbox.reload()
    return code_on_screen(mailbox, email)


def sign_up(page: Page, stage: RunningStage, email: str) -> None:
    go(page, stage, "#/sign-up")
    fill(page, name="Mary Shelley", e_mail=email, password=PASSWORD)
    press(page, "Create account")
    expect(heading(page, "Confirm your address")).to_be_focused()


def another_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def may_sign_in(stage: RunningStage, email: str, password: str) -> bool:
    answer = stage.for_client(
        "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": password}
    )
    return answer.status_code == 200


def test_sign_up_with_the_code_from_the_mailbox(
    context: BrowserContext, page: Page, stage: RunningStage, email: str
) -> None:
    go(page, stage)
    page.get_by_role("link", name="Create an account").click()
    expect(heading(page, "Create an account")).to_be_focused()
    fill(page, name="Mary Shelley", e_mail=email, password=PASSWORD)
    press(page, "Create account")
    expect(heading(page, "Confirm your address")).to_be_focused()
    expect(labelled(page, "E-mail")).to_have_value(email)
    with context.expect_page() as opened:
        page.get_by_role("link", name="open the mailbox").click()
    fill(page, code=code_on_screen(opened.value, email))
    press(page, "Confirm")
    expect(page.locator("#greeting")).to_be_focused()
    expect(button(page, "Account: Mary Shelley")).to_be_visible()
    expect(button(page, "Import")).to_be_hidden()


def test_a_sign_up_says_at_the_field_what_is_wrong(page: Page, stage: RunningStage, email: str, curator: User) -> None:
    go(page, stage, "#/sign-up")
    press(page, "Create account")
    for label in ("Name", "E-mail", "Password"):
        expect(labelled(page, label)).to_have_attribute("aria-invalid", "true")
    expect(labelled(page, "Name")).to_be_focused()
    expect(page.get_by_text("Name is required.")).to_be_visible()
    fill(page, name="Mary", e_mail="mary", password="too-short")
    press(page, "Create account")
    expect(labelled(page, "E-mail")).to_be_focused()
    expect(page.get_by_text("Type an address like ada@example.com.")).to_be_visible()
    fill(page, e_mail=curator.email)
    press(page, "Create account")
    expect(labelled(page, "Password")).to_be_focused()
    fill(page, password=PASSWORD)
    press(page, "Create account")
    expect(page.get_by_text("There is an account with this address already.")).to_be_visible()
    expect(labelled(page, "E-mail")).to_be_focused()


def test_a_reload_keeps_what_was_typed_but_no_password(page: Page, stage: RunningStage, email: str) -> None:
    go(page, stage, "#/sign-up")
    fill(page, name="Mary Shelley", e_mail=email, password=PASSWORD)
    page.reload()
    expect(labelled(page, "Name")).to_have_value("Mary Shelley")
    expect(labelled(page, "E-mail")).to_have_value(email)
    expect(labelled(page, "Password")).to_have_value("")
    assert PASSWORD not in stored(page)


def test_an_unconfirmed_sign_in_leads_to_the_code(page: Page, stage: RunningStage, email: str, mailbox: Page) -> None:
    sign_up(page, stage, email)
    go(page, stage, "#/profile")
    expect(heading(page, "Sign in")).to_be_focused()
    fill(page, e_mail=email, password=PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_text("This address is not confirmed yet.")).to_be_visible()
    fill(page, code=newest_code(mailbox, email))
    press(page, "Confirm")
    expect(heading(page, "Your account")).to_be_focused()


def test_a_wrong_code_and_a_new_one(page: Page, stage: RunningStage, email: str, mailbox: Page) -> None:
    sign_up(page, stage, email)
    first = newest_code(mailbox, email)
    fill(page, code=another_code(first))
    press(page, "Confirm")
    expect(page.get_by_text("That code is not right. Use the one from the newest mail.")).to_be_visible()
    expect(labelled(page, "Code")).to_be_focused()
    press(page, "Send a new code")
    expect(page.get_by_text("A new code is on its way. Only the newest one works.")).to_be_visible()
    second = newest_code(mailbox, email)
    if second != first:
        fill(page, code=first)
        press(page, "Confirm")
        expect(page.get_by_text("That code is not right. Use the one from the newest mail.")).to_be_visible()
    fill(page, code=f" {second[:3]} {second[3:]} ")
    press(page, "Confirm")
    expect(page.locator("#greeting")).to_be_focused()


def test_a_wrong_password(page: Page, stage: RunningStage, somebody: User) -> None:
    go(page, stage, "#/sign-in")
    fill(page, e_mail=somebody.email, password="Wrong-horse-9")
    press(page, "Sign in")
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()
    expect(labelled(page, "E-mail")).to_have_value(somebody.email)
    fill(page, e_mail="nobody@example.com")
    with page.expect_response(lambda response: response.status == 400):
        press(page, "Sign in")
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()
    fill(page, e_mail=somebody.email, password=somebody.password)
    press(page, "Sign in")
    expect(page.locator("#greeting")).to_be_focused()


def test_a_password_can_be_looked_at(page: Page, stage: RunningStage) -> None:
    go(page, stage, "#/sign-in")
    fill(page, password="Secret-1")
    expect(labelled(page, "Password")).to_have_attribute("type", "password")
    press(page, "Show password")
    expect(labelled(page, "Password")).to_have_attribute("type", "text")
    press(page, "Show password")
    expect(labelled(page, "Password")).to_have_attribute("type", "password")


def test_a_demo_person_fills_in_the_form(page: Page, stage: RunningStage) -> None:
    go(page, stage, "#/sign-in")
    for person in stage.config["demo"]:
        press(page, person["name"])
        expect(labelled(page, "E-mail")).to_have_value(person["email"])
    page.keyboard.press("Enter")
    expect(button(page, f"Account: {stage.config['demo'][-1]['name']}")).to_be_visible()


def test_a_forgotten_password(page: Page, stage: RunningStage, somebody: User, mailbox: Page) -> None:
    go(page, stage, "#/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    expect(heading(page, "Forgotten your password?")).to_be_focused()
    fill(page, e_mail=somebody.email)
    press(page, "Send a code")
    expect(heading(page, "Choose a new password")).to_be_focused()
    expect(labelled(page, "E-mail")).to_have_value(somebody.email)
    code = newest_code(mailbox, somebody.email)
    fill(page, code=another_code(code), new_password=NEW_PASSWORD)
    press(page, "Set password")
    expect(page.get_by_text("That code is not right. Use the one from the newest mail.")).to_be_visible()
    fill(page, code=code, new_password="weak")
    press(page, "Set password")
    expect(labelled(page, "New password")).to_be_focused()
    fill(page, new_password=NEW_PASSWORD)
    press(page, "Set password")
    expect(page.locator("#greeting")).to_be_focused()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    assert may_sign_in(stage, somebody.email, NEW_PASSWORD)
    assert not may_sign_in(stage, somebody.email, somebody.password)


def test_whether_an_address_has_an_account_is_not_told(page: Page, stage: RunningStage) -> None:
    go(page, stage, "#/forgot")
    fill(page, e_mail=f"nobody-{secrets.token_hex(4)}@example.com")
    press(page, "Send a code")
    expect(page.get_by_text("If the address has an account, a code is on its way to it.")).to_be_visible()
    fill(page, code="123456", new_password=NEW_PASSWORD)
    press(page, "Set password")
    expect(page.locator(".error").filter(has_text="That code is not right")).to_be_visible()


def test_change_the_password(page: Page, stage: RunningStage, somebody: User) -> None:
    signed_in(page, somebody, "#/profile")
    fill(page, current_password="Wrong-horse-9", new_password=NEW_PASSWORD)
    press(page, "Change password")
    expect(page.get_by_text("The current password is wrong.")).to_be_visible()
    expect(labelled(page, "Current password")).to_be_focused()
    fill(page, current_password=somebody.password, new_password="weak")
    press(page, "Change password")
    expect(labelled(page, "New password")).to_be_focused()
    fill(page, new_password=NEW_PASSWORD)
    press(page, "Change password")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(labelled(page, "Current password")).to_have_value("")
    assert may_sign_in(stage, somebody.email, NEW_PASSWORD)
    assert not may_sign_in(stage, somebody.email, somebody.password)


# Too many attempts


def test_too_many_wrong_passwords(page: Page, stage: RunningStage, somebody: User) -> None:
    go(page, stage, "#/sign-in")
    said = page.get_by_text("There were too many wrong passwords. Wait a moment, then try again")
    for _ in range(12):  # each wrong attempt that still counts extends the pause, so it is certain to be met
        fill(page, e_mail=somebody.email, password="Wrong-horse-9")
        with page.expect_response(lambda response: response.status == 400):
            press(page, "Sign in")
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_enabled()
        if said.is_visible():
            break
    expect(said).to_be_visible()
    expect(labelled(page, "E-mail")).to_have_value(somebody.email)


def test_too_many_wrong_codes_for_a_sign_up(page: Page, stage: RunningStage, email: str, mailbox: Page) -> None:
    sign_up(page, stage, email)
    for _ in range(5):
        assert stage.for_client("ConfirmSignUp", Username=email, ConfirmationCode="x").status_code == 400
    fill(page, code=newest_code(mailbox, email))
    press(page, "Confirm")
    expect(page.get_by_text(TOO_OFTEN)).to_be_visible()
    for _ in range(5):
        stage.for_client("ResendConfirmationCode", Username=email)
    fill(page, code="x")
    press(page, "Send a new code")
    expect(page.get_by_text(TOO_OFTEN)).to_be_visible()


def test_too_many_codes_for_a_password(page: Page, stage: RunningStage, somebody: User, mailbox: Page) -> None:
    go(page, stage, "#/forgot")
    fill(page, e_mail=somebody.email)
    press(page, "Send a code")
    expect(heading(page, "Choose a new password")).to_be_focused()
    reset = {"Username": somebody.email, "Password": NEW_PASSWORD}
    for _ in range(5):
        assert stage.for_client("ConfirmForgotPassword", ConfirmationCode="x", **reset).status_code == 400
    fill(page, code=newest_code(mailbox, somebody.email), new_password=NEW_PASSWORD)
    press(page, "Set password")
    expect(page.get_by_text(TOO_OFTEN)).to_be_visible()
    for _ in range(5):
        stage.for_client("ForgotPassword", Username=somebody.email)
    page.get_by_role("link", name="Send another code").click()
    press(page, "Send a code")
    expect(page.get_by_text(TOO_OFTEN)).to_be_visible()


def test_a_code_that_is_none_any_more(page: Page, stage: RunningStage, somebody: User) -> None:
    go(page, stage, "#/reset")
    fill(page, e_mail=somebody.email, code="123456", new_password=NEW_PASSWORD)
    press(page, "Set password")
    expect(page.get_by_text("That code has expired. Send a new one.")).to_be_visible()


def test_too_many_guesses_at_the_current_password(page: Page, stage: RunningStage, somebody: User) -> None:
    signed_in(page, somebody, "#/profile")
    guess = {"AccessToken": somebody.tokens["AccessToken"], "PreviousPassword": "Wrong-horse-9"}
    for _ in range(5):
        assert stage.cognito("ChangePassword", ProposedPassword=NEW_PASSWORD, **guess).status_code == 400
    fill(page, current_password=somebody.password, new_password=NEW_PASSWORD)
    press(page, "Change password")
    expect(page.get_by_text(TOO_OFTEN)).to_be_visible()


def test_a_new_name_shows_in_the_header(page: Page, somebody: User) -> None:
    signed_in(page, somebody, "#/profile")
    labelled(page, "Name").fill("  ")
    press(page, "Save name")
    expect(page.get_by_text("Name is required.")).to_be_visible()
    labelled(page, "Name").fill("Mary <b>Wollstonecraft</b>")
    press(page, "Save name")
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    expect(button(page, "Account: Mary <b>Wollstonecraft</b>")).to_be_visible()
    page.reload()
    expect(button(page, "Account: Mary <b>Wollstonecraft</b>")).to_be_visible()
    assert somebody.get("/me").json()["name"] == "Mary <b>Wollstonecraft</b>"


def test_a_name_that_is_not_saved_is_not_left_unasked(page: Page, stage: RunningStage, somebody: User) -> None:
    signed_in(page, somebody, "#/profile")
    labelled(page, "Name").fill("Half a name")
    page.get_by_role("link", name="Albums").click()
    expect(heading(dialog(page), "Leave without saving?")).to_be_visible()
    press(dialog(page), "Stay")
    expect(page).to_have_url(f"{stage.address}/#/profile")
    expect(labelled(page, "Name")).to_have_value("Half a name")
    page.get_by_role("link", name="Albums").click()
    press(dialog(page), "Leave")
    expect(heading(page, "Albums")).to_be_focused()


def test_sign_out(page: Page, stage: RunningStage, somebody: User) -> None:
    signed_in_by_form(page, somebody)
    from_menu(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert "eyJ" not in stored(page)
    page.go_back()
    expect(heading(page, "Sign in")).to_be_visible()
    expect(page.locator("#rows")).to_have_count(0)


def test_sign_out_everywhere(open_browser: OpenBrowser, stage: RunningStage, somebody: User) -> None:
    here = signed_in_by_form(open_browser().new_page(), somebody, "#/profile")
    elsewhere = signed_in_by_form(open_browser().new_page(), somebody, "#/profile")
    until(lambda: elsewhere.evaluate("async () => (await moduleOf('live/live')).isOpen()"))
    press(here, "Sign out everywhere")
    press(dialog(here), "Sign out all")
    expect(here.get_by_text("You are signed out.")).to_be_visible()
    expect(elsewhere.get_by_text("Your sign-in has ended.")).to_be_visible()
    expect(labelled(elsewhere, "E-mail")).to_have_value(somebody.email)


def test_delete_the_account(page: Page, stage: RunningStage, somebody: User, curator: User) -> None:
    album = added(somebody)
    signed_in(page, somebody, "#/profile")
    press(page, "Delete account")
    typed = labelled(dialog(page), "Type your e-mail address to confirm")
    typed.fill("somebody@else.example")
    press(dialog(page), "Delete for good")
    expect(dialog(page).get_by_text("That is not the address of this account.")).to_be_visible()
    typed.fill(somebody.email.upper())
    press(dialog(page), "Delete for good")
    expect(page.get_by_text("Your account and everything in it were deleted.")).to_be_visible()
    until(lambda: not may_sign_in(stage, somebody.email, somebody.password))
    until(lambda: curator.get(f"/albums/{album['id']}").status_code == 404)
    go(page, stage, search_for(album))
    fill(page, e_mail=somebody.email, password=somebody.password)
    press(page, "Sign in")
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()


def test_a_page_that_needs_a_person_comes_after_the_sign_in(page: Page, stage: RunningStage, somebody: User) -> None:
    go(page, stage, "#/albums?year=1971")
    expect(page.get_by_text("Please sign in to go on.")).to_be_visible()
    fill(page, e_mail=somebody.email, password=somebody.password)
    press(page, "Sign in")
    expect(page).to_have_url(f"{stage.address}/#/albums?year=1971")
    expect(labelled(page, "Year")).to_have_value("1971")


def test_the_theme_is_kept(page: Page, stage: RunningStage) -> None:
    page.emulate_media(color_scheme="light")
    go(page, stage)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    press(page, "Dark theme")
    expect(button(page, "Dark theme")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("body")).not_to_have_css("background-color", paper)
    page.reload()
    expect(button(page, "Dark theme")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("body")).not_to_have_css("background-color", paper)


def test_an_address_that_leads_nowhere(page: Page, stage: RunningStage) -> None:
    go(page, stage, "profile")  # as people type it
    expect(page.get_by_text("Please sign in to go on.")).to_be_visible()
    go(page, stage, "#/nowhere")
    expect(heading(page, "Page not found")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page).to_have_title("Commonplace")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Everything worth keeping"))
