"""The blog as readers and authors use it, and proof that nothing in their texts ever runs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import button, dialog, fill, go, heading, labelled, press, signed_in
from tests.support.browsers import OpenBrowser
from tests.support.stage import RunningStage, User, until

HOSTILE = '<script>window.ran = 1</script><img src=x onerror="window.ran = 1">"\'><svg onload=window.ran=1>'


def unique(text: str) -> str:
    return f"{text} {secrets.token_hex(4)}"


def written(author: User, **changes: Any) -> dict[str, Any]:
    body = {"title": unique("Article"), "body": "Hello *you*", "status": "published", "tags": [], **changes}
    answer = author.post("/blog/articles", body)
    assert answer.status_code == 201, answer.text
    article: dict[str, Any] = answer.json()
    return article


def stored(author: User, slug: str) -> dict[str, Any]:
    article: dict[str, Any] = author.get(f"/blog/drafts/{slug}").json()
    return article


def slug_in(page: Page) -> str:
    return page.url.rpartition("/")[2]


def reading(page: Page, user: User, route: str) -> Page:
    """Signed in, on a page that needs no sign-in."""
    go(signed_in(page, user), user.stage, route)
    return page


def test_anyone_reads(page: Page, stage: RunningStage) -> None:
    """From the edge, without an account: list, tag, article, neighbours and comments."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    go(page, stage, "#/blog?tag=notebooks")
    expect(heading(page, "Blog: notebooks")).to_be_visible()
    expect(page.locator(".article-card")).to_have_count(2)
    page.get_by_role("link", name="All articles").click()
    expect(heading(page, "Blog")).to_be_visible()
    go(page, stage, "#/blog?tag=writing")  # others may have filled the first page of the full list
    page.get_by_role("link", name="Letters that wait").click()
    expect(page).to_have_title("Letters that wait · Commonplace")
    expect(heading(page, "The drawer")).to_be_visible()
    expect(page.locator(".comment").first).to_contain_text("I tried it with a mail to my brother.")
    expect(labelled(page, "Your comment")).to_have_count(0)
    page.get_by_role("link", name="Earlier A list is an argument").click()
    expect(page.get_by_role("cell", name="It is overrated")).to_be_visible()
    page.get_by_role("link", name="Page to share or print").click()
    expect(heading(page, "A list is an argument")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".prose")).to_be_visible()
    read = [url for url in asked if "/blog/" in url and "/api" in url]
    assert read and all(url.startswith(stage.config["edge"]) for url in read)


def test_an_article_needs_no_script(open_browser: OpenBrowser, stage: RunningStage) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{stage.address}/read/letters-that-wait")
    expect(heading(page, "The drawer")).to_be_visible()
    expect(page.get_by_role("link", name="Comment on it in Commonplace")).to_have_attribute(
        "href", f"{stage.address}/#/blog/letters-that-wait"
    )


def test_nothing_that_somebody_writes_runs(page: Page, stage: RunningStage, curator: User) -> None:
    """Article, tag, comment and name are all shown as typed, and no policy had to intervene."""
    title = unique(f"{HOSTILE[:60]} T")
    article = written(curator, title=title, body=f"{HOSTILE}\n\n[x](javascript:window.ran=1) end", tags=[HOSTILE[:40]])
    hostile = stage.sign_up(name=HOSTILE[:90])
    said = hostile.post(f"/blog/articles/{article['slug']}/comments", {"text": HOSTILE, "clientId": "c"})
    assert said.status_code == 201
    ways: list[tuple[str, Callable[[], None]]] = [
        (f"/#/blog/{article['slug']}", lambda: expect(page.locator(".comment .said")).to_have_text(HOSTILE)),
        (f"/read/{article['slug']}", lambda: expect(page.get_by_text("end", exact=False).first).to_be_visible()),
        ("/#/blog", lambda: expect(page.get_by_role("link", name=title)).to_be_visible()),
    ]
    for path, shown in ways:
        page.goto(stage.address + path)
        shown()
        for link in page.locator(".prose a").all():
            link.click()
        assert page.evaluate("window.ran") is None
    curator.delete(f"/blog/articles/{article['slug']}")


