"""Shared by the pages' tests: what people do on them, and a watch for errors underneath."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Route, expect

from tests.support.stage import RunningStage, User, until

DESKTOP = (1280, 800)
PHONE = (390, 844)

# A page reports policy violations even where the console would not.
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`forbidden by the policy: ${event.violatedDirective} ${event.blockedURI}`));"""
# The page's own module, found in one of the files that it loads sooner or later.
TELL_MODULES = """window.moduleOf = async (path) => {
  const name = "$" + path.replaceAll(/\\W/g, "_");
  const folder = document.querySelector("script[type=module]").src.replace("main.js", "");
  const files = ["main.js"];
  for (const file of files) {
    const text = await (await fetch(folder + file)).text();
    if (text.includes(`const ${name} = `)) return (await import(folder + file))[name];
    for (const [, more] of text.matchAll(/"\\.\\/([\\w-]+\\.js)"/g)) if (!files.includes(more)) files.push(more);
  }
  throw new Error(`The page has no module ${path}.`);
}"""
# With an icon, or the browser would look for one.
NO_PAGE = '<!doctype html><link rel="icon" href="data:,">'
# As session.js does after a sign-in.
KEEP_SESSION = """({ IdToken, AccessToken, RefreshToken, ExpiresIn }) =>
  sessionStorage.setItem("session", JSON.stringify({
    idToken: IdToken, accessToken: AccessToken, refreshToken: RefreshToken,
    expiresIn: ExpiresIn, expiresAt: Date.now() + ExpiresIn * 1000, hosted: false, kept: false, id: RefreshToken,
  }))"""
_ANSWERED = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")
_CUT_OFF = re.compile(r"^Failed to load resource: net::ERR_(FAILED|INTERNET_DISCONNECTED)$")
# A socket that the cut network keeps from opening has its own message.
_SOCKET_CUT_OFF = re.compile(r"WebSocket connection to '[^']*' failed: ")
FIELDS = ("rank", "title", "artist", "year", "genre")
_ranks = itertools.count(10_000 + 50 * secrets.randbelow(1_000))


@dataclass
class Watch:
    """Collects errors of the pages. Refusals by the API and the user pool are answers, not errors."""

    services: tuple[str, ...]
    troubles: list[str] = field(default_factory=list)
    network_may_fail: bool = False
    unanswered: dict[Request, float] = field(default_factory=dict)

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._on_request)
        context.on("requestfinished", self._on_answer)
        context.on("requestfailed", self._on_answer)
        context.add_init_script(TELL_VIOLATIONS)
        context.add_init_script(TELL_MODULES)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.troubles.append(f"uncaught: {error.error}"))

    def waits_for(self) -> str:
        """The requests that no page has got an answer to, with the seconds since they were sent."""
        now = time.monotonic()
        return "\n".join(f"{now - sent:5.1f} s {each.method} {each.url}" for each, sent in self.unanswered.items())

    def _on_request(self, request: Request) -> None:
        self.unanswered[request] = time.monotonic()

    def _on_answer(self, request: Request) -> None:
        self.unanswered.pop(request, None)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not self._is_expected(message):
            self.troubles.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _is_expected(self, message: ConsoleMessage) -> bool:
        if _CUT_OFF.match(message.text) or _SOCKET_CUT_OFF.match(message.text):
            return self.network_may_fail
        return bool(_ANSWERED.match(message.text)) and message.location["url"].startswith(self.services)


@dataclass
class Held:
    """Requests of one method to one address that wait until the test releases them."""

    page: Page
    address: str | re.Pattern[str]
    method: str
    seen: int = 0
    is_open: bool = False
    is_over: bool = False
    waiting: list[Route] = field(default_factory=list)

    def begin(self) -> Held:
        self.page.route(self.address, self._hold)
        return self

    def end(self) -> None:
        """The route stays and lets all through: taking it away while requests are on their way might lose one."""
        self.release()
        self.is_over = True

    __enter__ = begin

    def __exit__(self, *_: object) -> None:
        self.end()

    def _hold(self, route: Route) -> None:
        if self.is_over or route.request.method != self.method:
            route.fallback()
            return
        self.seen += 1
        if self.is_open:
            route.continue_()
        else:
            self.waiting.append(route)

    def release(self) -> None:
        """Also those on their way: a page may show something before its request is seen."""
        self.is_open = True
        while self.waiting:
            self.waiting.pop(0).continue_()


def an_hour_later(page: Page) -> None:
    """Tokens have ended. Only once the socket is open: without it the page's own timers ask, and learn that first."""
    until(lambda: page.evaluate("async () => (await moduleOf('live/live')).isOpen()"))
    page.clock.fast_forward("01:01:00")


