"""Markdown as HTML that is safe to show: rendered by mistune, then let through nh3's list of what is allowed.

The one renderer there is: the reading pages, the feed and the editor's preview all show what it made. The libraries
are loaded with this module: only who writes an article imports it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import mistune
import nh3
from mistune.util import escape, striptags

from chalicelib.blog.articles import Rendered

_PHOTO = re.compile(r"\bphoto:([0-9A-Z]{26})\b")
_TEASER = 200
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
# An image takes the width of the text at most.
_SIZES = "(min-width: 48rem) 44rem, 100vw"

Photos = Mapping[str, dict[str, Any]]


def photos_in(text: str) -> set[str]:
    """The photos that a text asks for by `![](photo:<id>)`."""
    return set(_PHOTO.findall(text))


def rendered(text: str, photos: Photos) -> Rendered:
    """With the photos that are ready, by their ids."""
    page = mistune.create_markdown(renderer=_Renderer(photos), plugins=["strikethrough", "table", "url"])(text)
    clean = nh3.clean(
        _below_the_title(str(page)),
        tags=set(_ALLOWED),
        attributes=_ALLOWED,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Rendered(clean.strip(), _teaser(clean))


def _below_the_title(page: str) -> str:
    """The page has its title already: the largest heading of the text becomes the next one below it."""
    down = 2 - min(map(int, re.findall("<h([1-6])>", page)), default=2)
    return re.sub("(</?h)([1-6])>", lambda mark: f"{mark[1]}{min(int(mark[2]) + down, 6)}>", page)


class _Renderer(mistune.HTMLRenderer):
    """HTML in the text is shown as it is written."""

    def __init__(self, photos: Photos) -> None:
        super().__init__(escape=True)
        self._photos = photos

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A photo of ours; whatever lies elsewhere is a link, so that nobody else learns who reads."""
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
    """The first words, for lists and for shared links."""
    prose = re.sub(r"<(pre|table|h\d)>.*?</\1>", " ", page, flags=re.DOTALL)
    text = " ".join(html.unescape(re.sub("<[^>]*>", " ", re.sub("</?(a|code|del|em|strong)[^>]*>", "", prose))).split())
    if len(text) <= _TEASER:
        return text
    return (text[:_TEASER].rpartition(" ")[0] or text[:_TEASER]).rstrip(" ,;:–—-") + "…"
