"""A photo in the editor: chosen, uploaded, developed and described, and what is shown when that fails."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support import pictures
from tests.support.browser import Held, button, heading, labelled, press, signed_in
from tests.support.stage import RunningStage, User, until

UPLOADS = re.compile(r"-uploads-\d+/?$")
SEEN = "What it shows"


@pytest.fixture
def editor(page: Page, curator: User) -> Page:
    signed_in(page, curator, "#/write/new")
    expect(heading(page, "New article")).to_be_visible()
    return page


def choose(page: Page, content: bytes, name: str = "hill.jpg", type: str = "image/jpeg") -> None:
    file: Any = {"name": name, "mimeType": type, "buffer": content}
    labelled(page, "Choose a photo").set_input_files(file)


def picture(page: Page) -> Locator:
    return page.locator(".photo-field .photo img")


def is_drawn(image: Locator) -> bool:
    return bool(image.evaluate("(image) => image.complete && image.naturalWidth > 0"))


def test_a_photo_from_the_disk_to_the_page(editor: Page, stage: RunningStage) -> None:
    shown: list[str] = []
    editor.on("response", lambda response: shown.append(response.url) if "/photos/" in response.url else None)
    with Held(editor, UPLOADS, "POST"):
        choose(editor, pictures.photo(1600, 1200))
        expect(editor.get_by_text("Sending hill.jpg…")).to_be_visible()
        expect(editor.get_by_role("progressbar", name="Sending hill.jpg")).to_be_visible()
    image = picture(editor)
    expect(image).to_be_visible()
    assert (image.get_attribute("width"), image.get_attribute("height")) == ("1600", "1200")
    source = editor.locator(".photo-field source").get_attribute("srcset") or ""
    assert [part.split()[1] for part in source.split(", ")] == ["320w", "640w", "1280w"]
    until(lambda: is_drawn(image))
    assert any(url.endswith(".webp") for url in shown)
    expect(editor.get_by_text("Describe the photo")).to_be_visible()
    press(editor, "Publish")
    expect(editor.get_by_text("Say what the photo shows: then it can be published.")).to_be_visible()
    expect(labelled(editor, SEEN)).to_have_attribute("aria-invalid", "true")

    labelled(editor, SEEN).fill("A hill in fog")
    labelled(editor, SEEN).press("Enter")
    expect(image).to_have_attribute("alt", "A hill in fog")
    expect(heading(editor, "New article")).to_be_visible()
    id = re.findall(r"/photos/(\w+)/", source)[0]
    until(lambda: stage.call("GET", f"/blog/photos/{id}").json()["alt"] == "A hill in fog")
    press(editor, "Remove the photo")
    expect(image).to_have_count(0)
    expect(labelled(editor, "Choose a photo")).to_be_focused()


def test_a_file_that_is_none_says_so(editor: Page) -> None:
    choose(editor, b"<script>alert(1)</script>", "cat.jpg")
    expect(editor.get_by_text("cat.jpg is not a JPEG, PNG, WebP or GIF.")).to_be_visible()
    choose(editor, b"\xff\xd8\xff" + b"x" * 3000)
    for _ in range(2):
        expect(editor.get_by_text("The file can't be read: it is damaged or not a picture.")).to_be_visible()
        press(editor, "Try again")
    # A wrong file name is nobody's fault: the content counts.
    choose(editor, pictures.see_through_png(), "scan.jpg", "image/jpeg")
    expect(picture(editor)).to_be_visible()


@pytest.mark.usefixtures("unreachable_at_times")
def test_a_broken_line_and_a_second_try(editor: Page) -> None:
    def cut(route: Route) -> None:
        route.abort()

    editor.route(UPLOADS, cut)
    choose(editor, pictures.photo(400, 300))
    expect(editor.get_by_text("The file did not arrive. Check your connection.")).to_be_visible()
    editor.unroute(UPLOADS, cut)
    press(editor, "Try again")
    expect(picture(editor)).to_be_visible()


def test_one_thinks_better_of_it(editor: Page) -> None:
    with Held(editor, UPLOADS, "POST") as held:
        with editor.expect_request(UPLOADS):
            choose(editor, pictures.photo(400, 300))
        press(editor, "Stop")
        expect(editor.get_by_text("The upload was stopped.")).to_be_visible()
        held.waiting.clear()
    press(editor, "Go on without a photo")
    expect(button(editor, "Try again")).to_have_count(0)