def test_comments(context: BrowserContext, stage: RunningStage, curator: User, bruno: User) -> None:
    article = written(curator)
    page = reading(context.new_page(), bruno, f"#/blog/{article['slug']}")
    expect(page.get_by_text("Nobody has said anything yet.")).to_be_visible()
    path = f"/blog/articles/{article['slug']}/comments"
    theirs = curator.post(path, {"text": "Zeroth!", "clientId": "c1"})
    expect(page.locator(".comment", has_text="Zeroth!")).to_be_visible()  # on the open page
    assert curator.delete(f"{path}/{theirs.json()['id']}").status_code == 204
    labelled(page, "Your comment").fill("First!")
    press(page, "Comment")
    mine = page.locator(".comment", has_text="First!")
    expect(mine.get_by_role("button", name="Delete")).to_be_visible()
    page.reload()
    expect(mine).to_be_visible()
    mine.get_by_role("button", name="Delete").click()
    press(dialog(page), "Delete")
    expect(mine).to_have_count(0)
    assert stage.call("GET", f"/blog/articles/{article['slug']}/comments").json()["items"] == []
    curator.delete(f"/blog/articles/{article['slug']}")


def test_an_author_writes(page: Page, stage: RunningStage, curator: User) -> None:
    """A draft saves itself; the preview looks like the page; once published, everyone can read it."""
    title = unique("A way to write")
    reading(page, curator, "#/blog")
    page.get_by_role("link", name="Write an article").click()
    fill(page, title=title, tags="Cats,  cats, dogs")
    labelled(page, "Text").fill("# Begin\n\nSome *text*")
    expect(heading(page.locator("#preview"), "Begin")).to_be_visible()
    expect(page.locator("#editor-state")).to_contain_text("Saved as a draft")
    slug = slug_in(page)
    assert slug.startswith("a-way-to-write-")
    assert stored(curator, slug)["tags"] == ["cats", "dogs"]
    labelled(page, "Text").press_sequentially(" and more")
    until(lambda: stored(curator, slug)["body"].endswith("and more"))
    assert stage.call("GET", f"/blog/articles/{slug}").status_code == 404
    page.reload()
    expect(labelled(page, "Title")).to_have_value(title)
    press(page, "Publish")
    expect(page.get_by_text("It is published.", exact=True)).to_be_visible()
    expect(heading(page, title)).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    press(page, "Make it a draft again")
    expect(page.locator("#editor-state")).to_contain_text("Saved as a draft")
    assert stage.call("GET", f"/blog/articles/{slug}").status_code == 404
    labelled(page, "Appears at").fill("2099-01-01T10:00")
    press(page, "Publish at that time")
    expect(page.get_by_text("It will appear at its time.")).to_be_visible()
    page.get_by_role("link", name=title).click()
    press(page, "Delete")
    press(dialog(page), "Delete")
    expect(page.get_by_text("The article is deleted.")).to_be_visible()
    assert curator.get(f"/blog/drafts/{slug}").status_code == 404


def test_who_saves_second_sees_both_versions(page: Page, stage: RunningStage, curator: User) -> None:
    article = written(curator)
    slug = article["slug"]
    signed_in(page, curator, f"#/write/{slug}")
    labelled(page, "Text").fill("Mine")
    changed = {"title": "Theirs now", "body": "Theirs", "status": "published"}
    assert curator.put(f"/blog/articles/{slug}", changed, 1).status_code == 200
    press(page, "Save changes")
    expect(heading(dialog(page), "This article was changed meanwhile")).to_be_visible()
    both = dialog(page).get_by_role("group", name="Text")
    expect(both).to_contain_text("Mine")
    expect(both).to_contain_text("Theirs")
    press(dialog(page), "Save this version")
    expect(page.get_by_text("Your changes are published.", exact=True)).to_be_visible()
    saved = stored(curator, slug)
    assert (saved["title"], saved["body"], saved["version"]) == ("Theirs now", "Mine", 3)
    curator.delete(f"/blog/articles/{slug}")


@pytest.mark.usefixtures("unreachable_at_times")
def test_what_was_typed_outlives_the_network(page: Page, stage: RunningStage, curator: User) -> None:
    article = written(curator)
    signed_in(page, curator, f"#/write/{article['slug']}")
    expect(labelled(page, "Text")).to_have_value("Hello *you*")
    page.context.set_offline(True)
    labelled(page, "Text").fill("Typed without a network")
    press(page, "Save changes")
    expect(page.get_by_text("Not saved: what you typed is kept in this tab")).to_be_visible()
    page.context.set_offline(False)
    page.on("dialog", lambda asked: asked.accept())
    page.reload()
    expect(labelled(page, "Text")).to_have_value("Typed without a network")
    expect(page.get_by_text(re.compile("What you typed before was kept"))).to_be_visible()
    button(page, "Save changes").click()
    expect(page.get_by_text("Your changes are published.", exact=True)).to_be_visible()
    assert stored(curator, article["slug"])["body"] == "Typed without a network"
    curator.delete(f"/blog/articles/{article['slug']}")
