"""The to-dos in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import button, dialog, fill, heading, press, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state
from tests.todos.test_browser_todos import A_FILE, check, noted, on_the_list, refuse, stored, todo
from tests.todos.test_browser_todos import write as write_down
from tests.wall.test_browser_wall import unique


@state
def todos_empty(page: Page, stage: RunningStage, user: User) -> None:
    on_the_list(page, stage.sign_up())
    press(page, "Add")
    expect(page.get_by_text("Write something first.")).to_be_visible()


@state
def todos_not_loaded(page: Page, stage: RunningStage, user: User) -> None:
    page.route("**/todos?*", lambda route: route.abort())
    signed_in(page, user, "#/todos")
    expect(heading(page, "The to-dos could not be loaded")).to_be_visible()


def full_list(page: Page, stage: RunningStage) -> User:
    somebody = stage.sign_up()
    [books, _] = noted(somebody, "Books", "Milk", due="2020-02-29", priority="high", notes="N" * 300, files=[A_FILE])
    noted(somebody, "W" * 300, priority="low", completed=True)
    on_the_list(page, somebody)
    page.route(f"**/todos/{books['id']}", refuse)
    check(page, "Books")
    expect(todo(page, "Books").get_by_role("alert")).to_be_visible()
    return somebody


@state
def todos_of_every_kind(page: Page, stage: RunningStage, user: User) -> None:
    full_list(page, stage)
    page.context.set_offline(True)
    check_off, waiting = "Milk", unique()
    check(page, check_off)
    write_down(page, waiting)
    for title in (check_off, waiting):
        expect(todo(page, title)).to_contain_text("Waiting for the connection…")
    expect(page.locator("#live-sign")).not_to_be_empty()
    button(page, "Move Milk").press("Space")
    expect(button(page, "Up Milk")).to_be_visible()


@state
def todos_edit(page: Page, stage: RunningStage, user: User) -> None:
    full_list(page, stage)
    press(page, "Edit Milk")
    fill(dialog(page), title="", notes="x" * 5_001)
    press(dialog(page), "Save changes")
    expect(dialog(page).get_by_text("Title is required.")).to_be_visible()


@state
def todos_delete(page: Page, stage: RunningStage, user: User) -> None:
    full_list(page, stage)
    press(page, "Delete Milk")
    expect(dialog(page).get_by_role("radio", name="Keep in my folder")).to_be_visible()


@state
def todos_conflict(page: Page, stage: RunningStage, user: User) -> None:
    somebody = full_list(page, stage)
    [milk] = [one for one in stored(somebody) if one["title"] == "Milk"]
    press(page, "Edit Milk")
    fill(dialog(page), title="Oat milk", due="")
    path = f"/todos/{milk['id']}"
    assert somebody.call("PATCH", path, json={"title": "Soy milk", "files": []}).status_code == 200
    press(dialog(page), "Save changes")
    expect(heading(dialog(page), "This to-do was changed meanwhile")).to_be_visible()
