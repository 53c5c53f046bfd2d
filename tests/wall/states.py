"""The wall in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.support.browser import button, dialog, go, heading, press
from tests.support.stage import RunningStage, User
from tests.support.states import state
from tests.wall.test_browser_wall import on_the_wall, post, unique, write


def nothing_posted(route: Route) -> None:
    allowed = {"Access-Control-Allow-Origin": "*"}
    route.fulfill(json={"items": [], "next": None}, headers=allowed)


@state
def wall_empty_for_a_guest(page: Page, stage: RunningStage, user: User) -> None:
    page.route("**/posts?*", nothing_posted)
    go(page, stage, "#/wall")
    expect(heading(page, "Nothing on the wall yet")).to_be_visible()


@state
def wall_not_loaded(page: Page, stage: RunningStage, user: User) -> None:
    page.route("**/posts?*", lambda route: route.abort())
    go(page, stage, "#/wall")
    expect(heading(page, "The posts could not be loaded")).to_be_visible()


@state
def wall_with_posts_here_and_on_their_way(page: Page, stage: RunningStage, user: User) -> None:
    on_the_wall(page, user)
    here, waiting = f"{unique()} https://example.org/{'x' * 200}", unique()
    write(page, here)
    expect(button(post(page, here), "Delete")).to_be_visible()
    page.context.set_offline(True)
    expect(write(page, waiting)).to_contain_text("Waiting for the connection…")
    expect(page.locator("#live-sign")).not_to_be_empty()
    press(page, "Post")
    expect(page.get_by_text("Write something first.")).to_be_visible()


@state
def wall_delete(page: Page, stage: RunningStage, user: User) -> None:
    on_the_wall(page, user)
    press(write(page, unique()), "Delete")
    expect(heading(dialog(page), "Delete this post?")).to_be_visible()
