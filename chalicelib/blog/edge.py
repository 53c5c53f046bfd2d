"""What the edge keeps of the blog, and has to forget when an article changes: the exact addresses, and no others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.blog.articles import Article, Articles, is_published
from chalicelib.blog.comments import Comments
from chalicelib.core.items import plain

_LISTS = ("/api/blog/articles", "/api/blog/articles?*", "/api/blog/feed", "/api/blog/sitemap.xml")
_DOCUMENTS = ("/feed", "/sitemap.xml")
# What its neighbours show of an article.
_NAMED = ("title", "shelvedAt", "shelf")

Record = dict[str, Any]


@dataclass(frozen=True)
class Edge:
    cloudfront: Any
    distribution: str

    def forget(self, paths: Iterable[str], occasion: str) -> None:
        """The same paths for the same occasion are one invalidation, however often they are asked for."""
        items = sorted(set(paths))
        if not items:
            return
        reference = hashlib.sha256("\n".join([occasion, *items]).encode()).hexdigest()[:40]
        batch = {"Paths": {"Quantity": len(items), "Items": items}, "CallerReference": reference}
        self.cloudfront.create_invalidation(DistributionId=self.distribution, InvalidationBatch=batch)


@dataclass(frozen=True)
class Outbox:
    """What follows from changes of articles: a batch of records asks the edge once."""

    articles: Articles
    comments: Comments
    edge: Edge

    def follow(self, records: list[Record]) -> None:
        changes = [_images(record) for record in records]
        for before, after in changes:
            if before and not after and before["part"] == "article":
                self.comments.remove_all(before["id"])
        paths = {path for before, after in changes for path in self._paths(before, after)}
        self.edge.forget(paths, ",".join(record["dynamodb"]["SequenceNumber"] for record in records))

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


def batched(records: list[Record]) -> list[tuple[str, list[Record]]]:
    """One piece of work under the number of its first record: if it fails, all of it comes again."""
    return [(records[0]["dynamodb"]["SequenceNumber"], records)] if records else []


def _images(record: Record) -> tuple[Article, Article]:
    change = record["dynamodb"]
    return plain(change.get("OldImage") or {}), plain(change.get("NewImage") or {})


def _address(slug: str) -> str:
    return f"/api/blog/articles/{slug}"


def _pages_of(slug: str) -> set[str]:
    return {_address(slug), f"/api/blog/read/{slug}", f"/read/{slug}"}
