"""A person has all that is theirs made into a zip, and saves it."""

from __future__ import annotations

import zipfile

from playwright.sync_api import expect

from tests.core.test_browser_accessibility import AXE, views, violations
from tests.support.browser import button, press, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage


def test_from_the_account_to_the_zip(open_browser: OpenBrowser, stage: RunningStage) -> None:
    person = stage.sign_up()
    page = signed_in(open_browser(bypass_csp=True).new_page(), person, "#/profile")
    press(page, "Make a zip")
    save = button(page, "Download")
    expect(save).to_be_visible(timeout=30_000)
    page.evaluate(AXE)
    for view in views(page):
        assert violations(page) == [], view
    with page.expect_download() as saved:
        save.click()
    assert saved.value.suggested_filename == "commonplace.zip"
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert archive.testzip() is None and "account.json" in archive.namelist()
    expect(button(page, "Make a new one")).to_be_visible()
