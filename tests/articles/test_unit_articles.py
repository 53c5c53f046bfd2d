"""The blog without its tables: rendering, addresses, documents, and what the edge has to forget."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import feedparser
import pytest

from chalicelib.articles import documents
from chalicelib.articles.articles import Article
from chalicelib.articles.markdown import MOST_BLANKS, MOST_MARKS, TangledError, photos_in, rendered
from chalicelib.articles.outbox import Outbox
from chalicelib.articles.slugs import candidates, is_slug, slug_of
from chalicelib.core.edge import Edge
from chalicelib.core.streams import Change
from tests.support.events import BOB, Api, claims
from tests.support.failing import refusal

AUTHOR = claims("ada", "authors")
PHOTO = "01M7Y1PSZK9YP6HXFNJPJK9Q68"
SITE = "https://example.com"
PICTURE = {"src", "srcset", "sizes", "width", "height", "alt", "loading"}
REL = 'rel="noopener noreferrer"'
HOSTILE = """<script>alert(1)</script> <img src=x onerror=alert(1)>

[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>alert(1)</script>) [d](vbscript:x)
[e](java&#115;cript:alert(1)) [f](&#x6A;avascript:alert(1)) [g](<java script:alert(1)>) <javascript:alert(1)>

![h](javascript:alert(1)) ![i" onerror="alert(1)](https://example.org/x.png)
![j](photo:PHOTO "k\\" onerror=\\"alert(1)")
[l](https://example.org/" onclick="alert(1)) [m]: javascript:alert(1)

<svg/onload=alert(1)> <a href="javascript:alert(1)">n</a> <!-- --!> <style>*{}</style> <iframe src="//x"></iframe>
""".replace("PHOTO", PHOTO)


def a_photo(**changes: Any) -> dict[str, Any]:
    sizes = [
        {"width": width, "height": width // 2, "url": f"{SITE}/photos/x/{width}.webp", "jpeg": f"{SITE}/x/{width}.jpg"}
        for width in (320, 640, 1280)
    ]
    return {"id": PHOTO, "alt": "A cat", "width": 4000, "height": 2000, "sizes": sizes, **changes}


# Rendering


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Hello *you*", "<p>Hello <em>you</em></p>"),
        ("### A\n\n##### B\n\n# C", "<h4>A</h4>\n<h6>B</h6>\n<h2>C</h2>"),
        ("### A\n\n#### B", "<h2>A</h2>\n<h3>B</h3>"),
        ("a < b & \"c\" 'd'", "<p>a &lt; b &amp; \"c\" 'd'</p>"),
        ("[x](https://a.example/?b=1&c=2)", f'<p><a href="https://a.example/?b=1&amp;c=2" {REL}>x</a></p>'),
        ("3. x\n4. y", '<ol start="3">\n<li>x</li>\n<li>y</li>\n</ol>'),
        ("![a *cat*](https://a.example/x)", f'<p><a href="https://a.example/x" {REL}>a <em>cat</em></a></p>'),
        (f"![not *ready*](photo:{'0' * 26})", "<p>not ready</p>"),
        ("~~x~~ `<b>`", "<p><del>x</del> <code>&lt;b&gt;</code></p>"),
    ],
)  # fmt: skip
def test_markdown(text: str, page: str) -> None:
    assert rendered(text, {}).html == page


def test_what_could_run_is_text() -> None:
    page = rendered(HOSTILE, {PHOTO: a_photo(alt='"><script>alert(1)</script>')}).html
    tags = re.findall(r"<(/?)(\w+)([^>]*)>", page)
    assert {name for _, name, _ in tags} == {"p", "a", "img"}
    for _, name, attributes in tags:
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        assert set(named) <= ({"href", "title", "rel"} if name == "a" else PICTURE)
        assert re.sub(r'\s*[\w-]+="[^"]*"', "", attributes).strip() == ""
        assert re.match("(https://|#)", named.get("href") or named.get("src") or "#"), attributes
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_photo_in_the_text_comes_in_its_sizes() -> None:
    text = f'Look: ![Two "cats"](photo:{PHOTO})'
    assert photos_in(f"{text} photo:short") == {PHOTO}
    page = rendered(text, {PHOTO: a_photo()}).html
    assert 'alt="Two &quot;cats&quot;"' in page and 'width="1280" height="640"' in page
    assert f"{SITE}/photos/x/320.webp 320w" in page
    assert 'alt="A cat"' in rendered(f"![](photo:{PHOTO})", {PHOTO: a_photo()}).html


def test_the_first_words() -> None:
    assert (
        rendered("# Title\n\nHello **you**, & *all*.\n\n- one\n\n```\ncode\n```", {}).summary == "Hello you, & all. one"
    )
    assert rendered("- Milk\n- *Bread*\n- Why?\n- Eggs", {}).summary == "Milk; Bread; Why? Eggs"
    summary = rendered("many words " * 60, {}).summary
    assert summary.endswith("words…") and len(summary) <= 201
    assert len(rendered("x" * 900, {}).summary) <= 201
    assert rendered("", {}) == ("", "")


MOST_LETTERS = 50_000
TANGLED = {
    "marks that open": "*a **b " * 900 + " c** d*" * 900,
    "brackets": "[" * (MOST_MARKS + 1),
    "pictures": "![" * (MOST_MARKS + 1),
    "addresses": "[a](b" * (MOST_MARKS + 1),
    "code": "`a " * (MOST_MARKS + 1),
    "tags": "<a " * (MOST_MARKS + 1),
    "within a cell": "|a|\n|-|\n|" + "*a " * (MOST_MARKS + 1) + "|",
    "within a list in a quote": "> - " + "~~a~~ _b_ " * MOST_MARKS,
    "blanks in a heading": "# a" + " " * (MOST_BLANKS + 1) + "b",
    "blanks of another kind": "a" + "\t\u00a0" * MOST_BLANKS + "b",
    "one address a thousand times": "[a]: https://e.example/" + "b" * 20_000 + "\n\n" + "[a]\n\n" * 900,
    "one title a thousand times": '[a]: b "' + "c" * 20_000 + '"\n\n' + "[a]\n\n" * 900,
    "one photo's address": "![a]\n\n" * 900 + "\n\n[a]: https://e.example/" + "b" * 20_000,
}


@pytest.mark.parametrize("text", TANGLED.values(), ids=TANGLED)
def test_what_nobody_writes_is_refused_in_words(text: str) -> None:
    with pytest.raises(TangledError) as raised:
        rendered(text, {})
    assert raised.value.status == 422
    [error] = raised.value.errors or []
    assert error["pointer"] == "/body" and error["detail"] in raised.value.detail


@pytest.mark.usefixtures("signed_clients")
def test_an_author_is_told_so() -> None:
    text = {"body": TANGLED["marks that open"]}
    answer = Api().call("POST", "/blog/preview", who=AUTHOR, json=text)
    assert answer.problem(422)["detail"].startswith("The text has a paragraph with more than 1000 marks")
    assert answer.pointers == ["/body"]


@pytest.mark.parametrize(
    "piece",
    [
        "Ein Absatz über alles, *mit* **Betonung**, `Code` und [einer Adresse](https://e.example/a_b_c).\n\n",
        "- a *point*\n- another\n  1. and below it\n\n",
        "| a | b |\n|---|---|\n| *1* | [2](https://e.example) |\n\n",
        "```\nfor _ in range(10): print(*args, **options)\n```\n\n",
        "> # Said <b>loudly</b>\n> and ~~taken back~~\n\n",
        "🎶",
        "words and " + " " * 300 + "\n",
    ],
)
def test_a_long_article_goes_on(piece: str) -> None:
    text = (piece * MOST_LETTERS)[:MOST_LETTERS]
    assert len(rendered(text, {}).html) > len("".join(text.split())) * 0.9


# Known to be slow for renderers, at an article's length; run in a process that can be stopped.
SLOW_ELSEWHERE = [
    "<a" + "\ta=b\tc" * 7_000,
    "<a href=" + "\t" * 490,
    ("<a href=" + "\t" * 490) * 100,
    "<x y" + "\n z='" * 12_000,
    "<!--" * 12_500,
    "[a]: <" * 8_000,
    "# a" + " #" * 24_000,
    "> " * 25_000,
    "- " * 25_000,
    "\n".join("  " * depth + "- a" for depth in range(220)),
    "\n".join(">" * depth + "a" for depth in range(300)),
    " ".join("`" * length for length in range(300)),
    "|a|b|\n|-|-|\n" + "|a|b|\n" * 8_000,
    "|a" * 8_000 + "|\n" + "|-" * 8_000 + "|\n",
    "\n".join(f"[a{number}]: b" for number in range(4_000)),
    "https://a.example/" + "(" * 25_000 + ")" * 24_000,
    "&" * 50_000,
    "\\" * 50_000,
    "~" * 50_000,
    "```\n" * 12_000,
    "a\n=\n" * 12_000,
]


def test_no_text_takes_for_ever() -> None:
    program = """
import json, sys
from chalicelib.articles.markdown import TangledError, rendered
for text in json.load(sys.stdin):
    try:
        rendered(text, {})
    except TangledError:
        pass
"""
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, input=json.dumps(SLOW_ELSEWHERE), text=True, timeout=120, capture_output=True)
    assert done.returncode == 0, done.stderr


# Addresses


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("Über Öl & Straße", "uber-ol-strasse"),
        ("Ærø's  Łódź", "aeros-lodz"),
        ("Привет, ёж", "privet-ezh"),
        ("Γειά σου", "geia-soy"),
        ("日本語", "article"),
        ("--", "article"),
        ("drafts", "drafts"),
        ("x" * 90, "x" * 60),
        ("word " * 30, "-".join(["word"] * 12)),
    ],
)
def test_slug(title: str, slug: str) -> None:
    assert slug_of(title) == slug and is_slug(slug)


def test_there_is_always_another_slug() -> None:
    found = [slug for slug, _ in zip(candidates("Hello"), range(40), strict=False)]
    assert found[:3] == ["hello", "hello-2", "hello-3"] and len(set(found)) == 40
    assert all(map(is_slug, [*found, *(slug for slug, _ in zip(candidates("x" * 90), range(30), strict=False))]))


# Documents


def an_article(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "hello",
        "title": 'Hello <b> & "you" \ufffe\x0b',
        "summary": "Short & <i>sweet</i>",
        "html": "<p>Hello &amp; <em>you</em></p>",
        "tags": ["cats & dogs"],
        "author": {"id": "ada", "name": "</name><script>alert(1)</script>"},
        "publishedAt": "2026-11-18T12:00:00.000Z",
        "updatedAt": "2026-11-19T12:00:00.000Z",
        "picture": None,
        "previous": None,
        "next": {"slug": "next", "title": "<Next>"},
        **changes,
    }


def test_the_feed_is_read_without_complaint() -> None:
    feed = feedparser.parse(documents.feed(SITE, [an_article(), an_article(slug="other", title="Ünïcödé 𝄞")]).encode())
    assert not feed.bozo, feed.get("bozo_exception")
    first, second = feed.entries
    assert feed.version == "atom10" and feed.feed.updated == "2026-11-19T12:00:00.000Z"
    assert (first.link, first.id) == (f"{SITE}/read/hello",) * 2
    assert first.tags[0].term == "cats & dogs" and first.author == "</name><script>alert(1)</script>"
    assert first.content[0].value == "<p>Hello &amp; <em>you</em></p>"
    assert second.title == "Ünïcödé 𝄞" and first.summary
    assert "<summary>" not in documents.feed(SITE, [an_article(summary="")])
    assert 'name="description"' not in documents.page(SITE, an_article(summary=""))
    empty = feedparser.parse(documents.feed(SITE, []).encode())
    assert not empty.bozo and empty.entries == []


def test_the_page_has_the_whole_and_nothing_that_runs() -> None:
    page = documents.page(SITE, an_article(picture=a_photo(alt='"><script>')))
    assert "<script" not in page and "javascript:" not in page and "onerror" not in page
    assert "<p>Hello &amp; <em>you</em></p>" in page and "default-src &#x27;none&#x27;" in page
    for name, value in (
        ("og:title", "Hello &lt;b&gt; &amp; &quot;you&quot; \ufffe\x0b"),
        ("og:url", f"{SITE}/read/hello"),
        ("og:image", f"{SITE}/x/1280.jpg"),
        ("article:tag", "cats &amp; dogs"),
    ):
        assert f'<meta property="{name}" content="{value}">' in page
    assert f'href="{SITE}/read/next"' in page and "&lt;Next&gt;" in page


def test_the_sitemap_names_every_page() -> None:
    text = documents.sitemap(SITE, [an_article(), an_article(slug="other")])
    assert re.findall("<loc>(.*?)</loc>", text) == [f"{SITE}/", f"{SITE}/read/hello", f"{SITE}/read/other"]


# What follows a change


class Fakes:
    """Records what the edge and the comments are asked; every article has the same two neighbours."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.removed: list[str] = []
        self.news: list[dict[str, str]] = []
        self.indexed: list[str] = []

    def index(self, slug: str) -> None:
        self.indexed.append(slug)

    def announce(self, news: dict[str, str]) -> None:
        self.news.append(news)

    def create_invalidation(self, DistributionId: str, InvalidationBatch: dict[str, Any]) -> None:
        assert DistributionId == "D1"
        self.batches.append(InvalidationBatch)

    def remove_all(self, article: str) -> None:
        self.removed.append(article)

    def neighbours(self, article: dict[str, Any]) -> Any:
        return {"slug": "older"}, None


def told(number: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> tuple[str, Change[Article]]:
    return f"{number}", Change("MODIFY", before, after)


def image(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "hello",
        "part": "article",
        "id": "1",
        "title": "Hello",
        "shelf": "published",
        "shelvedAt": "2",
        **changes,
    }


LISTS = {
    "/api/blog/articles",
    "/api/blog/articles?*",
    "/api/blog/feed",
    "/api/blog/sitemap.xml",
    "/feed",
    "/sitemap.xml",
}
OWN = {"/api/blog/articles/hello", "/api/blog/read/hello", "/read/hello"}
OLDER = {"/api/blog/articles/older", "/api/blog/read/older", "/read/older"}
SAID = {"/api/blog/articles/hello/comments", "/api/blog/articles/hello/comments?*"}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        (None, image(), LISTS | OWN | OLDER),
        (image(), image(html="new"), LISTS | OWN),
        (image(), image(title="New"), LISTS | OWN | OLDER),
        (image(), image(shelf="drafts"), LISTS | OWN | OLDER | SAID),
        (image(shelf="drafts"), image(), LISTS | OWN | OLDER),
        (image(), None, LISTS | OWN | OLDER | SAID),
        (None, image(shelf="drafts"), set()),
        (image(shelf="drafts"), None, set()),
        (None, image(part="tag#cats", shelf="tag#cats"), set()),
    ],
)  # fmt: skip
def test_exactly_what_changed_is_forgotten(before: Any, after: Any, paths: set[str]) -> None:
    fakes: Any = Fakes()
    outbox = Outbox(fakes, [fakes.remove_all], Edge(fakes, "D1"), fakes.announce, fakes.index)
    for _ in range(2):
        outbox.follow([told(1, before, after)])
    assert [set(batch["Paths"]["Items"]) for batch in fakes.batches] == [paths] * (2 if paths else 0)
    assert len({batch["CallerReference"] for batch in fakes.batches}) <= 1, "twice the same is one invalidation"
    assert fakes.removed == ["1"] * (2 if after is None else 0)
    assert set(fakes.indexed) == {each["slug"] for each in (before, after) if each and each["part"] == "article"}


def test_many_changes_are_one_invalidation() -> None:
    fakes: Any = Fakes()
    changes = [told(number, None, image(slug=f"no-{number}")) for number in range(50)]
    Outbox(fakes, [fakes.remove_all], Edge(fakes, "D1"), fakes.announce, fakes.index).follow(changes)
    (batch,) = fakes.batches
    assert batch["Paths"]["Quantity"] == len(batch["Paths"]["Items"]) == len(LISTS) + 3 * 50 + len(OLDER)


@pytest.mark.parametrize(
    ("before", "after", "is_news"),
    [
        (None, image(), True),
        (image(shelf="drafts"), image(), True),
        (None, image(shelf="drafts"), False),
        (image(shelf="drafts"), image(shelf="drafts", title="New"), False),
        (image(), image(title="New"), False),
        (image(), image(shelf="drafts"), False),
        (image(), None, False),
        (None, image(part="tag#cats"), False),
    ],
)
def test_only_an_article_that_appears_is_news(before: Any, after: Any, is_news: bool) -> None:
    fakes: Any = Fakes()
    Outbox(fakes, [], Edge(fakes, "D1"), fakes.announce, fakes.index).follow([told(1, before, after)])
    expected = {"id": "1", "slug": "hello"}
    assert fakes.news == ([expected] if is_news else [])


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        (None, image(), True),
        (image(shelf="drafts"), image(), True),
        (image(), image(html="new"), True),
        (image(), image(title="New"), True),
        (image(), image(shelf="drafts"), True),
        (image(), None, True),
        (image(), image(tags=["cats"]), False),
        (None, image(shelf="drafts"), False),
        (image(shelf="drafts"), None, False),
        (None, image(part="tag#cats"), False),
    ],
)
def test_who_follows_articles_is_told_when_the_public_text_changes(before: Any, after: Any, is_told: bool) -> None:
    fakes, heard = Fakes(), list[tuple[str, str]]()
    both: Any = [told(1, before, after), told(2, before, after)]
    listeners = [lambda id, slug: heard.append((id, slug))]
    Outbox(fakes, [], Edge(fakes, "D1"), fakes.announce, fakes.index, listeners).follow(both)  # type: ignore[arg-type]
    assert heard == ([("1", "hello")] if is_told else [])


