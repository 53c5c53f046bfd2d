"""What follows from changed articles: which exact paths the edge must forget, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chalicelib.articles.articles import ARTICLE, Article, Articles, is_published
from chalicelib.core.edge import Edge
from chalicelib.core.streams import Change

_LISTS = ("/api/blog/articles", "/api/blog/articles?*", "/api/blog/feed", "/api/blog/sitemap.xml")
_DOCUMENTS = ("/feed", "/sitemap.xml")
_NEWS = ("id", "slug")
_READ = ("title", "html")
# What neighbouring pages show of an article.
_NAMED = ("title", "shelvedAt", "shelf")

Batch = list[tuple[str, Change[Article]]]  # each change with its record number


@dataclass(frozen=True)
class Outbox:
    """Handles changed articles: one invalidation per batch of records."""

    articles: Articles
    farewells: Iterable[Callable[[str], None]]  # called for what belongs to a deleted article
    edge: Edge
    announce: Callable[[dict[str, str]], None]  # called for each newly published article, possibly twice
    index: Callable[[str], None]  # called for each article that changed
    listeners: Iterable[Callable[[str, str], None]] = ()  # called for each whose public text came, changed or went

    def follow(self, batch: Batch) -> None:
        images = [(change.before or {}, change.after or {}) for _, change in batch]
        for before, after in images:
            if before and not after and before["part"] == "article":
                for farewell in self.farewells:
                    farewell(before["id"])
        paths = {path for before, after in images for path in self._paths(before, after)}
        self.edge.forget(paths, ",".join(number for number, _ in batch))
        for before, after in images:
            if is_published(after) and not is_published(before):
                self.announce({name: after[name] for name in _NEWS})
        for slug in {image["slug"] for both in images for image in both if image.get("part") == ARTICLE}:
            self.index(slug)
        for id, slug in dict.fromkeys(told for before, after in images for told in _told_anew(before, after)):
            for listener in self.listeners:
                listener(id, slug)

    def _paths(self, before: Article, after: Article) -> set[str]:
        seen = [image for image in (before, after) if is_published(image)]
        if not seen:
            return set()
        paths = {*_LISTS, *_DOCUMENTS, *_pages_of(seen[0]["slug"])}
        if not is_published(after):
            paths |= {f"{_address(before['slug'])}/comments", f"{_address(before['slug'])}/comments?*"}
        if any(before.get(name) != after.get(name) for name in _NAMED):
            beside = (neighbour for image in seen for neighbour in self.articles.neighbours(image) if neighbour)
            paths |= {path for neighbour in beside for path in _pages_of(neighbour["slug"])}
        return paths


def _told_anew(before: Article, after: Article) -> list[tuple[str, str]]:
    """The article, if what everyone reads of it is not what it was."""
    texts = [[image.get(name) for name in _READ] if is_published(image) else None for image in (before, after)]
    image = after or before
    return [(image["id"], image["slug"])] if texts[0] != texts[1] else []


def _address(slug: str) -> str:
    return f"/api/blog/articles/{slug}"


def _pages_of(slug: str) -> set[str]:
    return {_address(slug), f"/api/blog/read/{slug}", f"/read/{slug}"}
