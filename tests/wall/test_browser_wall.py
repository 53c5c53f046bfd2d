"""The wall in several browsers at once: everybody sees the same, each post once, whatever the network does."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.support.browser import (
    PHONE,
    button,
    dialog,
    expect_no_drafts,
    fill,
    go,
    heading,
    labelled,
    press,
    signed_in,
)
from tests.support.browsers import OpenBrowser
from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User

HOSTILE = """<img src=x onerror="document.title='taken'"><script>document.title='taken'</script> &lt;b&gt; ' " `${1}`"""


@dataclass
class Line:
    """A page's socket: the test cuts it, keeps it cut, or swallows what it receives."""

    is_down: bool = False
    is_mute: bool = False
    open: list[WebSocketRoute] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Line:
        line = cls()
        page.route_web_socket(re.compile("^ws://"), line._connect)
        return line

    def cut(self) -> None:
        self.is_down = True
        while self.open:
            self.open.pop().close()

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_down:
            socket.close()
            return
        self.open.append(socket)
        socket.connect_to_server().on_message(lambda text: None if self.is_mute else socket.send(text))


def on_the_wall(page: Page, user: User) -> Page:
    signed_in(page, user, "#/wall")
    expect(labelled(page, "New post")).to_be_visible()
    expect(page.locator("#skeleton")).to_be_hidden()
    return page


def unique(text: str = "A thought") -> str:
    return f"{text} {secrets.token_hex(4)}"


def post(page: Page, text: str) -> Locator:
    return page.locator("#posts > .post").filter(has=page.get_by_text(text, exact=True))


def write(page: Page, text: str) -> Locator:
    fill(page, new_post=text)
    press(page, "Post")
    return post(page, text)


def expect_on_the_wall(page: Page, *texts: str) -> None:
    """Each once, for good."""
    for text in texts:
        expect(post(page, text)).to_have_count(1)
        expect(post(page, text)).not_to_have_class(re.compile("pending|failed"))


@pytest.fixture
def one(open_browser: OpenBrowser, bruno: User) -> Page:
    return on_the_wall(open_browser().new_page(), bruno)


@pytest.fixture
def other(open_browser: OpenBrowser, chidi: User) -> Page:
    return on_the_wall(open_browser().new_page(), chidi)


@pytest.fixture
def broken_line(page: Page) -> Line:
    return Line.of(page)


def test_everybody_sees_what_is_posted(
    one: Page, other: Page, open_browser: OpenBrowser, stage: RunningStage, somebody: User
) -> None:
    first, second = unique(), unique("And another:\n" + HOSTILE)
    write(one, first)
    expect_on_the_wall(other, first)
    labelled(other, "New post").fill(second)
    labelled(other, "New post").press("Control+Enter")
    expect(labelled(other, "New post")).to_have_value("")
    for page in (one, other):
        expect_on_the_wall(page, first, second)
        expect(page.locator("#posts .post").first).to_contain_text("Chidi Okafor")
        expect(page).to_have_title("Wall · Commonplace")
        assert page.locator("#posts").get_by_text(HOSTILE).inner_text() == second
        expect_no_drafts(page)
    guest = open_browser().new_page()
    go(guest, stage, "#/wall")
    expect_on_the_wall(guest, first, second)
    expect(button(guest, "Post")).to_have_count(0)
    expect(button(guest, "Delete")).to_have_count(0)
    guest.locator("#wall-sign-in").click()
    fill(guest, e_mail=somebody.email, password=somebody.password)
    press(guest, "Sign in")
    expect(labelled(guest, "New post")).to_be_visible()
    expect(guest).to_have_url(f"{stage.address}/#/wall")
    expect_on_the_wall(guest, first, second)


def test_what_is_deleted_is_gone_for_everybody(one: Page, other: Page) -> None:
    text, stays = unique(), unique()
    write(one, stays)
    expect_on_the_wall(other, stays)
    write(one, text)
    expect_on_the_wall(other, text)
    expect(button(post(other, text), "Delete")).to_have_count(0)
    press(post(one, text), "Delete")
    expect(heading(dialog(one), "Delete this post?")).to_be_visible()
    press(dialog(one), "Cancel")
    expect_on_the_wall(one, text)
    press(post(one, text), "Delete")
    press(dialog(one), "Delete")
    for page in (one, other):
        expect(post(page, text)).to_have_count(0)
        expect_on_the_wall(page, stays)
    other.reload()
    expect_on_the_wall(other, stays)
    expect(post(other, text)).to_have_count(0)


