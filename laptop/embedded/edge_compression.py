"""CloudFront compresses what a behavior lets it compress, as the viewer prefers and the cache policy allows."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import brotli
from ministack.services import cloudfront

from laptop.embedded.edge_cache import behavior_of_now, lifetimes
from laptop.embedded.patching import Function, patch

SMALLEST, LARGEST = 1_000, 10_000_000
STATUSES = (200, 403, 404)
KINDS = frozenset((
    "application/atom+xml",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/rss+xml",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/markdown",
    "text/plain",
    "text/xml",
))  # fmt: skip
_NEVER = re.compile(r";q=0(\.0*)?$")
Compress = Callable[[bytes], bytes]
WAYS: dict[str, tuple[str, Compress]] = {
    "br": ("EnableAcceptEncodingBrotli", lambda body: bytes(brotli.compress(body, quality=5))),
    "gzip": ("EnableAcceptEncodingGzip", lambda body: gzip.compress(body, 6, mtime=0)),
}


@patch(cloudfront, "_dataplane_behavior")
def with_compression(original: Function, element: Any, *rest: Any, **options: Any) -> Any:
    return {**original(element, *rest, **options), "compress": cloudfront._text(element, "Compress") == "true"}


@patch(cloudfront, "handle_viewer_request")
async def compressed(
    original: Function, dist: Any, method: str, path: str, uri: str, query: str, headers: dict[str, str], *rest: Any,
    **options: Any,
) -> Any:  # fmt: skip
    behavior_of_now.set(None)
    status, found, body = await original(dist, method, path, uri, query, headers, *rest, **options)
    way = _way(headers.get("accept-encoding", ""))
    if not way or status not in STATUSES or not _may_be(found, body):
        return status, found, body
    smaller = _once(way, body)
    changed = {"Content-Encoding": way, "Content-Length": str(len(smaller)), "Vary": _varying(found)}
    if "Etag" in found:
        changed["Etag"] = "W/" + found["Etag"].removeprefix("W/")
    return status, {**found, **changed}, smaller


def _way(accepted: str) -> str | None:
    behavior = behavior_of_now.get() or {}
    if not behavior.get("compress") or not lifetimes(behavior):
        return None
    params = cloudfront.cache_policy_params(behavior["cache_policy_id"]) or {}
    parts = accepted.lower().replace(" ", "").split(",")
    names = {part.partition(";")[0] for part in parts if not _NEVER.search(part)}
    return next((way for way, (allowed, _) in WAYS.items() if way in names and params.get(allowed)), None)


def _may_be(headers: dict[str, Any], body: bytes) -> bool:
    kind = str(headers.get("Content-Type", "")).partition(";")[0].strip()
    return kind in KINDS and "Content-Encoding" not in headers and SMALLEST <= len(body) <= LARGEST


def _varying(headers: dict[str, Any]) -> str:
    return ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))


@lru_cache(maxsize=200)
def _once(way: str, body: bytes) -> bytes:
    return WAYS[way][1](body)
