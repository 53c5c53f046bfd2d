"""The spoken texts in each state that everybody must be able to use."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import dialog, heading, press, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


@state
def speech_empty(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, stage.sign_up(), "#/speech")
    expect(heading(page, "Nothing to hear yet")).to_be_visible()


@state
def speech_not_loaded(page: Page, stage: RunningStage, user: User) -> None:
    page.route("**/speech?*", lambda route: route.abort())
    signed_in(page, user, "#/speech")
    expect(heading(page, "Your texts could not be loaded")).to_be_visible()
    page.get_by_label("Text", exact=True).fill(" ")
    press(page, "Speak it")
    expect(page.get_by_text("Write something first.")).to_be_visible()


@state
def speech_of_every_kind(page: Page, stage: RunningStage, user: User) -> None:
    """One in each state; only the page is real."""
    page.route("**/speech?*", lambda route: route.fulfill(json={"items": texts_of_every_kind(), "next": "more"}))
    signed_in(page, user, "#/speech")
    expect(page.locator(".speech")).to_have_count(6)
    expect(page.locator("audio")).to_be_visible()


@state
def speech_delete(page: Page, stage: RunningStage, user: User) -> None:
    speech_of_every_kind(page, stage, user)
    page.get_by_role("button", name="Delete “").first.click()
    expect(dialog(page)).to_be_visible()


def texts_of_every_kind() -> list[dict[str, Any]]:
    text = "A rather long sentence that goes on and on. " * 20
    common = {"text": text, "translation": None, "source": "auto", "voice": "Lucia", "at": "2026-11-21T10:00:00.000Z"}
    audio = {"url": "data:,", "download": "data:,", "type": "audio/mpeg", "seconds": 71.5,
             "expiresAt": "2099-01-01T00:00:00.000Z"}  # fmt: skip
    kinds: list[dict[str, Any]] = [
        {"status": "queued", "progress": 0},
        {"status": "translating", "progress": 0.2},
        {"status": "speaking", "progress": 0.6, "source": "en", "translation": "Una frase bastante larga."},
        {"status": "ready", "progress": 1, "source": "en", "translation": text.upper(), "audio": audio},
        {"status": "failed", "progress": 0, "reason": "We can't tell the language of this text for sure."},
        {"status": "failed", "progress": 0.4, "source": "es", "text": "Corto.", "reason": "No."},
    ]
    return [{**common, "id": f"{9 - place:026d}", **kind} for place, kind in enumerate(kinds)]
