"""One Chromium for the run; separate contexts for each test, which fail it when a page complains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.browser import DESKTOP, Watch, signed_in
from tests.support.stage import RunningStage, User

# Only the last list counts, so Playwright's own is repeated. The address bar's popups are two pages in every
# window, and cost more than the page under test.
NOT_NEEDED = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
FLAGS = (
    f"--disable-features={','.join(NOT_NEEDED)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Debian's shell has no window to draw, and takes a quarter less work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE = 15_000

OpenBrowser = Callable[..., BrowserContext]


def chromium_path() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "The tests need Chromium: install it, or name it in the environment variable CHROMIUM."
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch(stage: RunningStage) -> Watch:
    return Watch((stage.config["api"], stage.config["edge"], stage.config["cognitoEndpoint"]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A page that shows nothing waits for something: a failure says for what."""
    report = yield
    watch: Watch | None = getattr(item, "funcargs", {}).get("watch")
    if report.failed and report.when == "call" and watch:
        report.sections.append(("What the pages wait for", watch.waits_for() or "nothing"))
    return report


@pytest.fixture
def open_browser(chromium: Browser, watch: Watch) -> Iterator[OpenBrowser]:
    """Opens browsers that know nothing of one another, as on several machines."""
    opened: list[BrowserContext] = []

    def open_one(size: tuple[int, int] = DESKTOP, **options: Any) -> BrowserContext:
        viewport: Any = {"width": size[0], "height": size[1]}
        context = chromium.new_context(
            viewport=viewport, reduced_motion="reduce", accept_downloads=True, locale="en-GB", **options
        )
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        # Answers still held back don't matter any more; otherwise the next test would get them.
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture(autouse=True)
def nothing_complains(request: pytest.FixtureRequest) -> Iterator[None]:
    """No error in the console, no uncaught exception, no violation of the Content-Security-Policy."""
    if not request.path.name.startswith("test_browser"):
        yield
        return
    watch: Watch = request.getfixturevalue("watch")
    request.getfixturevalue("open_browser")
    yield
    assert not watch.troubles


@pytest.fixture
def context(open_browser: OpenBrowser) -> BrowserContext:
    return open_browser()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def curators_page(page: Page, curator: User) -> Page:
    return signed_in(page, curator)


@pytest.fixture
def unreachable_at_times(watch: Watch) -> None:
    """For tests that cut the network, which the console reports."""
    watch.network_may_fail = True
