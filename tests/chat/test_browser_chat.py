"""Conversations in several browsers at once: live both ways, unread counted right, nothing lost or duplicated."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, Route, expect

from tests.chat.test_cloud_chat import said, started
from tests.support.browser import (
    PHONE,
    Held,
    button,
    dialog,
    expect_no_drafts,
    fill,
    heading,
    labelled,
    press,
    signed_in,
)
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User
from tests.wall.test_browser_wall import HOSTILE, Line

LISTED = re.compile(r"/messages\?")
SENT = re.compile(r"/messages$")


@pytest.fixture
def ada(stage: RunningStage) -> User:
    return stage.sign_up(name="Ada Ash")


@pytest.fixture
def ben(stage: RunningStage) -> User:
    user = stage.sign_up(name="Ben Birch")
    assert user.id  # people can only be found after their first visit
    return user


@pytest.fixture
def talk(ada: User, ben: User) -> str:
    return str(started(ada, ben, title=None)["id"])


@pytest.fixture
def one(open_browser: OpenBrowser, ada: User, talk: str) -> Page:
    return in_thread(open_browser().new_page(), ada, talk)


@pytest.fixture
def other(open_browser: OpenBrowser, ben: User, talk: str) -> Page:
    return in_thread(open_browser().new_page(), ben, talk)


def in_thread(page: Page, user: User, talk: str) -> Page:
    signed_in(page, user, f"#/chat/{talk}")
    expect(page.locator("#thread-members")).not_to_be_empty()
    expect(page.get_by_text("Loading messages…")).to_have_count(0)
    return page


def message(page: Page, text: str) -> Locator:
    return page.locator("#messages .message").filter(has=page.get_by_text(text, exact=True))


def say(page: Page, text: str) -> Locator:
    labelled(page, "Message").fill(text)
    labelled(page, "Message").press("Enter")
    return message(page, text)


def expect_said(page: Page, *texts: str) -> None:
    """Each once, in this order, nothing else, and nothing pending."""
    expect(page.locator("#messages .said")).to_have_text(list(texts))
    expect(page.locator("#messages").locator(".waiting, .sent, .failed")).to_have_count(0)


def conversation(page: Page, title: str) -> Locator:
    return page.locator("#conversations .conversation").filter(has=page.get_by_text(title, exact=True))


def test_from_a_mail_address_to_words_both_ways(open_browser: OpenBrowser, ada: User, ben: User) -> None:
    one = signed_in(open_browser().new_page(), ada, "#/chat")
    other = signed_in(open_browser().new_page(), ben, "#/chat")
    expect(heading(other, "No conversations yet")).to_be_visible()
    other.get_by_role("link", name="Albums").click()
    expect(heading(other, "Albums")).to_be_visible()
    press(one, "New conversation")
    fill(dialog(one), e_mail="nobody@nowhere.example")
    press(dialog(one), "Start conversation")
    expect(dialog(one).get_by_text("Nobody here has this address.")).to_be_visible()
    fill(dialog(one), e_mail=ben.email)
    press(dialog(one), "Start conversation")
    expect(one.locator("#thread-title")).to_have_text("Ben Birch")
    for text in ("Hello", HOSTILE):
        say(one, text)
    # The other person notices it on any page.
    expect(other.locator("#nav .badge")).to_contain_text("(2 unread)")
    expect(other).to_have_title("(2) Albums · Commonplace")
    other.get_by_role("link", name="Chat").click()
    unread = conversation(other, "Ada Ash")
    expect(unread).to_have_class(re.compile("unread"))
    expect(unread.locator(".badge")).to_contain_text("(2 unread)")
    unread.click()
    expect_said(other, "Hello", HOSTILE)
    expect(other.locator("#nav .badge")).to_have_count(0)
    expect(other).to_have_title("Chat · Commonplace")
    expect(other.locator(".conversation .badge")).to_have_count(0)
    say(other, "Hello yourself")
    expect_said(one, "Hello", HOSTILE, "Hello yourself")
    expect(one.locator("#nav .badge")).to_have_count(0)
    expect(message(one, "Hello")).to_have_class(re.compile("own"))
    expect(message(one, "Hello yourself")).not_to_have_class(re.compile("own"))
    one.reload()
    expect_said(one, "Hello", HOSTILE, "Hello yourself")


def test_a_sign_of_what_is_unread_moves_nothing_in_the_header(page: Page, ada: User, ben: User, talk: str) -> None:
    signed_in(page, ada, "#/albums")
    link = page.get_by_role("link", name="Chat")
    before = link.bounding_box()
    said(ben, talk, "Hello")
    expect(link.locator(".badge")).to_be_visible()
    assert before and link.bounding_box() == before


def test_an_edit_and_a_deletion_reach_the_other(one: Page, other: Page) -> None:
    say(one, "Helo")
    expect_said(other, "Helo")
    expect(other.get_by_role("button", name="Edit")).to_have_count(0)
    press(message(one, "Helo"), "Edit")
    labelled(one, "Edit message").fill("Hello")
    press(one, "Save")
    for page in (one, other):
        expect_said(page, "Hello")
        expect(message(page, "Hello")).to_contain_text("edited")
    press(message(one, "Hello"), "Delete")
    expect(heading(dialog(one), "Delete this message?")).to_be_visible()
    press(dialog(one), "Delete")
    for page in (one, other):
        expect_said(page, "This message was deleted.")
        expect(page.locator(".conversation-last")).to_have_text("Message deleted")
    expect(button(one, "Edit")).to_have_count(0)


def a_day_older(route: Route) -> None:
    """The first message was sent the day before."""
    answer = route.fetch()
    page: dict[str, Any] = answer.json()
    for first in page["items"][-1:]:
        then = datetime.datetime.fromisoformat(first["at"]) - datetime.timedelta(days=1)
        first["at"] = then.isoformat()
    route.fulfill(response=answer, json=page)


def test_who_is_typing_and_on_which_day_something_was_said(
    page: Page, one: Page, ada: User, ben: User, talk: str
) -> None:
    for text in ("Long ago", "Just now"):
        said(ada, talk, text)
    page.route(LISTED, a_day_older)
    in_thread(page, ben, talk)
    expect(page.locator("#messages > li")).to_contain_text(["Yesterday", "Long ago", "Today", "Just now"])
    labelled(page, "Message").press_sequentially("Well")
    expect(one.locator("#typing")).to_have_text("Ben Birch is typing…")
    labelled(page, "Message").press("Enter")
    expect_said(one, "Long ago", "Just now", "Well")
    expect(one.locator("#typing")).to_be_empty()


def test_a_name_for_it_one_more_in_it_and_one_who_leaves(
    one: Page, other: Page, open_browser: OpenBrowser, ada: User, ben: User, somebody: User, talk: str
) -> None:
    press(one, "Details")
    fill(dialog(one), title="Plans")
    press(dialog(one), "Rename")
    expect(other.locator("#thread-title")).to_have_text("Plans")
    assert somebody.id
    labelled(dialog(one), "Add somebody by e-mail").fill(somebody.email)
    press(dialog(one), "Add")
    expect(dialog(one).get_by_text("Some Body is in the conversation.")).to_be_visible()
    press(dialog(one), "Done")
    for page in (one, other):
        expect(page.locator("#thread-title")).to_have_text("Plans")
        expect(page.locator("#thread-members")).to_contain_text("Some Body")
    say(one, "For all of us")
    expect_said(other, "For all of us")
    press(other, "Details")
    press(dialog(other), "Leave conversation")
    expect(heading(dialog(other), "Leave this conversation?")).to_be_visible()
    press(dialog(other), "Leave")
    expect(other.get_by_text("You have left “Plans”.")).to_be_visible()
    expect(heading(other, "No conversations yet")).to_be_visible()
    expect(one.locator("#thread-members")).to_have_text("You and Some Body")
    expect(one.locator("#thread-left")).to_contain_text("Ben Birch left this conversation on")
    third = in_thread(open_browser().new_page(), somebody, talk)
    say(one, "For those who stayed")
    expect_said(third, "For all of us", "For those who stayed")
    # A later message shows that it doesn't arrive.
    said(ada, started(ada, ben, title=None)["id"], "Just us")
    expect(conversation(other, "Ada Ash")).to_contain_text("Just us")
    expect(other.locator("#conversations .conversation")).to_have_count(1)


def test_who_is_known_is_offered_and_two_keep_to_one_conversation(
    one: Page, other: Page, ada: User, somebody: User, talk: str
) -> None:
    answers: list[Response] = []
    other.on("response", lambda answer: answers.append(answer))
    press(one, "New conversation")
    press(dialog(one), "Ben Birch")
    press(dialog(one), "Start conversation")
    expect(one.locator("#conversations .conversation")).to_have_count(1)
    expect(one).to_have_url(re.compile(talk))
    group = started(ada, somebody, title="Plans")["id"]
    in_thread(one, ada, group)
    press(one, "Details")
    press(dialog(one), "Ben Birch")
    expect(dialog(one).get_by_text("Ben Birch is in the conversation.")).to_be_visible()
    expect(dialog(one).locator(".met")).to_be_hidden()
    press(dialog(one), "Done")
    conversation(other, "Plans").click()
    expect(heading(other, "Nothing said yet")).to_be_visible()
    press(other, "Details")
    press(dialog(other), "Leave conversation")
    press(dialog(other), "Leave")
    expect(other.get_by_text("You have left “Plans”.")).to_be_visible()
    # Whoever stays behind alone sees why.
    expect(one.locator("#thread-left")).to_contain_text("Ben Birch left")
    assert somebody.delete(f"/conversations/{group}").status_code == 204
    expect(one.locator("#thread-left")).to_contain_text("Nobody else reads what you write here")
    expect(one.locator("#thread-members")).to_have_text("Only you are in it")
    said(ada, talk, "Us two")
    expect(conversation(other, "Ada Ash")).to_contain_text("Us two")
    expect(other.locator("#conversations .conversation")).to_have_count(1)
    assert [answer.url for answer in answers if answer.status == 404] == [], "who left asks for nothing that is gone"


def test_two_tabs_of_one_person_agree(one: Page, ada: User, ben: User, talk: str) -> None:
    tab = signed_in(one.context.new_page(), ada, "#/albums?q=zzzz")
    one.get_by_role("link", name="Wall").click()
    said(ben, talk, "Hello")
    for page in (one, tab):
        expect(page.locator("#nav .badge")).to_contain_text("(1 unread)")
    one.go_back()
    expect_said(one, "Hello")
    expect(tab.locator("#nav .badge")).to_have_count(0)
    say(one, "In the first")
    tab.get_by_role("link", name="Chat").click()
    conversation(tab, "Ben Birch").click()
    expect_said(tab, "Hello", "In the first")
    say(tab, "In the second")
    for page in (one, tab):
        expect_said(page, "Hello", "In the first", "In the second")
    press(tab, "Details")
    press(dialog(tab), "Leave conversation")
    press(dialog(tab), "Leave")
    expect(one.get_by_text("This conversation no longer exists, or you are no longer in it.")).to_be_visible()
    for page in (one, tab):
        expect(heading(page, "No conversations yet")).to_be_visible()


def test_on_a_phone_what_was_begun_is_kept(open_browser: OpenBrowser, ada: User, talk: str) -> None:
    page = in_thread(open_browser(PHONE).new_page(), ada, talk)
    expect(page.locator("#chat-list")).to_be_hidden()
    labelled(page, "Message").fill("Half a thou")
    page.get_by_role("link", name="All conversations").click()
    expect(labelled(page, "Message")).to_be_hidden()
    conversation(page, "Ben Birch").click()
    expect(labelled(page, "Message")).to_have_value("Half a thou")
    page.reload()
    expect(labelled(page, "Message")).to_have_value("Half a thou")
    say(page, "Half a thought")
    expect_said(page, "Half a thought")
    expect(labelled(page, "Message")).to_have_value("")
    expect_no_drafts(page)


def test_a_lost_answer_is_asked_for_again_and_said_once(
    page: Page, ada: User, other: Page, talk: str, unreachable_at_times: None
) -> None:
    line, asked = Line.of(page), []

    def lose_the_first(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "{}"))
        answer = route.fetch()
        if len(asked) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route(SENT, lose_the_first)
    in_thread(page, ada, talk)
    line.is_mute = True
    say(page, "Once")
    expect(message(page, "Once").get_by_role("alert")).to_contain_text("Not sent.")
    expect_said(other, "Once")
    press(message(page, "Once"), "Retry")
    expect_said(page, "Once")
    assert len(asked) == 2
    assert asked[0] == asked[1]
    say(page, "Twice")
    for browser in (page, other):
        expect_said(browser, "Once", "Twice")
    expect_no_drafts(page)


def test_offline_both_go_on_and_meet_again(one: Page, other: Page, unreachable_at_times: None) -> None:
    say(one, "Before")
    expect_said(other, "Before")
    one.context.set_offline(True)
    expect(say(one, "Mine").get_by_role("alert")).to_contain_text("Not sent.")
    for text in ("Theirs", "Theirs too"):
        say(other, text)
    expect_said(other, "Before", "Theirs", "Theirs too")
    expect(message(one, "Theirs")).to_have_count(0)
    one.context.set_offline(False)
    for page in (one, other):
        expect_said(page, "Before", "Theirs", "Theirs too", "Mine")
    expect_no_drafts(one)


def test_older_ones_come_above_and_what_is_read_stays(page: Page, ada: User, ben: User, talk: str) -> None:
    for number in range(13):
        said(ben, talk, f"Number {number}\n" + "and a line\n" * 12)
    # A first page of five, so that few messages exceed it.
    page.route("**/messages?limit=50*", lambda route: route.continue_(url=route.request.url.replace("=50", "=5")))
    in_thread(page, ada, talk)
    expect(page.locator("#messages .message")).to_have_count(5)
    expect(page.locator("#messages .message").last).to_be_in_viewport()
    with Held(page, re.compile(r"/messages\?.*before="), "GET") as held:
        top = page.locator("#messages .message").first
        top.scroll_into_view_if_needed()
        expect(button(page, "Loading older messages…")).to_be_visible()
        key, before = top.get_attribute("data-key"), top.bounding_box()
        held.release()
        expect(page.locator("#messages .message")).to_have_count(13)
        after = page.locator(f"#messages [data-key='{key}']").bounding_box()
        assert before and after
        assert abs(after["y"] - before["y"]) <= 2
    # New messages don't move it either, and are one click away.
    said(ben, talk, "News")
    expect(page.locator("#new-messages")).to_have_text("1 new message")
    still = page.locator(f"#messages [data-key='{key}']").bounding_box()
    assert still and abs(still["y"] - before["y"]) <= 2
    page.locator("#new-messages").click()
    expect(message(page, "News")).to_be_in_viewport()
    expect(page.locator("#nav .badge")).to_have_count(0)
    expect(page.locator("#messages .message")).to_have_count(14)
    expect(page.locator("#messages .message").first).to_contain_text("Number 0")
