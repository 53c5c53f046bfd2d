"""Markdown as safe HTML: rendered by mistune, filtered by nh3's allowlist.

This is the only renderer: pages, feed and preview all show its output. Importing this module loads the libraries,
so only writing an article imports it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import mistune
import nh3
from mistune.helpers import BLOCK_TAGS, PRE_TAGS
from mistune.plugins import import_plugin
from mistune.util import escape, striptags

from chalicelib.articles.articles import Rendered
from chalicelib.core.errors import InvalidError

_PHOTO = re.compile(r"\bphoto:([0-9A-Z]{26})\b")
_TEASER = 200
# Limits on what makes the renderer slow; real texts stay far below them.
MOST_BLANKS = 500
MOST_MARKS = 1000
MOST_PAGE = 1_000_000
_BLANKS = re.compile(r"[^\S\n]{2,}")
_MARKS = re.compile(r"[*_]+|`+|~+|[\[\]<]")
_TAG = re.compile(r"<(?:/?[A-Za-z]|[!?])[^<>]*+>")
_TOO_LONG = "would make a page of more than a million characters"
_IMAGE = {"src", "srcset", "sizes", "width", "height", "alt", "loading"}
_PLAIN = "blockquote br code del em h2 h3 h4 h5 h6 hr li p pre strong table tbody td thead tr ul"
_ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in _PLAIN.split()},
    "a": {"href", "title"},
    "img": _IMAGE,
    "ol": {"start"},
    "th": set(),
}
_SCHEMES = {"http", "https", "mailto"}
# An image is at most as wide as the text.
_SIZES = "(min-width: 48rem) 44rem, 100vw"

Photos = Mapping[str, dict[str, Any]]


def photos_in(text: str) -> set[str]:
    """The photos that a text refers to as `![](photo:<id>)`."""
    return set(_PHOTO.findall(text))


def rendered(text: str, photos: Photos) -> Rendered:
    """The HTML, with the given photos (those that are ready) by id."""
    if any(len(blanks) > MOST_BLANKS for blanks in _BLANKS.findall(text)):
        raise TangledError(f"has more than {MOST_BLANKS} spaces in a row")
    plugins = [import_plugin(name) for name in ("strikethrough", "table", "url")]
    page = str(mistune.Markdown(_Renderer(photos), _Block(), _Inline(), plugins)(text))
    if len(page) > MOST_PAGE:
        raise TangledError(_TOO_LONG)
    clean = nh3.clean(
        _below_the_title(page),
        tags=set(_ALLOWED),
        attributes=_ALLOWED,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Rendered(clean.strip(), _teaser(clean))


def _below_the_title(page: str) -> str:
    """The page's title is the top heading, so the text's headings start one level below."""
    down = 2 - min(map(int, re.findall("<h([1-6])>", page)), default=2)
    return re.sub("(</?h)([1-6])>", lambda mark: f"{mark[1]}{min(int(mark[2]) + down, 6)}>", page)


class TangledError(InvalidError):
    """A text nobody writes, on which the renderer would take quadratic time."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"The text {detail}.", [{"pointer": "/body", "detail": detail}])


class _Block(mistune.BlockParser):
    """HTML is shown as written, so there is no need to know whether a tag's attributes are well-formed.

    mistune checks that with patterns whose time doubles with each attribute.
    """

    def parse_raw_html(self, m: re.Match[str], state: mistune.BlockState) -> int | None:
        """A block begins with a known tag or a comment; anything else that looks like a tag is text."""
        name = m[0].strip().removeprefix("<").removeprefix("/").lower()
        is_known = name.startswith(("!", "?")) or name in BLOCK_TAGS or name in PRE_TAGS
        return super().parse_raw_html(m, state) if is_known else state.append_paragraph()


class _Inline(mistune.InlineParser):
    """Marks are matched within a paragraph, a heading or a cell."""

    def parse_inline_html(self, m: re.Match[str], state: mistune.InlineState) -> int | None:
        tag = _TAG.match(state.src, m.start())
        if tag:
            self.process_text(tag[0], state, parse_emphasis=False)
        return tag and tag.end()

    def parse(self, state: mistune.InlineState) -> list[dict[str, Any]]:
        if len(_MARKS.findall(state.src)) > MOST_MARKS:
            raise TangledError(f"has a paragraph with more than {MOST_MARKS} marks such as * or [: split it")
        return super().parse(state)


class _Renderer(mistune.HTMLRenderer):
    """HTML in the text is shown as written."""

    def __init__(self, photos: Photos) -> None:
        super().__init__(escape=True)
        self._photos = photos
        self._room = MOST_PAGE

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A text may define an address once and refer to it a thousand times."""
        self._room -= len(url) + len(title or "")
        if self._room < 0:
            raise TangledError(_TOO_LONG)
        return super().link(text, url, title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """One of our photos; other images become links, so that nobody else learns who reads the page."""
        if not url.startswith("photo:"):
            return self.link(text or escape(url), url, title)
        photo, said = self._photos.get(url.removeprefix("photo:")), striptags(text)
        return _picture(photo, html.unescape(said) or photo["alt"]) if photo else said


def _picture(photo: dict[str, Any], alt: str) -> str:
    sizes = photo["sizes"]
    values = {
        "src": sizes[len(sizes) // 2]["jpeg"],
        "srcset": ", ".join(f"{size['url']} {size['width']}w" for size in sizes),
        "sizes": _SIZES,
        "width": sizes[-1]["width"],
        "height": sizes[-1]["height"],
        "alt": alt,
        "loading": "lazy",
    }
    return "<img " + " ".join(f'{name}="{html.escape(str(value))}"' for name, value in values.items()) + ">"


def _teaser(page: str) -> str:
    """The first words, for lists and shared links."""
    prose = re.sub(r"<(pre|table|h\d)>.*?</\1>", " ", page, flags=re.DOTALL)
    plain = re.sub("</?(a|code|del|em|strong)[^>]*>", "", prose)
    listed = re.sub(r"(?<=[\w)])\s*</li>\s*(?=<li>)", "; ", plain)
    text = " ".join(html.unescape(re.sub("<[^>]*>", " ", listed)).split())
    if len(text) <= _TEASER:
        return text
    return (text[:_TEASER].rpartition(" ")[0] or text[:_TEASER]).rstrip(" ,;:–—-") + "…"
