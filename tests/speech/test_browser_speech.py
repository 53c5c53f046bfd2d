"""Speech as people use it: written, heard, saved, deleted; and what happens when something goes wrong."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import button, dialog, heading, labelled, press, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.stage import User, until

PLAYS = "(audio) => audio.play().then(() => true)"


def on_the_page(page: Page, user: User) -> Page:
    signed_in(page, user, "#/speech")
    expect(labelled(page, "Text")).to_be_visible()
    return page


def write(page: Page, text: str, language: str = "es-ES", voice: str = "Lucia") -> Locator:
    labelled(page, "Text").fill(text)
    labelled(page, "Spoken in").select_option(language)
    labelled(page, "Voice").select_option(voice)
    press(page, "Speak it")
    return card(page, text)


def card(page: Page, text: str) -> Locator:
    return page.get_by_role("list", name="Your texts, newest first").get_by_role("listitem").filter(has_text=text)


def duration(audio: Locator) -> float:
    """The duration according to the browser."""
    return float(audio.evaluate("(audio) => audio.duration || 0"))


@pytest.fixture
def page(open_browser: OpenBrowser, bruno: User) -> Page:
    return on_the_page(open_browser().new_page(), bruno)


def test_a_text_is_translated_spoken_heard_kept_and_deleted(page: Page, open_browser: OpenBrowser, bruno: User) -> None:
    """In a second tab it appears and disappears by itself."""
    other = on_the_page(open_browser().new_page(), bruno)
    text = "The weather is very nice today, and so are you."
    labelled(page, "Text").fill(text)
    expect(page.locator("#speech-count")).to_have_text("47 / 20,000")
    spoken = write(page, text)
    expect(labelled(page, "Text")).to_have_value("")
    for one in (spoken, card(other, text)):
        audio = one.locator("audio")
        expect(audio).to_be_visible()
        expect(one.locator(".passage").nth(0)).to_contain_text("English")
        expect(one.locator(".passage").nth(1)).to_contain_text("El tiempo es muy bueno hoy")
        expect(one.locator("progress")).to_have_count(0)

    audio = spoken.locator("audio")
    assert audio.evaluate(PLAYS) is True
    until(lambda: duration(audio) > 1)
    audio.evaluate("(audio) => { audio.pause(); audio.currentTime = 1; }")
    until(lambda: audio.evaluate("(audio) => !audio.seeking && audio.currentTime === 1"))
    with page.expect_download() as download:
        spoken.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"Lucia \d{4}-\d\d-\d\d\.mp3", download.value.suggested_filename)
    assert download.value.path().stat().st_size > 5_000

    spoken.get_by_role("button", name="Delete").click()
    press(dialog(page), "Delete")
    expect(spoken).to_have_count(0)
    expect(card(other, text)).to_have_count(0)


def test_progress_is_seen_and_a_long_text_unfolds(page: Page) -> None:
    text = "The library opens at nine in the morning. " * 100
    spoken = write(page, text, "en-US", "Joanna")
    expect(spoken.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("#news")).to_have_text(re.compile("^Ready to play: The library"), timeout=40_000)
    short = spoken.locator(".said").bounding_box()
    press(spoken, "Show all")
    whole = spoken.locator(".said").bounding_box()
    assert short and whole and whole["height"] > 3 * short["height"]
    press(spoken, "Show less")
    expect(spoken.locator(".passage")).to_have_count(1)


def test_what_is_left_of_the_day_is_shown(page: Page, bruno: User) -> None:
    def left() -> str:
        return f"{bruno.get('/speech/allowance').json()['left']:,} characters are left until"

    shown = page.locator("#speech-left")
    expect(shown).to_contain_text(left())
    before = left()
    write(page, "Forty-two letters are taken from what is left")
    expect(card(page, "Forty-two")).to_be_visible()
    expect(shown).not_to_contain_text(before)
    expect(shown).to_contain_text(left())


def test_what_was_typed_stays(page: Page) -> None:
    labelled(page, "Text").fill("Half a thought")
    labelled(page, "Language of the text").select_option("en")
    labelled(page, "Spoken in").select_option("fr-FR")
    labelled(page, "Voice").select_option("Remi")
    page.reload()
    expect(labelled(page, "Text")).to_have_value("Half a thought")
    expect(labelled(page, "Language of the text")).to_have_value("en")
    expect(labelled(page, "Voice")).to_have_value("Remi")
    labelled(page, "Text").fill("x" * 20_001)
    press(page, "Speak it")
    expect(page.get_by_text("That is 1 too long: 20,000 is the limit.")).to_be_visible()
    labelled(page, "Text").fill("  ")
    press(page, "Speak it")
    expect(page.get_by_text("Write something first.")).to_be_visible()


def test_without_a_connection_nothing_is_lost_and_nothing_comes_twice(page: Page, watch: Any) -> None:
    """The answer is lost; the second try is the same text."""
    watch.network_may_fail = True
    sent: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        sent.append(json.loads(route.request.post_data or "")["clientId"])
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(re.compile(r"/speech$"), lose)
    text = "An answer that is lost."
    spoken = write(page, text, "en-US", "Joanna")
    expect(page.locator("#new-speech .form-message")).to_contain_text("can't be reached")
    expect(labelled(page, "Text")).to_have_value(text)
    press(page, "Speak it")
    expect(spoken.locator("audio")).to_be_visible()
    expect(spoken).to_have_count(1)
    assert len(sent) == 2 and sent[0] == sent[1]


def test_what_failed_says_why_and_can_be_changed(page: Page) -> None:
    text = "There is no way into Welsh from here."
    failed = write(page, text, "cy-GB", "Gwyneth")
    expect(failed).to_contain_text("There is no translation from English into Welsh.")
    expect(button(failed, "Try again")).to_have_count(0)
    press(failed, "Change it")
    expect(labelled(page, "Text")).to_have_value(text)
    expect(labelled(page, "Voice")).to_have_value("Gwyneth")


def test_the_form_offers_what_this_stage_can_translate(page: Page) -> None:
    def few(route: Route) -> None:
        voices = route.fetch().json()
        reads = {"es": ["en", "es"], "cy": ["cy"]}
        route.fulfill(json=[{**one, "reads": reads.get(one["language"][:2], ["en"])} for one in voices])

    page.route("**/speech/voices", few)
    page.reload()
    labelled(page, "Spoken in").select_option("cy-GB")
    expect(page.locator("#speech-way")).to_have_text("There is a way into Welsh here only from texts in Welsh.")
    labelled(page, "Language of the text").select_option("es")
    expect(page.locator("#speech-language option")).to_have_text(["Spanish (Spain)", "Spanish (Mexico)"])
    expect(labelled(page, "Voice")).to_have_value("Lucia")
    expect(page.locator("#speech-way")).to_have_text("")


def test_an_address_that_has_expired_is_renewed(page: Page) -> None:
    text = "An address that lasts for a while."
    spoken = write(page, text, "en-US", "Joanna")
    expect(spoken.locator("audio")).to_be_visible()

    def expire(route: Route) -> None:
        found = route.fetch().json()
        for item in found["items"]:
            if "audio" in item:
                item["audio"] |= {"url": item["audio"]["url"][:-4] + "0000", "expiresAt": "2026-01-01T00:00:00.000Z"}
        route.fulfill(json=found)

    page.route("**/speech?*", expire)
    page.reload()
    audio = spoken.locator("audio")
    old = audio.get_attribute("src")
    audio.evaluate("(audio) => { audio.play().catch(() => null); }")
    until(lambda: audio.get_attribute("src") != old and duration(audio) > 1)
    expect(page.get_by_text("could not be played")).to_have_count(0)


def test_a_list_that_could_not_be_loaded_is_tried_again(page: Page, watch: Any) -> None:
    watch.network_may_fail = True
    page.route("**/speech?*", lambda route: route.abort())
    page.reload()
    expect(heading(page, "Your texts could not be loaded")).to_be_visible()
    page.unroute("**/speech?*")
    press(page, "Try again")
    expect(heading(page, "Your texts could not be loaded")).to_have_count(0)
