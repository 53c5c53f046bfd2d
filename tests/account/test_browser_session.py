"""A sign-in that expires, is renewed, is shared between tabs, or was begun on Cognito's own page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.support.browser import (
    Held,
    an_album,
    an_hour_later,
    as_stored,
    button,
    dialog,
    expect_no_drafts,
    fill,
    fill_album,
    from_menu,
    go,
    heading,
    is_refresh,
    labelled,
    press,
    row,
    signed_in,
    signed_in_by_form,
    spoil_token,
    stored,
)
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User


def end_everywhere(user: User) -> None:
    answer = user.stage.cognito("GlobalSignOut", AccessToken=user.tokens["AccessToken"])
    assert answer.status_code == 200, answer.text


def test_a_token_that_has_ended_is_renewed_unseen(page: Page, somebody: User) -> None:
    page.clock.install()
    signed_in_by_form(page, somebody)
    album = an_album()
    press(page, "Add album")
    fill_album(dialog(page), album)
    an_hour_later(page)
    with page.expect_request(is_refresh):
        press(dialog(page), "Save album")
    expect(page.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
    expect(button(page, f"Edit {album['title']}")).to_be_visible()
    expect(page.locator("#account")).to_be_visible()
    assert len(as_stored(somebody, album["title"])) == 1


def test_a_token_that_the_gateway_refuses_is_renewed_unseen(page: Page, somebody: User) -> None:
    signed_in(page, somebody)
    spoil_token(page)
    with page.expect_request(is_refresh):
        page.reload()
    expect(page.locator("#rows tr").first).to_be_visible()
    expect(page.locator("#account")).to_be_visible()


def test_calls_at_the_same_time_share_one_renewal(page: Page, somebody: User) -> None:
    page.clock.install()
    signed_in(page, somebody)
    renewals: list[Request] = []
    page.on("request", lambda request: renewals.append(request) if is_refresh(request) else None)
    an_hour_later(page)
    answered = page.evaluate("""async () => {
      const api = await moduleOf("core/api");
      const answers = await Promise.all([api.getMe(), api.listAlbums({ limit: 1 }), api.getMe()]);
      return answers.length;
    }""")
    assert answered == 3
    assert len(renewals) == 1


def test_a_refused_renewal_keeps_what_was_typed(page: Page, stage: RunningStage, somebody: User) -> None:
    page.clock.install()
    signed_in(page, somebody)
    album = an_album()
    page.keyboard.press("n")
    fill_album(dialog(page), album)
    end_everywhere(somebody)
    an_hour_later(page)
    press(dialog(page), "Save album")
    expect(page.get_by_text("Your sign-in has ended. Sign in again to go on: what you typed is kept.")).to_be_visible()
    expect(labelled(page, "E-mail")).to_have_value(somebody.email)
    fill(page, password=somebody.password)
    press(page, "Sign in")
    expect(dialog(page).get_by_text("What you typed before was kept. Save it to finish.")).to_be_visible()
    expect(labelled(dialog(page), "Title")).to_have_value(album["title"])
    press(dialog(page), "Save album")
    expect(page.get_by_text(f"Added “{album['title']}”.")).to_be_visible()
    expect(row(page, album["title"])).to_be_visible()
    expect_no_drafts(page)


def test_what_was_typed_is_not_offered_to_somebody_else(page: Page, somebody: User, bruno: User) -> None:
    page.clock.install()
    signed_in(page, somebody)
    press(page, "Add album")
    fill(dialog(page), title="Only mine")
    end_everywhere(somebody)
    an_hour_later(page)
    fill(dialog(page), rank=1, artist="Me", year=1999, genre="Rock")
    press(dialog(page), "Save album")
    expect(page.get_by_text("Your sign-in has ended.")).to_be_visible()
    fill(page, e_mail=bruno.email, password=bruno.password)
    press(page, "Sign in")
    expect(page.locator("#greeting")).to_be_focused()
    page.get_by_role("link", name="Albums", exact=True).click()
    expect(page.locator("#rows tr").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_name_is_kept_past_the_end_of_the_sign_in(page: Page, somebody: User) -> None:
    page.clock.install()
    signed_in(page, somebody, "#/profile")
    labelled(page, "Name").fill("A kept name")
    end_everywhere(somebody)
    an_hour_later(page)
    press(page, "Save name")
    expect(page.get_by_text("Your sign-in has ended.")).to_be_visible()
    fill(page, password=somebody.password)
    press(page, "Sign in")
    expect(heading(page, "Your account")).to_be_visible()
    expect(labelled(page, "Name")).to_have_value("A kept name")


def test_a_renewal_that_can_not_be_reached_ends_nothing(page: Page, somebody: User, unreachable_at_times: None) -> None:
    page.clock.install()
    signed_in(page, somebody, "#/profile")
    page.route("**/*", lambda route: route.abort() if is_refresh(route.request) else route.continue_())
    an_hour_later(page)
    page.get_by_role("link", name="Albums").click()
    expect(heading(page, "The albums could not be loaded")).to_be_visible()
    expect(page.locator("#account")).to_be_visible()
    page.unroute("**/*")
    press(page, "Try again")
    expect(page.locator("#rows tr").first).to_be_visible()


def test_tabs_share_a_session_from_its_start_to_its_end(
    context: BrowserContext, stage: RunningStage, somebody: User, bruno: User
) -> None:
    one, other = context.new_page(), context.new_page()
    go(one, stage, "#/profile")
    go(other, stage)
    fill(one, e_mail=somebody.email, password=somebody.password)
    press(one, "Sign in")
    expect(heading(one, "Your account")).to_be_visible()
    expect(other.locator("#account")).to_be_visible()
    third = context.new_page()
    go(third, stage, "#/profile")
    expect(third.get_by_text(f"Signed in as {somebody.email}")).to_be_visible()
    assert "eyJ" not in third.evaluate("JSON.stringify({ ...localStorage })")
    labelled(third, "Name").fill("Only mine")

    from_menu(one, "Sign out")
    expect(one.get_by_text("You are signed out.")).to_be_visible()
    expect(third.get_by_text("You signed out in another tab.")).to_be_visible()
    expect(heading(third, "Sign in")).to_be_visible()
    expect(other.get_by_role("link", name="Sign in").first).to_be_visible()

    go(one, stage, "#/sign-in")
    fill(one, e_mail=bruno.email, password=bruno.password)
    press(one, "Sign in")
    for page in context.pages:
        expect(page.locator("#account")).to_be_visible()
        kept = stored(page)
        assert somebody.email not in kept and "Only mine" not in kept


def test_a_session_is_kept_where_one_says_so_until_one_leaves(
    open_browser: OpenBrowser, stage: RunningStage, somebody: User
) -> None:
    """When a browser is opened again, it has what its storage kept."""
    before = open_browser()
    page = before.new_page()
    go(page, stage, "#/profile")
    labelled(page, "Keep me signed in").check()
    fill(page, e_mail=somebody.email, password=somebody.password)
    press(page, "Sign in")
    expect(heading(page, "Your account")).to_be_visible()
    kept: Any = before.storage_state()
    page.close()
    again = open_browser(storage_state=kept).new_page()
    go(again, stage, "#/profile")
    expect(again.get_by_text(f"Signed in as {somebody.email}")).to_be_visible()
    with again.expect_response(lambda response: "RevokeToken" in response.request.headers.get("x-amz-target", "")):
        from_menu(again, "Sign out")
    assert "eyJ" not in stored(again)
    [its] = kept["origins"]
    for each in its["localStorage"]:  # as after an hour
        each["value"] = re.sub(r'"expiresAt":\d+', '"expiresAt":0', each["value"])
    stolen = open_browser(storage_state=kept).new_page()
    go(stolen, stage, "#/profile")
    expect(stolen.get_by_text("Your sign-in has ended.")).to_be_visible()


def test_the_sign_in_on_cognitos_own_page(page: Page, stage: RunningStage, somebody: User) -> None:
    go(page, stage, "#/profile")
    with page.expect_request(lambda request: "/oauth2/authorize" in request.url) as asked:
        press(page, "Sign in on the hosted page")
    question = parse_qs(urlsplit(asked.value.url).query)
    assert question["response_type"] == ["code"]
    assert question["code_challenge_method"] == ["S256"]
    labelled(page, "Username").fill(somebody.email)
    labelled(page, "Password").fill(somebody.password)
    with page.expect_request(lambda request: request.url.endswith("/oauth2/token")) as exchanged:
        press(page, "Sign in")
    verifier = parse_qs(exchanged.value.post_data or "")["code_verifier"][0]
    assert len(verifier) >= 43
    assert verifier != question["code_challenge"][0]
    expect(heading(page, "Your account")).to_be_visible()
    expect(page.get_by_text(f"Signed in as {somebody.email}")).to_be_visible()
    assert "code=" not in page.url
    from_menu(page, "Sign out")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Everything worth keeping")
    expect(page.locator("#account")).to_have_count(0)


@pytest.mark.parametrize("begun", [True, False])
def test_a_hosted_sign_in_that_was_not_begun_here_is_refused(page: Page, stage: RunningStage, begun: bool) -> None:
    go(page, stage, "#/sign-in")
    if begun:
        press(page, "Sign in on the hosted page")
        expect(labelled(page, "Username")).to_be_visible()
    page.goto(f"{stage.address}/?code=stolen&state=forged")
    expect(page.get_by_text("The hosted sign-in did not succeed. It was not started in this tab.")).to_be_visible()
    expect(heading(page, "Sign in")).to_be_visible()
    assert "code=" not in page.url


def test_a_form_is_sent_once(page: Page, stage: RunningStage, somebody: User) -> None:
    go(page, stage, "#/sign-in")
    fill(page, e_mail=somebody.email, password=somebody.password)
    with Held(page, stage.config["cognitoEndpoint"] + "/", "POST") as held:
        press(page, "Sign in")
        expect(button(page, "Sign in")).to_have_attribute("aria-disabled", "true")
        button(page, "Sign in").click(force=True)
        page.keyboard.press("Enter")
        held.release()
        expect(page.locator("#greeting")).to_be_focused()
    assert held.seen == 1
