"""The chat in each state that everybody must be able to use."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.chat.test_browser_chat import in_thread, message, say
from tests.chat.test_cloud_chat import said, started
from tests.support.browser import button, dialog, fill, heading, labelled, press, signed_in
from tests.support.stage import RunningStage, User
from tests.support.states import state


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