def test_offline_it_waits_and_what_others_posted_is_caught_up(
    one: Page, other: Page, unreachable_at_times: None
) -> None:
    mine, theirs = (unique("Mine"), unique("Mine too")), (unique("Theirs"), unique("Theirs too"))
    doomed = unique("Doomed")
    write(other, doomed)
    expect_on_the_wall(one, doomed)
    one.context.set_offline(True)
    for text in mine:
        expect(write(one, text)).to_contain_text("Waiting for the connection…")
    for text in theirs:
        write(other, text)
        expect_on_the_wall(other, text)
    expect(one.locator("#live-sign")).to_have_text("Reconnecting… Updates may be late.")
    expect(post(one, theirs[0])).to_have_count(0)
    one.context.set_offline(False)
    for page in (one, other):
        expect_on_the_wall(page, *mine, *theirs)
    expect(one.locator("#live-sign")).to_be_empty()
    expect_no_drafts(one)


def test_cut_off_before_the_answer_it_is_posted_once(page: Page, broken_line: Line, other: Page, bruno: User) -> None:
    on_the_wall(page, bruno)
    expect_on_the_wall(page, *[write(page, unique("Before")).locator(".said").inner_text()])
    text, meanwhile = unique(), unique("Meanwhile")
    broken_line.is_mute = True
    expect(write(page, text)).to_contain_text("Sending…")
    expect_on_the_wall(other, text)
    broken_line.cut()
    expect(post(page, text)).to_contain_text("Waiting for the connection…")
    write(other, meanwhile)
    expect_on_the_wall(other, meanwhile)
    broken_line.is_down = broken_line.is_mute = False
    for browser in (page, other):
        expect_on_the_wall(browser, text, meanwhile)
    page.reload()
    expect_on_the_wall(page, text, meanwhile)


def test_without_an_answer_it_is_retried_or_discarded(page: Page, broken_line: Line, other: Page, bruno: User) -> None:
    page.clock.install()
    on_the_wall(page, bruno)
    expect_on_the_wall(page, *[write(page, unique("Before")).locator(".said").inner_text()])
    kept, discarded = unique("Kept"), unique("Discarded")
    broken_line.is_mute = True
    for text in (kept, discarded):
        expect(write(page, text)).to_contain_text("Sending…")
        expect_on_the_wall(other, text)
    page.clock.fast_forward("00:10")
    for text in (kept, discarded):
        expect(post(page, text).get_by_role("alert")).to_have_text("Not sent. No answer came in time.")
    broken_line.is_mute = False
    press(post(page, kept), "Retry")
    expect_on_the_wall(page, kept)
    expect_on_the_wall(other, kept)
    press(post(page, discarded), "Discard")
    expect(post(page, discarded).locator(".failed")).to_have_count(0)
    expect_no_drafts(page)


def test_too_long_or_nothing_is_not_posted(one: Page) -> None:
    press(one, "Post")
    expect(one.get_by_role("alert").filter(has_text="Write something first.")).to_be_visible()
    fill(one, new_post="x" * 4_001)
    expect(one.locator(".counter")).to_have_text("4001 / 4000")
    press(one, "Post")
    expect(one.get_by_text("That is 1 character too long: 4000 is the limit.")).to_be_visible()
    expect(labelled(one, "New post")).to_have_value("x" * 4_001)
    one.reload()
    expect(labelled(one, "New post")).to_have_value("x" * 4_001)


def test_older_posts_below_and_new_ones_that_wait_above(open_browser: OpenBrowser, bruno: User, chidi: User) -> None:
    page = open_browser(PHONE).new_page()
    # Pages of five, so that a few posts fill several.
    page.route("**/posts?limit=30*", lambda route: route.continue_(url=route.request.url.replace("=30", "=5")))
    texts = [unique(f"Number {number}\n" + "and a line\n" * 8) for number in range(12)]
    with Socket(chidi) as socket:
        for text in texts:
            socket.post(text, secrets.token_hex(8))
        on_the_wall(page, bruno)
        for text in reversed(texts):
            post(page, text).scroll_into_view_if_needed()
        expect_on_the_wall(page, *texts)
        before = post(page, texts[0]).bounding_box()
        news = unique("News")
        socket.post(news, secrets.token_hex(8))
        expect(page.locator("#new-posts")).to_have_text("1 new post")
        expect(post(page, news)).to_have_count(0)
        assert post(page, texts[0]).bounding_box() == before
    page.locator("#new-posts").click()
    expect(post(page, news)).to_be_in_viewport()
    expect(page.locator("#new-posts")).to_be_hidden()
