"""From an @ in one browser to the bell in another, and to the place that it tells of."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.core.test_browser_accessibility import AXE, views, violations
from tests.support.browser import button, labelled, press, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User

SHOWN = """() => {
  window.shown = [];
  window.Notification = class extends EventTarget {
    static permission = "default";
    static requestPermission = async () => (Notification.permission = "granted");
    constructor(title, { body }) { super(); window.shown.push(body); }
    close() {}
  };
}"""
HIDE = "() => Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"


def talk(stage: RunningStage) -> tuple[User, User, str]:
    ada, ben = (stage.sign_up(name=name) for name in ("Ada Ash", "Ben Birch"))
    assert ada.id and ben.get("/me").status_code == 200
    return ada, ben, ada.post("/conversations", {"members": [ben.id]}).json()["id"]


def test_from_a_mention_to_its_place(open_browser: OpenBrowser, stage: RunningStage) -> None:
    ada, ben, id = talk(stage)
    context = open_browser(bypass_csp=True)
    context.add_init_script(f"({SHOWN})()")
    page = signed_in(context.new_page(), ben, "#/profile")
    expect(labelled(page, "Somebody mentions you")).to_be_checked()
    press(page, "Show them on this device")
    expect(button(page, "Stop showing them on this device")).to_be_focused()
    bell = page.locator("#bell")
    expect(bell).to_have_accessible_name("Notices (1 unread)")
    title = page.title()

    other = signed_in(open_browser().new_page(), ada, f"#/chat/{id}")
    box = labelled(other, "Message")
    expect(other.locator("#thread-members")).to_have_text("You and Ben Birch")
    page.evaluate(HIDE)
    box.press_sequentially("Hello @be")
    expect(other.get_by_role("option", name="Ben Birch")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("Hello @Ben Birch ")
    box.press("Enter")
    expect(other.locator(".bubble .mention")).to_have_text("@Ben Birch")
    expect(other.locator(".conversation-last")).to_have_text("You: Hello @Ben Birch")

    expect(bell).to_have_accessible_name("Notices (2 unread)")
    told = ["Ada Ash mentioned you in a conversation.", "Ada Ash started a conversation with you."]
    assert page.evaluate("window.shown") == told[:1]
    assert page.title() in (title, f"(1) {title}"), "only messages are counted there"
    page.evaluate("() => delete document.hidden")
    bell.click()
    expect(page.locator(".notice-text")).to_have_text([f"New: {text}" for text in told])
    expect(bell).to_have_accessible_name("Notices")
    page.evaluate(AXE)
    for view in views(page):
        assert violations(page) == [], view
    page.get_by_text(told[0]).click()
    expect(page.locator(".bubble .mention")).to_have_text("@Ben Birch")


def test_offered_where_one_writes(open_browser: OpenBrowser, stage: RunningStage) -> None:
    _, ben, id = talk(stage)
    page = signed_in(open_browser(bypass_csp=True).new_page(), ben, f"#/chat/{id}")
    box = labelled(page, "Message")
    expect(page.locator("#thread-members")).to_have_text("You and Ada Ash")
    box.fill("Hello @")
    option = page.get_by_role("option", name="Ada Ash")
    expect(option).to_have_attribute("aria-selected", "true")
    page.evaluate(AXE)
    for view in views(page):
        assert violations(page) == [], view
    box.press("Escape")
    expect(option).to_be_hidden()
    box.press_sequentially("a")
    option.click()
    expect(box).to_have_value("Hello @Ada Ash ")
    expect(box).to_be_focused()
