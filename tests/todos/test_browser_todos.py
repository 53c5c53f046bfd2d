"""To-dos: added, ordered, ticked off, edited, cleared; the same in every tab, even after an outage."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.files.test_browser_files import Folder
from tests.support.browser import PHONE, button, dialog, expect_no_drafts, fill, heading, labelled, press, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.stage import User

WRITTEN = re.compile(r"/todos(/\w+)?$")
A_FILE = {"key": "to-do/plan.pdf", "name": "plan.pdf", "size": 1_234_567}
DELETED_IN_S3 = re.compile(r"\?delete(=|$)")
IDLE = re.compile(r"^((?!pending|failed|unsent).)*$")


def on_the_list(page: Page, user: User, show: str = "") -> Page:
    signed_in(page, user, f"#/todos{show}")
    expect(heading(page, "To-dos")).to_be_visible()
    expect(page.locator("#skeleton")).to_be_hidden()
    return page


def noted(user: User, *titles: str, **more: Any) -> list[dict[str, Any]]:
    answers = [user.post("/todos", {"title": title, **more}) for title in titles]
    assert {answer.status_code for answer in answers} <= {201}
    return [answer.json() for answer in answers]


def stored(user: User, **only: Any) -> list[dict[str, Any]]:
    answer = user.get("/todos", params={"limit": 100, **only})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def titles_of(todos: list[dict[str, Any]]) -> list[str]:
    return [todo["title"] for todo in todos]


def todo(page: Page, title: str) -> Locator:
    return page.locator("#todos > .todo").filter(has=page.locator(".todo-title", has_text=re.compile(f"^{title}$")))


def write(page: Page, *titles: str) -> None:
    for title in titles:
        fill(page, **{"new_to-do": title})
        page.keyboard.press("Enter")


def expect_list(page: Page, *titles: str) -> None:
    """These in this order, each once, all of them saved."""
    expect(page.locator("#todos .todo-title")).to_have_text(list(titles))
    for title in titles:
        expect(todo(page, title)).to_have_class(IDLE)


def check(page: Page, title: str) -> None:
    page.get_by_role("checkbox", name=title, exact=True).click()


def undo(page: Page, told: str) -> None:
    press(page.locator(".toast").filter(has_text=told), "Undo")


def show(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).check()


def changes_of(page: Page) -> list[Request]:
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if request.method == "PATCH" else None)
    return seen


def refuse(route: Route) -> None:
    if route.request.method not in ("PATCH", "POST"):
        route.fallback()
        return
    allowed = {"Access-Control-Allow-Origin": "*"}
    route.fulfill(status=429, json={"detail": "Too much to do just now."}, headers=allowed)


def lose_the_answer(route: Route) -> None:
    if route.request.method != "POST":
        route.fallback()
        return
    route.fetch()
    route.abort()


def refuse_in_s3(route: Route) -> None:
    allowed = {"Access-Control-Allow-Origin": "*"}
    text = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    route.fulfill(status=403, body=text, content_type="application/xml", headers=allowed)


def delete_with_files(page: Page, title: str) -> None:
    press(page, f"Delete {title}")
    dialog(page).get_by_role("radio", name="Delete from my folder as well").check()
    press(dialog(page), "Delete to-do")


@pytest.fixture
def open_list(open_browser: OpenBrowser, somebody: User) -> Callable[[], Page]:
    return lambda: on_the_list(open_browser().new_page(), somebody)


def test_from_writing_down_to_clearing(page: Page, somebody: User) -> None:
    on_the_list(page, somebody)
    expect(heading(page, "Nothing to do yet")).to_be_visible()
    press(page, "Add")
    expect(page.get_by_text("Write something first.")).to_be_visible()
    write(page, "Books", "Milk", "<b>Shed</b>", "Plumber")
    expect(labelled(page, "New to-do")).to_be_focused()
    expect_list(page, "Books", "Milk", "<b>Shed</b>", "Plumber")
    check(page, "Milk")
    expect(page.get_by_role("checkbox", name="Milk", exact=True)).to_be_focused()
    expect(todo(page, "Milk")).to_have_class(re.compile("completed"))
    press(page, "Edit Books")
    day = (date.today() - timedelta(days=1)).isoformat()
    fill(dialog(page), title="Library books", due=day, notes="Two of them.\nOn the shelf.")
    labelled(dialog(page), "Priority").select_option("High")
    press(dialog(page), "Save changes")
    expect(todo(page, "Library books")).to_contain_text("Overdue: yesterday")
    expect(todo(page, "Library books")).to_contain_text("High priority")
    expect(todo(page, "Library books")).to_contain_text("Two of them.")
    show(page, "Open")
    expect_list(page, "Library books", "<b>Shed</b>", "Plumber")
    check(page, "Plumber")
    expect_list(page, "Library books", "<b>Shed</b>")
    undo(page, "“Plumber” is done.")
    expect_list(page, "Library books", "<b>Shed</b>", "Plumber")
    press(page, "Delete <b>Shed</b>")
    expect_list(page, "Library books", "Plumber")
    undo(page, "Deleted “<b>Shed</b>”.")
    expect_list(page, "Library books", "<b>Shed</b>", "Plumber")
    show(page, "Done")
    expect_list(page, "Milk")
    page.reload()
    expect_list(page, "Milk")
    press(page, "Clear done")
    press(dialog(page), "Clear done")
    expect(heading(page, "Nothing done yet")).to_be_visible()
    show(page, "All")
    expect_list(page, "Library books", "<b>Shed</b>", "Plumber")
    books, *_ = stored(somebody)
    assert (books["due"], books["priority"], books["notes"]) == (day, "high", "Two of them.\nOn the shelf.")
    press(page, "Clear all")
    press(dialog(page), "Cancel")
    press(page, "Clear all")
    press(dialog(page), "Clear all")
    expect(heading(page, "Nothing to do yet")).to_be_visible()
    assert stored(somebody) == []
    expect_no_drafts(page)


def drag(page: Page, title: str, onto: str) -> None:
    start, end = (button(page, f"Move {name}").bounding_box() for name in (title, onto))
    assert start and end
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, (start["y"] + end["y"]) / 2)
    page.mouse.move(end["x"] + 10, end["y"] + 14)
    page.mouse.up()


def test_moving_changes_one_row_alone(page: Page, somebody: User) -> None:
    noted(somebody, "One", "Two", "Three", "Four", "Five")
    on_the_list(page, somebody)
    changes = changes_of(page)
    drag(page, "Five", onto="Two")
    expect_list(page, "One", "Five", "Two", "Three", "Four")
    assert [request.post_data_json for request in changes] == [{"order": 1.5}]
    button(page, "Move Five").press("Space")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("#moves")).to_have_text("Place 3 of 5.")
    page.keyboard.press("Space")
    expect(page.locator("#moves")).to_have_text("“Five” is now at place 3 of 5.")
    expect_list(page, "One", "Two", "Five", "Three", "Four")
    expect(button(page, "Move Five")).to_be_focused()
    button(page, "Edit One").press("Alt+ArrowDown")
    expect_list(page, "Two", "One", "Five", "Three", "Four")
    expect(button(page, "Edit One")).to_be_focused()
    button(page, "Move Four").click()
    press(page, "Up Four")
    page.keyboard.press("Escape")
    expect_list(page, "Two", "One", "Five", "Three", "Four")
    button(page, "Move Two").press("Space")
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    expect_list(page, "One", "Five", "Three", "Four", "Two")
    assert len(changes) == 4
    page.reload()
    expect_list(page, "One", "Five", "Three", "Four", "Two")


def test_without_room_between_two_only_those_make_way_that_must(page: Page, somebody: User) -> None:
    on_the_list(page, somebody)
    orders = """async (orders) => {
      const { placed } = await moduleOf("todos/order");
      const others = orders.map((order, index) => ({ id: String(index), order }));
      return placed(others, { id: "moved" }, 1).map(({ todo, order }) => [todo.id, order]);
    }"""
    assert page.evaluate(orders, [1, 2]) == [["moved", 1.5]]
    assert page.evaluate(orders, [1]) == [["moved", 2]]
    assert page.evaluate(orders, [1, 1, 4]) == [["moved", 2], ["1", 3]]
    assert page.evaluate(orders, [1, 1, 1]) == [["moved", 2], ["1", 3], ["2", 4]]
    assert page.evaluate(orders, [1e15 - 1, 1e15]) == [["moved", 1e15 - 0.5]]


def test_every_tab_shows_the_same(open_list: Callable[[], Page], somebody: User) -> None:
    one, other = open_list(), open_list()
    write(one, "Milk", "Books")
    expect_list(other, "Milk", "Books")
    check(other, "Milk")
    expect(todo(one, "Milk")).to_have_class(re.compile("completed"))
    button(one, "Move Books").press("Alt+ArrowUp")
    expect_list(other, "Books", "Milk")
    # One person edits what another tab changes meanwhile.
    press(one, "Edit Books")
    fill(dialog(one), title="Two books", notes="Mine")
    press(other, "Edit Books")
    fill(dialog(other), title="Three books")
    labelled(dialog(other), "Priority").select_option("Low")
    press(dialog(other), "Save changes")
    expect(todo(other, "Three books")).to_have_class(IDLE)
    press(dialog(one), "Save changes")
    expect(heading(dialog(one), "This to-do was changed meanwhile")).to_be_visible()
    expect(dialog(one).get_by_role("radio", name="Saved priority Low")).to_be_checked()
    press(dialog(one), "Decide later")
    expect(todo(one, "Two books")).to_contain_text("Not saved. It was changed elsewhere meanwhile.")
    press(one, "Compare Two books")
    dialog(one).get_by_role("radio", name="Saved title Three books").check()
    press(dialog(one), "Save this version")
    expect_list(one, "Three books", "Milk")
    expect(todo(one, "Three books")).to_contain_text("Mine")
    assert [(to_do["priority"], to_do["notes"]) for to_do in stored(somebody)] == [("low", "Mine"), ("normal", "")]
    # Ticking off or moving alone doesn't make a conflicting version.
    press(one, "Edit Milk")
    fill(dialog(one), title="Oat milk")
    check(other, "Milk")
    expect(todo(other, "Milk")).not_to_have_class(re.compile("completed|pending"))
    press(dialog(one), "Save changes")
    expect_list(other, "Three books", "Oat milk")
    # What is deleted meanwhile can be added again.
    press(one, "Edit Oat milk")
    fill(dialog(one), title="Soy milk")
    press(other, "Delete Oat milk")
    expect_list(other, "Three books")
    press(dialog(one), "Save changes")
    press(dialog(one), "Add it again")
    expect_list(other, "Three books", "Soy milk")
    for page in (one, other):
        expect_no_drafts(page)


def test_offline_everything_waits_and_happens_once(page: Page, somebody: User, unreachable_at_times: None) -> None:
    noted(somebody, "Milk", "Books", "Shed")
    on_the_list(page, somebody)
    page.context.set_offline(True)
    write(page, "Plumber", "Grandmother")
    expect(todo(page, "Plumber")).to_contain_text("Waiting for the connection…")
    check(page, "Milk")
    button(page, "Move Shed").press("Alt+ArrowUp")
    press(page, "Delete Books")
    for title in ("Milk", "Shed", "Books"):
        expect(todo(page, title)).to_contain_text("Waiting for the connection…")
    press(page, "Edit Milk")
    labelled(dialog(page), "Title").fill("Oat milk")
    # Leaving a page this way keeps everything.
    page.context.set_offline(False)
    page.once("dialog", lambda asked: asked.accept())
    page.reload()
    expect(dialog(page).get_by_text("What you typed before was kept. Save it to finish.")).to_be_visible()
    expect(labelled(dialog(page), "Title")).to_have_value("Oat milk")
    press(dialog(page), "Save changes")
    expect_list(page, "Oat milk", "Shed", "Plumber", "Grandmother")
    assert titles_of(stored(somebody)) == ["Oat milk", "Shed", "Plumber", "Grandmother"]
    assert titles_of(stored(somebody, completed="true")) == ["Oat milk"]
    expect_no_drafts(page)


def test_a_row_that_moves_under_the_pointer_keeps_its_click(page: Page, somebody: User) -> None:
    noted(somebody, "Milk", "Books")
    on_the_list(page, somebody)
    button(page, "Delete Books").hover()
    page.mouse.down()
    with page.expect_response(lambda answer: answer.request.method == "GET" and "/todos" in answer.url):
        somebody.post("/todos", {"title": "First of all", "order": -1, "completed": False})
    page.mouse.up()
    expect_list(page, "First of all", "Milk")


def test_what_is_on_the_list_is_not_waited_for(page: Page, somebody: User, unreachable_at_times: None) -> None:
    on_the_list(page, somebody)
    page.route(WRITTEN, lose_the_answer)
    write(page, "Milk")
    expect_list(page, "Milk")
    expect_no_drafts(page)


def test_what_is_refused_can_be_retried_or_discarded(page: Page, somebody: User) -> None:
    noted(somebody, "Milk", "Books")
    on_the_list(page, somebody)
    page.route(WRITTEN, refuse)
    check(page, "Milk")
    check(page, "Books")
    write(page, "Shed", "Plumber")
    for title in ("Milk", "Books"):
        expect(todo(page, title).get_by_role("alert")).to_have_text("Not saved. Too much to do just now.")
    expect(todo(page, "Plumber").get_by_role("alert")).to_have_text("Not added. Too much to do just now.")
    page.unroute(WRITTEN)
    for name in ("Retry Milk", "Retry Shed", "Discard Plumber", "Discard the change to Books"):
        press(page, name)
    expect_list(page, "Milk", "Books", "Shed")
    assert titles_of(stored(somebody, completed="true")) == ["Milk"]


def test_a_long_list_comes_page_by_page(open_browser: OpenBrowser, somebody: User) -> None:
    page = open_browser(PHONE).new_page()
    page.route("**/todos?limit=50*", lambda route: route.continue_(url=route.request.url.replace("=50", "=9")))
    titles = [f"Number {number}" for number in range(30)]
    noted(somebody, *titles)
    on_the_list(page, somebody)
    expect(page.locator("#count")).to_contain_text("more below")
    # After the last loaded one comes one not loaded yet; while a row is being moved, the list keeps still.
    changes = changes_of(page)
    button(page, "Move Number 0").press("Space")
    last = page.locator("#todos .todo-title").last.inner_text()
    page.keyboard.press("End")
    page.keyboard.press("Space")
    where = titles.index(last)
    expected = [*titles[1 : where + 1], titles[0], *titles[where + 1 :]]
    expect(todo(page, titles[0])).to_have_class(IDLE)
    for title in titles[5::6]:
        todo(page, title).scroll_into_view_if_needed()
    expect_list(page, *expected)
    expect(page.locator("#count")).to_have_text("30 to-dos")
    assert len(changes) == 1
    assert titles_of(stored(somebody)) == expected


def test_files_are_attached_and_deleting_says_what_becomes_of_them(page: Page, somebody: User) -> None:
    folder = Folder.of(somebody)
    folder.put("plan.pdf")
    noted(somebody, "Kitchen")
    on_the_list(page, somebody)
    press(page, "Edit Kitchen")
    press(dialog(page), "Attach files…")
    dialog(page).get_by_role("checkbox", name=re.compile("plan.pdf")).check()
    dialog(page).locator("#chooser-input").set_input_files(
        {"name": "note.txt", "mimeType": "", "buffer": b"Blue tiles"}
    )
    press(dialog(page), "Attach 2 files")
    expect(dialog(page).get_by_text("10 bytes")).to_be_visible()
    press(dialog(page), "Open note.txt")
    expect(dialog(page).get_by_text("Blue tiles")).to_be_visible()
    page.keyboard.press("Escape")
    press(dialog(page), "Detach plan.pdf")
    press(dialog(page), "Save changes")
    expect(todo(page, "Kitchen")).to_contain_text("1 file")
    press(page, "Delete Kitchen")
    expect(dialog(page).get_by_role("radio", name="Keep in my folder")).to_be_checked()
    press(dialog(page), "Delete to-do")
    expect(heading(page, "Nothing to do yet")).to_be_visible()
    assert folder.names() == ["note.txt", "plan.pdf"]
    undo(page, "Deleted “Kitchen”.")
    expect_list(page, "Kitchen")
    page.route(DELETED_IN_S3, refuse_in_s3)
    delete_with_files(page, "Kitchen")
    expect(todo(page, "Kitchen").get_by_role("alert")).to_contain_text("Not deleted. Its files were not deleted.")
    page.unroute(DELETED_IN_S3)
    press(page, "Retry Kitchen")
    expect(heading(page, "Nothing to do yet")).to_be_visible()
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_have_count(0)
    assert folder.names() == ["plan.pdf"]
    assert stored(somebody) == []
