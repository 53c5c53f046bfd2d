"""Listening to an article: a button that says how long it takes, for everybody."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.articles.test_browser_articles import reading, written
from tests.support.browser import button, go
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User

AUDIO = re.compile("/audio$")


def test_listen_to_an_article(page: Page, open_browser: OpenBrowser, stage: RunningStage, curator: User) -> None:
    """A stranger's page waits for the recording; an author can ask for one that is missing."""
    article = written(curator, body="Good morning. " * 10)
    go(page, stage, f"#/blog/{article['slug']}")
    expect(button(page, "Listen · 1 min")).to_be_visible(timeout=40_000)
    button(page, "Listen · 1 min").click()
    player = page.locator("audio")
    expect(player).to_be_focused()
    expect(player).to_have_js_property("error", None)
    expect(player).to_have_js_property("paused", False)
    author = open_browser().new_page()
    author.route(AUDIO, without_recording)
    reading(author, curator, f"#/blog/{article['slug']}")
    button(author, "Have it read aloud").click()
    expect(button(author, "Listen · 1 min")).to_be_visible()


def without_recording(route: Route) -> None:
    if route.request.method == "GET":
        route.fulfill(json={"status": "none"})
    else:
        route.continue_()
