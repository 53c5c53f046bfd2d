"""The blog for clients without JSON: a feed, a sitemap, and a page without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

Article = dict[str, Any]

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTHING_YET = "1970-01-01T00:00:00.000Z"
_NAME = "Commonplace"
_MOST_BYTES = 4_000_000  # a function's answer has 6 MB at most, and quotes take room
_SAYS = "A commonplace book is where one person keeps everything worth keeping."


def feed(site: str, articles: list[Article]) -> str:
    """An Atom feed, RFC 4287."""
    updated = max((article["updatedAt"] for article in articles), default=_NOTHING_YET)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>{_NAME}</title><subtitle>{_SAYS}</subtitle><id>{_xml(site)}/feed</id><updated>{updated}</updated>"
        f'<link rel="self" type="application/atom+xml" href="{_xml(site)}/feed"/>'
        f'<link rel="alternate" type="text/html" href="{_xml(site)}/#/blog"/><icon>{_xml(site)}/favicon.svg</icon>'
        + "".join(_fitting(_entry(site, article) for article in articles))
        + "</feed>\n"
    )


def _fitting(entries: Iterable[str]) -> Iterator[str]:
    """The newest, as many as fit into one answer."""
    room = _MOST_BYTES
    for entry in entries:
        room -= len(entry.encode())
        if room < 0:
            return
        yield entry


def _entry(site: str, article: Article) -> str:
    address = _xml(address_of(site, article["slug"]))
    tags = "".join(f'<category term="{_xml(tag)}"/>' for tag in article["tags"])
    summary = f"<summary>{_xml(article['summary'])}</summary>" if article["summary"] else ""
    return (
        f"<entry><title>{_xml(article['title'])}</title><id>{address}</id>"
        f'<link rel="alternate" type="text/html" href="{address}"/>'
        f"<published>{article['publishedAt']}</published><updated>{article['updatedAt']}</updated>"
        f"<author><name>{_xml(article['author']['name'])}</name></author>{tags}{summary}"
        f'<content type="html" xml:base="{address}">{_xml(article["html"])}</content></entry>'
    )


def sitemap(site: str, articles: Iterable[Article]) -> str:
    pages = "".join(
        f"<url><loc>{_xml(address_of(site, article['slug']))}</loc><lastmod>{article['updatedAt']}</lastmod></url>"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>{_xml(site)}/</loc></url>{pages}</urlset>\n"
    )


def page(site: str, article: Article) -> str:
    """The whole article for shared links: no script, and only resources from the site itself."""
    address, title = address_of(site, article["slug"]), html.escape(article["title"])
    policy = (
        f"default-src 'none'; style-src {site}; img-src {site}; font-src {site}; base-uri 'none'; form-action 'none'"
    )
    styles = "".join(_style(site, name) for name in ("core/tokens", "core/base", "core/shell", "articles/articles"))
    print_style = f'<link rel="stylesheet" media="print" href="{html.escape(site)}/core/print.css">'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {_NAME}</title>
<meta name="color-scheme" content="light dark">
<meta name="author" content="{html.escape(article["author"]["name"])}">
{_shared(address, article)}
<link rel="canonical" href="{html.escape(address)}">
<link rel="alternate" type="application/atom+xml" title="{_NAME}" href="{html.escape(site)}/feed">
<link rel="icon" href="{html.escape(site)}/favicon.svg" type="image/svg+xml">
{styles}{print_style}
</head>
<body>
<header class="top"><div class="top-inner"><a class="brand" href="{html.escape(site)}/">
<img src="{html.escape(site)}/favicon.svg" alt="" width="30" height="30"><span>{_NAME}</span></a>
<nav class="nav" aria-label="Main"><ul><li><a href="{html.escape(site)}/#/blog">Blog</a></li></ul></nav></div></header>
<main id="main"><article class="article">
<header class="article-head"><h1>{title}</h1>
<p class="byline">{html.escape(article["author"]["name"])} ·
<time datetime="{article["publishedAt"]}">{_day(article["publishedAt"])}</time></p>
{_cover(article)}</header>
<div class="prose">{article["html"]}</div>
{_tags(site, article)}
<p class="open-here"><a class="button quiet" href="{html.escape(site)}/#/blog/{quote(article["slug"])}"
>Comment on it in {_NAME}</a></p>
</article>
{_beside(site, article)}</main>
<footer class="foot"><p>{_SAYS}</p> <p><a href="{html.escape(site)}/feed">Feed</a></p></footer>
</body>
</html>
"""


def address_of(site: str, slug: str) -> str:
    return f"{site}/read/{quote(slug)}"


def _style(site: str, name: str) -> str:
    return f'<link rel="stylesheet" href="{html.escape(site)}/{name}.css">\n'


def _shared(address: str, article: Article) -> str:
    """What others show for a link to it: Open Graph and a plain description."""
    facts = [
        ("og:type", "article"),
        ("og:site_name", _NAME),
        ("og:title", article["title"]),
        *((("og:description", article["summary"]),) if article["summary"] else ()),
        ("og:url", address),
        ("article:published_time", article["publishedAt"]),
        ("article:modified_time", article["updatedAt"]),
        *(("article:tag", tag) for tag in article["tags"]),
    ]
    if picture := article["picture"]:
        largest = picture["sizes"][-1]
        facts += [("og:image", largest["jpeg"]), ("og:image:alt", picture["alt"])]
        facts += [("og:image:width", str(largest["width"])), ("og:image:height", str(largest["height"]))]
    named = [f'<meta name="description" content="{html.escape(article["summary"])}">'] if article["summary"] else []
    card = f'<meta name="twitter:card" content="{"summary_large_image" if article["picture"] else "summary"}">'
    properties = (f'<meta property="{name}" content="{html.escape(value)}">' for name, value in facts)
    return "\n".join([*named, card, *properties])


def _cover(article: Article) -> str:
    if not (picture := article["picture"]):
        return ""
    largest = picture["sizes"][-1]
    sources = ", ".join(f"{size['url']} {size['width']}w" for size in picture["sizes"])
    return (
        f'<img class="cover" src="{html.escape(largest["jpeg"])}" srcset="{html.escape(sources)}" '
        f'sizes="(min-width: 48rem) 44rem, 100vw" width="{largest["width"]}" height="{largest["height"]}" '
        f'alt="{html.escape(picture["alt"])}">'
    )


def _tags(site: str, article: Article) -> str:
    links = (
        f'<li><a class="tag" href="{html.escape(site)}/#/blog?tag={quote(tag)}">{html.escape(tag)}</a></li>'
        for tag in article["tags"]
    )
    return f'<ul class="tags inline-list" aria-label="Tags">{"".join(links)}</ul>' if article["tags"] else ""


def _beside(site: str, article: Article) -> str:
    links = "".join(
        f'<a class="beside-{kind}" rel="{rel}" href="{html.escape(address_of(site, other["slug"]))}">'
        f"<span>{says}</span> {html.escape(other['title'])}</a>"
        for kind, rel, says in (("previous", "prev", "Earlier"), ("next", "next", "Later"))
        if (other := article[kind])
    )
    return f'<nav class="beside" aria-label="More articles">{links}</nav>' if links else ""


def _day(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y}"


def _xml(text: str) -> str:
    return html.escape(_NO_XML.sub("", text))