def test_what_the_edge_can_not_take_yet_is_asked_again() -> None:
    class Busy(Fakes):
        def create_invalidation(self, DistributionId: str, InvalidationBatch: dict[str, Any]) -> None:
            super().create_invalidation(DistributionId, InvalidationBatch)
            if len(self.batches) < 3:
                raise refusal("TooManyInvalidationsInProgress")

    slept: list[float] = []
    fakes = Busy()
    Edge(fakes, "D1", slept.append).forget(["/feed"], "1")
    assert len({batch["CallerReference"] for batch in fakes.batches}) == 1
    assert len(fakes.batches) == 3 and sum(slept) > 0


# As the gateway calls it


@pytest.fixture
def blog(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("SITE_ADDRESS", SITE)
    return api


def test_an_answer_that_a_cache_may_keep(blog: Api) -> None:
    body = {"title": "Hello", "body": "Hello *you*", "status": "published", "tags": ["cats"]}
    added = blog.call("POST", "/blog/articles", who=AUTHOR, json=body)
    assert (added.status, added.headers["etag"]) == (201, '"1"')
    for path in ("/blog/articles", "/blog/articles/hello", "/blog/feed", "/blog/sitemap.xml", "/blog/read/hello"):
        first = blog.call("GET", path)
        assert (first.status, first.headers["cache-control"]) == (200, "public, max-age=0, s-maxage=300")
        assert blog.call("GET", path, headers={"If-None-Match": first.headers["etag"]}).status == 304
    seen = blog.call("GET", "/blog/articles/hello").headers["etag"]
    blog.call("POST", "/blog/articles", who=AUTHOR, json={**body, "title": "Newer"})
    beside = blog.call("GET", "/blog/articles/hello", headers={"If-None-Match": seen})
    assert (beside.status, beside.body["version"]) == (200, 1), "what stands beside it is part of the answer"
    changed = blog.call("PUT", "/blog/articles/hello", who=AUTHOR, headers={"If-Match": seen}, json=body)
    assert (changed.status, changed.headers["etag"]) == (200, '"2"'), "the version is the first part of it"
    blog.call("DELETE", "/blog/articles/hello", who=AUTHOR, headers={"If-Match": '"0"'}).problem(412)
    stale = blog.call("PUT", "/blog/articles/hello", who=AUTHOR, headers={"If-Match": seen}, json=body)
    assert stale.status == 412
    assert blog.call("PUT", "/blog/articles/hello", who=AUTHOR, json=body).status == 428
    assert blog.call("DELETE", "/blog/articles/hello", who=AUTHOR, version=1).status == 412
    assert blog.call("DELETE", "/blog/articles/hello", who=AUTHOR).status == 204
    assert blog.call("GET", "/blog/articles/hello").status == 404


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"title": " "}, ["/title"]),
        ({"title": "x" * 201, "body": 7}, ["/body", "/title"]),
        ({"status": "scheduled"}, ["/status"]),
        ({"tags": ["x"] * 11}, ["/tags"]),
        ({"tags": ["x" * 41, "a\nb"]}, ["/tags/0", "/tags/1"]),
        ({"photo": "../x"}, ["/photo"]),
        ({"publishAt": "tomorrow"}, ["/publishAt"]),
        ({"publishAt": "2026-02-30T00:00:00Z"}, ["/publishAt"]),
        ({"slug": "mine", "html": "<p>"}, ["/html", "/slug"]),
        ({"body": "a\x00b"}, ["/body"]),
    ],
)
def test_what_is_no_article(blog: Api, changes: dict[str, Any], pointers: list[str]) -> None:
    body = {"title": "Hello", "body": "Hello", "status": "published", **changes}
    answer = blog.call("POST", "/blog/articles", who=AUTHOR, json=body)
    assert (answer.status, sorted(answer.pointers)) == (422, pointers)


