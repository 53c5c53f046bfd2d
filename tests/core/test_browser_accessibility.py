"""axe-core on every page and state, light and dark, on desktop and phone; and nothing scrolls sideways."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.albums.test_browser_transfer import as_csv, choose
from tests.chat.test_browser_chat import in_thread, message, say
from tests.chat.test_cloud_chat import said, started
from tests.files.test_browser_files import CHOOSE, Folder, folder_row, opened
from tests.support import pictures
from tests.support.browser import (
    DESKTOP,
    PHONE,
    Held,
    added,
    an_album,
    button,
    dialog,
    fill,
    go,
    heading,
    labelled,
    press,
    row,
    search_for,
    signed_in,
)
from tests.support.browsers import OpenBrowser
from tests.support.pages import Declared, routes
from tests.support.stage import RunningStage, User
from tests.todos.test_browser_todos import A_FILE, check, noted, on_the_list, refuse, stored, todo
from tests.todos.test_browser_todos import write as write_down
from tests.wall.test_browser_wall import on_the_wall, post, unique, write

pytestmark = pytest.mark.usefixtures("unreachable_at_times")

AXE = Axe().axe_script
SETTLED = "() => document.getAnimations().length === 0"
WIDER_THAN_THE_SCREEN = """[...document.querySelectorAll("html, dialog[open], .chat-scroll, .thread-scroll")]
  .filter((place) => place.scrollWidth > place.clientWidth).map((place) => place.className || place.tagName)"""

Theme = Literal["light", "dark"]
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


STATES |= {f"{route.path} as it opens": plain(route) for route in routes()}


@state
def nowhere(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/nowhere")
    expect(heading(page, "Page not found")).to_be_visible()


@state
def sign_in_asked_for(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/albums")
    expect(page.get_by_text("Please sign in to go on.")).to_be_visible()


@state
def sign_in_refused(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/sign-in")
    fill(page, e_mail=user.email, password="wrong")
    press(page, "Sign in")
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()


def sign_up(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/sign-up")
    expect(heading(page, "Create an account")).to_be_visible()


@state
def sign_up_with_errors(page: Page, stage: RunningStage, user: User) -> None:
    sign_up(page, stage, user)
    press(page, "Create account")
    expect(page.get_by_text("Name is required.")).to_be_visible()


@state
def mailbox(page: Page, stage: RunningStage, user: User) -> None:
    stage.sign_up()
    page.goto(f"{stage.address}/mailbox")
    expect(page.get_by_role("article").first).to_be_visible()


def profile(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/profile")
    expect(heading(page, "Your account")).to_be_visible()


@state
def profile_erase(page: Page, stage: RunningStage, user: User) -> None:
    profile(page, stage, user)
    press(page, "Delete account")
    labelled(dialog(page), "Type your e-mail address to confirm").fill("somebody@else.example")
    press(dialog(page), "Delete for good")
    expect(dialog(page).get_by_text("That is not the address of this account.")).to_be_visible()


def one_album(page: Page, user: User) -> None:
    """With the same surroundings, and less for axe to check."""
    signed_in(page, user, search_for(added(user)))
    expect(page.locator("#rows tr")).to_have_count(1)


@state
def albums_loading(page: Page, stage: RunningStage, user: User) -> Held:
    signed_in(page, user, "#/profile")
    held = Held(page, "**/albums?*", "GET").begin()
    page.get_by_role("link", name="Albums").click()
    expect(page.locator("#count")).to_have_text("Loading albums…")
    return held


@state
def albums_not_loaded(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/profile")
    page.route("**/albums?*", lambda route: route.abort())
    page.get_by_role("link", name="Albums").click()
    expect(heading(page, "The albums could not be loaded")).to_be_visible()


@state
def albums_nothing_found(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/albums?q=qqqqzzzz")
    expect(heading(page, "Nothing found")).to_be_visible()


@state
def albums_with_a_failed_change(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user)
    signed_in(page, user, search_for(album))
    page.context.set_offline(True)
    press(page, f"Edit {album['title']}")
    fill(dialog(page), genre="Jazz")
    press(dialog(page), "Save changes")
    expect(button(page, f"Retry {album['title']}")).to_be_visible()
    expect(page.locator("#banner")).to_contain_text("You are offline.")


@state
def albums_with_a_pending_change(page: Page, stage: RunningStage, user: User) -> Held:
    album = added(user)
    signed_in(page, user, search_for(album))
    held = Held(page, f"**/albums/{album['id']}", "DELETE").begin()
    press(page, f"Delete {album['title']}")
    press(dialog(page), "Delete")
    expect(row(page, album["title"])).to_contain_text("Deleting…")
    return held


@state
def albums_with_a_message(page: Page, stage: RunningStage, user: User) -> None:
    one_album(page, user)
    press(page, "Export JSON")
    expect(page.get_by_text("Exported to albums.json.")).to_be_visible()


@state
def add_with_errors(page: Page, stage: RunningStage, user: User) -> None:
    one_album(page, user)
    press(page, "Add album")
    press(dialog(page), "Save album")
    expect(dialog(page).get_by_text("Title is required.")).to_be_visible()


@state
def edit(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user, title=f"{an_album()['title']} and a rather long subtitle, as some records have")
    signed_in(page, user, search_for(album))
    press(page, f"Edit {album['title']}")


@state
def edit_left_behind(page: Page, stage: RunningStage, user: User) -> None:
    edit(page, stage, user)
    fill(dialog(page), year=1901)
    page.keyboard.press("Escape")
    expect(heading(dialog(page), "Discard what you typed?")).to_be_visible()


@state
def conflict(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user)
    body = {name: album[name] for name in ("rank", "title", "artist")}
    signed_in(page, user, search_for(album))
    press(page, f"Edit {album['title']}")
    fill(dialog(page), title=f"{album['title']}, again", genre="Soul")
    assert user.put(f"/albums/{album['id']}", {**body, "genre": "Funk", "year": 1970}, 1).status_code == 200
    press(dialog(page), "Save changes")
    expect(heading(dialog(page), "This album was changed meanwhile")).to_be_visible()


@state
def delete(page: Page, stage: RunningStage, user: User) -> None:
    album = added(user)
    signed_in(page, user, search_for(album))
    press(page, f"Delete {album['title']}")
    expect(heading(dialog(page), "Delete this album?")).to_be_visible()


@state
def import_begun(page: Page, stage: RunningStage, user: User) -> None:
    one_album(page, user)
    press(page, "Import")
    expect(labelled(dialog(page), "CSV or JSON file")).to_be_visible()


@state
def import_on_trial(page: Page, stage: RunningStage, user: User) -> None:
    import_begun(page, stage, user)
    taken = an_album(rank=added(user)["rank"])
    choose(page, "albums.csv", as_csv(an_album(), taken, an_album(year="soon"), *(an_album() for _ in range(9))))
    expect(button(dialog(page), "Import 10 albums")).to_be_visible()


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


@state
def chat_empty(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, stage.sign_up(), "#/chat")
    expect(heading(page, "No conversations yet")).to_be_visible()


@state
def chat_started(page: Page, stage: RunningStage, user: User) -> None:
    chat_empty(page, stage, user)
    assert user.id
    press(page, "New conversation")
    fill(dialog(page), e_mail=user.email)
    press(dialog(page), "Add another")
    expect(dialog(page).locator("#chosen li")).to_have_count(1)
    fill(dialog(page), e_mail="nobody@nowhere.example")
    press(dialog(page), "Add another")
    expect(dialog(page).get_by_text("Nobody here has this address.")).to_be_visible()


def talks(user: User, stage: RunningStage) -> tuple[User, str]:
    """A new person in two conversations with the user, with a message in both."""
    somebody = stage.sign_up()
    ids = [started(user, somebody, title=title)["id"] for title in (None, "Plans " * 20)]
    for id in ids:
        said(user, id, f"Look: https://example.org/{'x' * 200}")
        said(user, id, "And again")
    return somebody, ids[0]


@state
def chat_with_something_unread(page: Page, stage: RunningStage, user: User) -> None:
    somebody, _ = talks(user, stage)
    signed_in(page, somebody, "#/chat")
    expect(page.locator("#conversations .conversation.unread .badge")).to_have_count(2)
    expect(page.locator("#nav .badge")).to_contain_text("4")


@state
def chat_thread(page: Page, stage: RunningStage, user: User) -> None:
    somebody, id = talks(user, stage)
    gone = said(somebody, id, "Gone")
    assert somebody.delete(f"/conversations/{id}/messages/{gone['id']}").status_code == 204
    in_thread(page, somebody, id)
    for text in ("One", "Another"):
        expect(button(say(page, text), "Delete")).to_be_attached()
    press(message(page, "Another"), "Edit")
    labelled(page, "Edit message").fill("")
    press(page, "Save")
    expect(page.get_by_text("A message can't be empty: delete it instead.")).to_be_visible()


@state
def chat_thread_with_a_failed_message(page: Page, stage: RunningStage, user: User) -> None:
    somebody, id = talks(user, stage)
    in_thread(page, somebody, id)
    page.context.set_offline(True)
    expect(say(page, "Lost").get_by_role("alert")).to_be_visible()
    expect(page.locator("#live-sign")).not_to_be_empty()


@state
def chat_thread_empty(page: Page, stage: RunningStage, user: User) -> None:
    somebody = stage.sign_up()
    in_thread(page, somebody, started(user, somebody)["id"])
    expect(heading(page, "Nothing said yet")).to_be_visible()


@state
def chat_details(page: Page, stage: RunningStage, user: User) -> None:
    somebody, id = talks(user, stage)
    in_thread(page, somebody, id)
    press(page, "Details")
    labelled(dialog(page), "Add somebody by e-mail").fill("nobody@nowhere.example")
    press(dialog(page), "Add")
    expect(dialog(page).get_by_text("Nobody here has this address.")).to_be_visible()


@state
def chat_leave(page: Page, stage: RunningStage, user: User) -> None:
    chat_details(page, stage, user)
    press(dialog(page), "Leave conversation")
    expect(heading(dialog(page), "Leave this conversation?")).to_be_visible()


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


KEEP_AN_UPLOAD = """({ owner, key }) => localStorage.setItem(`files:uploads:${owner}`, JSON.stringify([
  { key, uploadId: "any", name: "a film that was interrupted.mov", size: 3e8, lastModified: 1, at: "2026-11-21" },
]))"""


def upload(page: Page, *names: str, size: int = 1) -> None:
    given: list[FilePayload] = [{"name": name, "mimeType": "text/plain", "buffer": b"x" * size} for name in names]
    page.locator("#choose-files").set_input_files(given)


def a_folder(stage: RunningStage) -> tuple[User, Folder]:
    user = stage.sign_up()
    folder = Folder.of(user)
    folder.put("notes.txt", b"One line.\n" * 50)
    folder.put(f"{'A long name ' * 8}🎈.jpeg")
    folder.put("Holiday 50% + more/day 1.txt")
    return user, folder


@state
def files_empty(page: Page, stage: RunningStage, user: User) -> None:
    opened(page, stage.sign_up())
    expect(heading(page, "Your folder is empty")).to_be_visible()


@state
def files_with_uploads_in_every_state(page: Page, stage: RunningStage, user: User) -> None:
    somebody, folder = a_folder(stage)
    opened(page, somebody)
    folder.allow(2000)
    folder.put("much.bin", b"x" * 1500)
    expect(page.locator("#refused").get_by_role("alert")).to_be_visible()
    page.evaluate(KEEP_AN_UPLOAD, {"owner": somebody.id, "key": f"{folder.id}/film.mov"})
    page.reload()
    expect(folder_row(page, "Holiday 50% + more")).to_be_visible()
    upload(page, "too large.txt", size=3000)
    expect(page.locator(".upload").get_by_role("alert")).to_be_visible()
    page.context.set_offline(True)
    upload(page, "waiting.txt")
    expect(page.locator(".upload.interrupted")).to_be_visible()
    expect(page.locator(".upload.running")).to_contain_text("Waiting for the connection…")


@state
def files_clash(page: Page, stage: RunningStage, user: User) -> None:
    somebody, _ = a_folder(stage)
    opened(page, somebody)
    upload(page, "notes.txt", "other.txt")
    expect(heading(dialog(page), "The name is taken")).to_be_visible()


@state
def files_preview(page: Page, stage: RunningStage, user: User) -> None:
    somebody, _ = a_folder(stage)
    opened(page, somebody)
    press(page, "notes.txt")
    expect(dialog(page).locator("pre")).to_be_visible()


@state
def files_chosen(page: Page, stage: RunningStage, user: User) -> None:
    somebody, _ = a_folder(stage)
    opened(page, somebody)
    page.evaluate(CHOOSE, [])
    dialog(page).get_by_role("checkbox", name="notes.txt").check()


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


@state
def blog_of_an_unknown_tag(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/blog?tag=nothing")
    expect(heading(page, "Nothing with this tag")).to_be_visible()


@state
def article(page: Page, stage: RunningStage, user: User) -> None:
    """With a table, as its author sees it."""
    go(signed_in(page, user), stage, "#/blog/a-list-is-an-argument")
    expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    labelled(page, "Your comment").fill("A comment")
    with Held(page, re.compile("/comments$"), "POST"):
        press(page, "Comment")
        expect(page.get_by_text("Sending…")).to_be_visible()
    expect(page.locator(".comment").last.get_by_role("button")).to_be_visible()


@state
def page_of_an_article(page: Page, stage: RunningStage, user: User) -> None:
    page.goto(f"{stage.address}/read/notes-on-the-making-of-this-page")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@state
def today_of_a_new_person(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, stage.sign_up(), "#/today")
    expect(heading(page, "Five first steps")).to_be_visible()


@state
def drafts(page: Page, stage: RunningStage, user: User) -> None:
    waits = {"status": "published", "publishAt": "2099-01-01T00:00:00Z"}
    body = {"title": f"Draft {secrets.token_hex(4)}", "body": "It waits", **waits}
    assert user.post("/blog/articles", body).status_code == 201
    signed_in(page, user, "#/write")
    expect(page.get_by_text("appears Thursday").first).to_be_visible()


@state
def editor(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, user, "#/write/new")
    press(page, "Publish")
    expect(page.get_by_text("A title is required.")).to_be_visible()
    labelled(page, "Text").fill("# Hello\n\n" + "Some *text* to scroll through.\n\n" * 40)
    expect(heading(page.locator("#preview"), "Hello")).to_be_visible()


@state
def not_an_author(page: Page, stage: RunningStage, user: User) -> None:
    signed_in(page, stage.demo(1), "#/write")
    expect(heading(page, "Authors only")).to_be_visible()


@state
def subscribing(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/subscription/confirm")
    expect(heading(page, "This link no longer works")).to_be_visible()
    press(page, "Subscribe")
    expect(page.get_by_text("E-mail is required.")).to_be_visible()


@state
def confirming_a_subscription(page: Page, stage: RunningStage, user: User) -> None:
    go(page, stage, "#/subscription/confirm?token=x.y")
    expect(heading(page, "Confirm your subscription")).to_be_visible()


def in_the_editor(page: Page, user: User, content: bytes) -> None:
    signed_in(page, user, "#/write/new")
    file: Any = {"name": f"{'long ' * 20}.jpg", "mimeType": "image/jpeg", "buffer": content}
    labelled(page, "Choose a photo").set_input_files(file)


@state
def photo_on_its_way(page: Page, stage: RunningStage, user: User) -> Held:
    held = Held(page, re.compile(r"-uploads-\d+/?$"), "POST").begin()
    in_the_editor(page, user, pictures.photo(400, 300))
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    return held


@state
def photo_that_failed(page: Page, stage: RunningStage, user: User) -> None:
    in_the_editor(page, user, b"\xff\xd8\xff" + b"x" * 3000)
    expect(page.get_by_text("The file can't be read")).to_be_visible()


@state
def photo_that_is_ready(page: Page, stage: RunningStage, user: User) -> None:
    in_the_editor(page, user, pictures.photo(400, 300))
    expect(page.get_by_text("Describe the photo")).to_be_visible()


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
