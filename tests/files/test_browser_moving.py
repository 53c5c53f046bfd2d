"""Files and folders are moved, by menu and by dragging, alone and several at once, and nothing is overwritten."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.files.test_browser_files import Folder, folder_row, opened
from tests.support.browser import dialog, heading, press
from tests.support.stage import User, until


def pick(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_label(f"Select {name}", exact=True).check()


def test_files_move_by_menu_by_dragging_and_several_at_once(page: Page, somebody: User) -> None:
    folder = Folder.of(somebody)
    for name in ("letters/old.txt", "letters/2025/", "songs/one.txt", "a.txt", "b.txt", "c.txt"):
        folder.put(name)
    folder.put("old.txt", b"newer")
    files = opened(page, somebody)
    press(files, "Move a.txt")
    expect(heading(dialog(files), "Move “a.txt”")).to_be_visible()
    expect(dialog(files).get_by_role("button", name="Move here")).to_be_disabled()
    press(dialog(files), "Folder letters")
    press(dialog(files), "Folder 2025")
    expect(dialog(files).locator("[aria-current]")).to_have_text("2025")
    press(dialog(files), "Move here")
    expect(files.get_by_text("“a.txt” is in “2025” now.")).to_be_visible()
    expect(folder_row(files, "a.txt")).to_have_count(0)

    # What is dragged takes the other picked ones along; where the name is taken, it stays.
    pick(files, "b.txt", "old.txt", "songs")
    expect(files.locator("#picked")).to_contain_text("3 selected")
    folder_row(files, "b.txt").locator(".file-icon").drag_to(folder_row(files, "letters"))
    expect(files.get_by_text("“old.txt” is already there.")).to_be_visible()
    expect(files.get_by_text("2 items are in “letters” now.")).to_be_visible()
    expect(files.locator("#files .file-name")).to_have_text(["Folder letters", "c.txt", "old.txt"])
    until(lambda: folder.names() == sorted([
        "a.txt", "letters/2025/a.txt", "letters/2025/", "letters/b.txt", "letters/old.txt", "letters/songs/one.txt",
        "c.txt", "old.txt"])[1:])  # fmt: skip

    # Up again, by dropping on the way there.
    folder_row(files, "letters").get_by_role("link").click()
    expect(folder_row(files, "b.txt")).to_be_visible()
    top = files.get_by_role("navigation", name="Folders above").get_by_role("link", name="Files")
    folder_row(files, "b.txt").locator(".file-icon").drag_to(top)
    expect(files.get_by_text("“b.txt” is in “Files” now.")).to_be_visible()
    top.click()
    pick(files, "b.txt", "c.txt")
    files.locator("#picked").get_by_role("button", name="Delete").click()
    expect(dialog(files)).to_contain_text("2 items with 18 bytes altogether will be gone.")
    press(dialog(files), "Delete")
    expect(files.locator("#files .file-name")).to_have_text(["Folder letters", "old.txt"])
    expect(files.locator("#picked")).to_be_hidden()
    assert folder.read("old.txt") == b"newer"
