"""The files in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Page, expect

from tests.files.test_browser_files import CHOOSE, Folder, folder_row, opened
from tests.support.browser import dialog, heading, press
from tests.support.stage import RunningStage, User
from tests.support.states import state

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
