"""axe-core on every page and state, light and dark, on desktop and phone; and nothing scrolls sideways."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, PHONE, go, heading
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User
from tests.support.states import every, state

pytestmark = pytest.mark.usefixtures("unreachable_at_times")

AXE = Axe().axe_script
SETTLED = "() => document.getAnimations().length === 0"
WIDER_THAN_THE_SCREEN = """[...document.querySelectorAll("html, dialog[open], .chat-scroll, .thread-scroll")]
  .filter((place) => place.scrollWidth > place.clientWidth).map((place) => place.className || place.tagName)"""

Theme = Literal["light", "dark"]


@state
def nowhere(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/nowhere")
    expect(heading(page, "Page not found")).to_be_visible()


STATES = every()


def views(page: Page) -> Iterator[tuple[Theme, str]]:
    themes: tuple[Theme, ...] = ("light", "dark")
    for theme, (name, size) in itertools.product(themes, {"desktop": DESKTOP, "phone": PHONE}.items()):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_function(SETTLED)
        yield theme, name


def violations(page: Page) -> list[str]:
    """axe's findings on the page as built: once is enough for all themes and screens."""
    found: list[dict[str, Any]] = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("name", STATES)
def test_everybody_can_use(name: str, open_browser: OpenBrowser, stage: RunningStage, curator: User) -> None:
    page = open_browser(bypass_csp=True).new_page()
    held = STATES[name](page, stage, curator)
    page.evaluate(AXE)
    for view in views(page):
        assert violations(page) == [], view
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], view
    if held:
        held.end()