def press(where: Page | Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()


def button(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def heading(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("heading", name=name, exact=True)


def labelled(where: Page | Locator, label: str) -> Locator:
    return where.get_by_label(label, exact=True)


def fill(where: Page | Locator, **values: Any) -> None:
    """By label; `new_password` stands for "New password", `e_mail` for "E-mail"."""
    for name, value in values.items():
        label = "E-mail" if name == "e_mail" else name.replace("_", " ").capitalize()
        labelled(where, label).fill(str(value))


def dialog(page: Page) -> Locator:
    """The one on top."""
    return page.get_by_role("dialog").last


def go(page: Page, stage: RunningStage, route: str = "#/") -> None:
    page.goto(f"{stage.address}/{route}")


def signed_in(page: Page, user: User, route: str = "#/albums") -> Page:
    """With stored tokens: the sign-in form has its own tests, which type into it."""
    nothing = f"{user.stage.address}/nothing"
    page.route(nothing, lambda route: route.fulfill(body=NO_PAGE, content_type="text/html"))
    page.goto(nothing)
    page.evaluate(KEEP_SESSION, user.tokens)
    page.unroute(nothing)
    go(page, user.stage, route)
    return arrived(page, user, route)


def signed_in_by_form(page: Page, user: User, route: str = "#/albums") -> Page:
    """As a person does it, back to the requested page."""
    go(page, user.stage, route)
    expect(heading(page, "Sign in")).to_be_visible()
    fill(page, e_mail=user.email, password=user.password)
    press(page, "Sign in")
    return arrived(page, user, route)


def arrived(page: Page, user: User, route: str) -> Page:
    expect(page.locator("#account")).to_be_attached()  # on a phone, an open conversation hides it
    expect(page).to_have_url(f"{user.stage.address}/{route}")
    expect(page.locator("#main h1").first).to_be_attached()
    if route.startswith("#/albums"):
        expect(page.locator("#count")).to_have_text(re.compile(r"^$|^\d+ albums?"))
        expect(page.locator("#skeleton")).to_be_hidden()
    return page


def from_menu(page: Page, name: str) -> None:
    """In the person's menu."""
    page.locator("#account").click()
    press(page.locator("#account-menu"), name)


def code_on_screen(page: Page, email: str) -> str:
    """The code in the person's newest mail, read on the mailbox page."""
    mail = page.get_by_role("article").filter(has_text=email).first
    return mail.locator(".code").inner_text()


def an_album(**changes: Any) -> dict[str, Any]:
    """With a rank and a title that no other test uses."""
    rank = next(_ranks)
    title = f"Song{secrets.token_hex(4)} at night"
    return {"rank": rank, "title": title, "artist": "The Browsers", "year": 1999, "genre": "Rock", **changes}


def added(user: User, **changes: Any) -> dict[str, Any]:
    answer = user.post("/albums", an_album(**changes))
    assert answer.status_code == 201, answer.text
    album: dict[str, Any] = answer.json()
    return album


def as_stored(user: User, title: str) -> list[dict[str, Any]]:
    """The albums of this title, according to the API."""
    answer = user.get("/albums", params={"q": title, "limit": 100})
    assert answer.status_code == 200, answer.text
    return [album for album in answer.json()["items"] if album["title"] == title]


def fill_album(where: Page | Locator, album: dict[str, Any], **changes: Any) -> None:
    given = {**album, **changes}
    fill(where, **{name: given[name] for name in FIELDS})


def search_for(album: dict[str, Any]) -> str:
    return f"#/albums?q={album['title'].split()[0]}"


def row(page: Page, title: str) -> Locator:
    return page.locator("#rows tr").filter(has=page.get_by_role("rowheader", name=title))


def is_refresh(request: Request) -> bool:
    return "REFRESH_TOKEN_AUTH" in (request.post_data or "")


def spoil_token(page: Page) -> None:
    """Make the gateway refuse the tab's ID token before it expires."""
    page.evaluate("""() => {
      const kept = JSON.parse(sessionStorage.getItem("session"));
      const [head, claims] = kept.idToken.split(".");
      sessionStorage.setItem("session", JSON.stringify({ ...kept, idToken: `${head}.${claims}.AAAA` }));
    }""")


def expect_no_drafts(page: Page) -> None:
    """The API may have stored what was typed before the page gets the answer and forgets its draft."""
    until(lambda: kept_drafts(page) == [])


def kept_drafts(page: Page) -> list[str]:
    keys: list[str] = json.loads(page.evaluate("JSON.stringify(Object.keys(sessionStorage))"))
    return [key for key in keys if key.startswith("draft:")]


def stored(page: Page) -> str:
    """All that the page may keep, as text."""
    text: str = page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")
    return text
