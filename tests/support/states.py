"""The states of pages that everybody must be able to use: each feature's are in its `states.py`, and found there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from playwright.sync_api import Page, expect

from tests.support.browser import Held, go, signed_in
from tests.support.pages import Declared, routes
from tests.support.stage import PROJECT, RunningStage, User

Reach = Callable[[Page, RunningStage, User], Held | None]
STATES: dict[str, Reach] = {}


def state(reach: Reach) -> Reach:
    STATES[reach.__name__.replace("_", " ")] = reach
    return reach


def plain(route: Declared) -> Reach:
    def reach(page: Page, stage: RunningStage, user: User) -> None:
        if route.access == "person":
            signed_in(page, user, f"#{route.path}")
        else:
            go(page, stage, f"#{route.path}")
        expect(page.locator("main h1")).to_be_attached()
        expect(page.locator("#skeleton")).to_be_hidden()

    return reach


def every() -> dict[str, Reach]:
    """By what each shows."""
    for path in sorted((PROJECT / "tests").glob("*/states.py")):
        import_module(f"tests.{path.parent.name}.states")
    return {f"{route.path} as it opens": plain(route) for route in routes()} | STATES