def test_what_is_said_about_it(blog: Api) -> None:
    comment = {"text": "<script>alert(1)</script>", "clientId": "c1"}
    assert blog.call("POST", "/blog/articles/hello/comments", who=BOB, json=comment).status == 404
    draft = {"title": "Hello", "body": "x", "status": "draft"}
    blog.call("POST", "/blog/articles", who=AUTHOR, json=draft)
    assert blog.call("GET", "/blog/articles/hello/comments").status == 404
    blog.call("PUT", "/blog/articles/hello", who=AUTHOR, version=1, json={**draft, "status": "published"})
    said = blog.call("POST", "/blog/articles/hello/comments", who=BOB, json=comment)
    again = blog.call("POST", "/blog/articles/hello/comments", who=BOB, json=comment)
    assert (said.status, again.status, said.body) == (201, 200, again.body)
    assert blog.call("GET", "/blog/articles/hello/comments").body["items"] == [said.body]
    place = f"/blog/articles/hello/comments/{said.body['id']}"
    assert blog.call("DELETE", place, who=claims("cleo")).status == 403
    assert blog.call("DELETE", place, who=AUTHOR).status == 204
    assert blog.call("DELETE", place, who=BOB).status == 404


def test_a_preview_is_what_the_page_will_be(blog: Api) -> None:
    answer = blog.call("POST", "/blog/preview", who=AUTHOR, json={"body": "# Hi\n\n<script>alert(1)</script>"})
    assert answer.body["html"] == "<h2>Hi</h2>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert blog.call("POST", "/blog/preview", who=BOB, json={"body": "x"}).status == 403
