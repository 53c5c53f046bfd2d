"""An article's photos in each state that everybody must be able to use."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support import pictures
from tests.support.browser import Held, labelled, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


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
