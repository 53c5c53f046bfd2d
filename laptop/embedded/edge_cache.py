"""CloudFront caches what its origins allow, until it expires or an invalidation names it."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from ministack.services import cloudfront

from laptop.embedded.patching import Function, patch

MOST = 200
LARGEST = 1_000_000
MOST_PATTERNS, MOST_FILES = 15, 3_000  # that may be invalidated at once
IN_PROGRESS = 2.0
CONDITIONS = ("if-none-match", "if-modified-since")
NEVER_KEPT = {"no-cache", "no-store", "private"}
Headers = dict[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """A whole answer, who requested it first, and from when to when it is valid."""

    path: str  # with its query, as an invalidation names it
    headers: Headers
    body: bytes
    since: float
    until: float

    @property
    def tag(self) -> str:
        return str(_header(self.headers, "etag") or "")


_kept: OrderedDict[Key, Kept] = OrderedDict()
_invalidations: dict[str, int] = {}  # number of invalidations per distribution
_running: dict[str, list[tuple[float, bool]]] = {}  # when each path was named, and whether it is a pattern
behavior_of_now: ContextVar[dict[str, Any] | None] = ContextVar("behavior_of_now", default=None)
_mark: ContextVar[str] = ContextVar("mark", default="")


@patch(cloudfront, "_forwarding_predicates")
def note_behavior(original: Function, behavior: dict[str, Any]) -> Any:
    behavior_of_now.set(behavior)
    _mark.set("")
    return original(behavior)


@patch(cloudfront, "_add_cloudfront_headers")
def say_whether_kept(original: Function, headers: Headers, x_cache: str, *rest: Any, **options: Any) -> Any:
    mark = _mark.get() if x_cache.startswith("Miss") else ""
    return original(headers, mark or x_cache, *rest, **options)


@patch(cloudfront, "_fetch_from_origin")
async def from_the_cache(
    original: Function, origin: Any, method: str, uri: str, query: str, headers: Headers, *rest: Any
) -> Any:
    """`headers` and `query` are what the behavior lets through: all that an answer can depend on."""
    distribution, limits = rest[-1], lifetimes(behavior_of_now.get() or {})
    if method != "GET" or not limits or "range" in headers:
        return await original(origin, method, uri, query, headers, *rest)
    asked = {name: value for name, value in headers.items() if name not in CONDITIONS}
    key = (distribution, origin["id"], uri, query, *(f"{name}:{asked[name]}" for name in sorted(asked)))
    kept, now = _kept.get(key), time.time()
    if kept and now < kept.until:
        _mark.set("Hit from cloudfront")
        return _answer(kept, headers, now)
    known = _invalidations.get(distribution, 0)
    again = {"if-none-match": kept.tag} if kept and kept.tag else {}
    answer = await original(origin, method, uri, query, {**asked, **again}, *rest)
    fresh = _taken(kept, answer, uri + (f"?{query}" if query else ""), now, limits)
    if not fresh:
        return answer
    if fresh.until > now and _invalidations.get(distribution, 0) == known:  # else it may be what was to be forgotten
        _keep(key, fresh)
    return _answer(fresh, headers, now)


def _taken(kept: Kept | None, answer: Any, path: str, now: float, limits: tuple[float, float]) -> Kept | None:
    """The origin's answer, or the cached one if still valid; refusals are not cached."""
    status, _, found, body = answer
    headers = {name.lower(): value for name, value in found.items()}
    until = now + _seconds(headers, *limits)
    if status == 304 and kept:
        _mark.set("RefreshHit from cloudfront")
        return replace(kept, since=now, until=until)
    return Kept(path, headers, body, now, until) if status == 200 else None


@patch(cloudfront, "_create_invalidation")
def forget(original: Function, distribution: str, body: Any) -> Any:
    if _has_too_many(distribution, body):
        return cloudfront._error("TooManyInvalidationsInProgress", "Processing your request will exceed a limit", 400)
    before = len(cloudfront._invalidations.get(distribution, []))
    answer = original(distribution, body)
    made = cloudfront._invalidations.get(distribution, [])[before:]
    for invalidation in made:
        arn = cloudfront._distributions[distribution]["ARN"]
        _invalidations[arn] = _invalidations.get(arn, 0) + 1
        patterns = [_pattern(path) for path in invalidation["InvalidationBatch"]["Paths"]["Items"]]
        for key, kept in list(_kept.items()):
            if key[0] == arn and any(pattern.fullmatch(kept.path) for pattern in patterns):
                del _kept[key]
    return answer


def _has_too_many(distribution: str, body: Any) -> bool:
    """As many as may be in progress at once: on AWS one takes a while, here it is done at once and counts as if."""
    batch = cloudfront._parse_body(body)
    known = cloudfront._invalidations.get(distribution, [])
    repeated = {one["InvalidationBatch"]["CallerReference"] for one in known}
    if batch is None or cloudfront._text(batch, "CallerReference") in repeated:
        return False
    paths = [one.text for one in batch.iter() if one.tag.endswith("Path") and one.text]
    now, counts = time.monotonic(), {True: MOST_PATTERNS, False: MOST_FILES}
    running = [one for one in _running.get(distribution, []) if one[0] > now - IN_PROGRESS]
    running += [(now, path.endswith("*")) for path in paths]
    if any(sum(kind == is_pattern for _, kind in running) > most for is_pattern, most in counts.items()):
        return True
    _running[distribution] = running
    return False


def _keep(key: Key, kept: Kept) -> None:
    if len(kept.body) > LARGEST:
        return
    _kept[key] = kept
    _kept.move_to_end(key)
    while len(_kept) > MOST:
        _kept.popitem(last=False)


def _answer(kept: Kept, asked: Headers, now: float) -> Any:
    headers = {**kept.headers, "age": str(int(now - kept.since))}
    known = re.findall(r'"[^"]*"', str(asked.get("if-none-match") or ""))
    if kept.tag and kept.tag.removeprefix("W/") in known:
        bare = {name: value for name, value in headers.items() if name not in ("content-length", "content-type")}
        return 304, "Not Modified", bare, b""
    return 200, "OK", headers, kept.body


def lifetimes(behavior: dict[str, Any]) -> tuple[float, float] | None:
    """How long answers without their own lifetime are kept, and the maximum; None if nothing may be."""
    id = behavior.get("cache_policy_id")
    policy = cloudfront._cache_policies.get(id) or cloudfront._MANAGED_CACHE_POLICIES.get(id)
    if not policy or float(policy["Config"].get("MaxTTL") or 0) == 0:
        return None
    return float(policy["Config"].get("DefaultTTL") or 0), float(policy["Config"]["MaxTTL"])


def _seconds(headers: Headers, usual: float, most: float) -> float:
    said = [part.strip().lower() for part in str(headers.get("cache-control") or "").split(",")]
    if NEVER_KEPT & {part.partition("=")[0] for part in said} or "set-cookie" in headers:
        return 0
    ages = dict(part.split("=", 1) for part in said if re.fullmatch(r"(s-maxage|max-age)=\d+", part))
    return min(float(ages.get("s-maxage") or ages.get("max-age") or usual), most)


def _pattern(path: str) -> re.Pattern[str]:
    """A star at the end matches anything; elsewhere it is literal, as a question mark is."""
    path = "/" + path.lstrip("/")
    return re.compile(re.escape(path[:-1]) + ".*" if path.endswith("*") else re.escape(path), re.DOTALL)


def _header(headers: Headers, name: str) -> Any:
    return next((value for key, value in headers.items() if key.lower() == name), None)
