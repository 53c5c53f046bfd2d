"""The blog's articles: drafts, what waits for its time, and what everybody reads.

An article is one item, found by its slug. For each of its tags a small item lies beside it, so that a list of a tag is
one query, as the list of all is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from chalicelib.blog.slugs import candidates, is_slug
from chalicelib.core import aws
from chalicelib.core.directory import Directory
from chalicelib.core.errors import ConflictError, FieldError, InvalidError, NotFoundError, StaleError, TooLargeError
from chalicelib.core.ids import as_time, new_id
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import every, read_all

Article = dict[str, Any]

ARTICLE = "article"  # the part of an item that is the article itself
PUBLISHED, DRAFTS, SCHEDULED = "published", "drafts", "scheduled"
_MOST_BYTES = 380_000  # DynamoDB takes 400 KB an item
_TRIES = 5
_PAUSE_SECONDS = 0.03
_REFUSED = "ConditionalCheckFailed"
_LISTED = ("id", "version", "title", "summary", "tags", "photo", "status", "publishAt", "publishedAt", "updatedAt")
_SHOWN = (*_LISTED, "body", "html", "createdAt")


class Rendered(NamedTuple):
    """A text as a page shows it, and its first words."""

    html: str
    summary: str


class Photos(Protocol):
    def ready(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]: ...


class ArticleNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such article.")


class ArticleChangedError(StaleError):
    def __init__(self) -> None:
        super().__init__("The article has changed since you saw it.")


class SlugTakenError(Exception):
    """Another article has it: the next one is tried."""


@dataclass(frozen=True)
class Articles:
    dynamodb: Any
    table: str
    directory: Directory
    photos: Photos
    rendered: Callable[[str], Rendered]
    sleep: Callable[[float], None] = time.sleep

    def published(self, tag: str | None, turn: Turn) -> Page:
        """Newest first."""
        return self._page(_tag_key(tag) if tag is not None else PUBLISHED, turn)

    def drafts(self, turn: Turn) -> Page:
        """What is not there for all (yet), latest change first."""
        return self._page(DRAFTS, turn)

    def read(self, slug: str) -> Article:
        """A published one, with the one before it and the one after it."""
        article = self._stored(slug)
        if not is_published(article):
            raise ArticleNotFoundError()
        older, newer = self.neighbours(article)
        return {**self._shown(article), "previous": _named(older), "next": _named(newer)}

    def id_of_published(self, slug: str) -> str:
        article = self._stored(slug)
        if not is_published(article):
            raise ArticleNotFoundError()
        return str(article["id"])

    def draft(self, slug: str) -> Article:
        """Whatever its status."""
        return self._shown(self._stored(slug))

    def newest(self, count: int) -> list[Article]:
        """Whole, for a feed."""
        found = list(islice(self._shelf(PUBLISHED, count), count))
        rows = read_all(self.dynamodb, self.table, [_key(one["slug"]) for one in found])
        by_slug = {row["slug"]: self._shown(row) for row in rows if is_published(row)}
        return [by_slug[one["slug"]] for one in found if one["slug"] in by_slug]

    def all_published(self, most: int) -> Iterator[Article]:
        """The newest so many, as lists know them."""
        return islice(self._shelf(PUBLISHED, most), most)

    def add(self, body: Article, person: str, seconds: float) -> tuple[Article, bool]:
        """The article, and whether it is new: what has the same client id is the same article."""
        at = as_time(seconds)
        client_id = {"clientId": body["clientId"]} if "clientId" in body else {}
        first = {"id": new_id(), "version": 1, "person": person, "createdAt": at, **client_id}
        article = self._composed(first, body, at)
        for slug in candidates(article["title"]):
            try:
                self._write([self._put({**article, "slug": slug}, None), *self._tags_put({**article, "slug": slug})])
                return self._shown({**article, "slug": slug}), True
            except SlugTakenError:
                there = self._found(slug)
                if client_id and there and _same_sender(there, article):
                    return self._shown(there), False
        raise AssertionError("there is always another slug")

    def change(self, slug: str, body: Article, version: int, seconds: float) -> Article:
        before = self._stored(slug)
        if before["version"] != version:
            raise StaleError(f"The article has changed since: it is at version {before['version']} now.")
        after = self._composed({**before, "version": version + 1}, body, as_time(seconds))
        self._replace(before, after)
        return self._shown(after)

    def remove(self, slug: str, version: int) -> None:
        """Version 0: whichever it is by now."""
        article = self._stored(slug)
        if version and article["version"] != version:
            raise StaleError(f"The article has changed since: it is at version {article['version']} now.")
        for _ in range(_TRIES):
            try:
                return self._write([self._delete(article), *map(self._tag_delete, _tag_keys(article))])
            except StaleError:
                if version:
                    raise
                article = self._stored(slug)
        raise ConflictError("Somebody else is changing the article at this moment: try again.")

    def publish_due(self, seconds: float) -> int:
        """All that was to be there by now. Whoever comes second finds it done."""
        at = as_time(seconds)
        due = every(
            self.dynamodb,
            TableName=self.table,
            IndexName="by-due",
            KeyConditionExpression="waiting = :waiting AND publishAt <= :at",
            ExpressionAttributeValues=typed({":waiting": SCHEDULED, ":at": at}),
        )
        return sum(self._publish(one["slug"], at) for one in due)

    def erase(self, person: str) -> None:
        written = every(
            self.dynamodb,
            TableName=self.table,
            IndexName="by-person",
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues=typed({":person": person}),
        )
        for one in written:
            if one["part"] == ARTICLE and (article := self._found(one["slug"])) and article["person"] == person:
                self.remove(one["slug"], 0)

    def neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """What was published just before it and just after it."""
        older = next(self._shelf(PUBLISHED, 1, before=article["shelvedAt"]), None)
        newer = next(self._shelf(PUBLISHED, 1, after=article["shelvedAt"]), None)
        return older, newer

    def _publish(self, slug: str, at: str) -> bool:
        article = self._found(slug)
        if not article or article.get("waiting") != SCHEDULED or article["publishAt"] > at:
            return False  # the index says what was
        published = {**article, "version": article["version"] + 1, "publishedAt": article["publishAt"], "updatedAt": at}
        try:
            self._replace(article, _shelved(published))
        except StaleError:
            return False
        return True

    def _composed(self, before: Article, body: Article, at: str) -> Article:
        """As it will be stored: what was given, what it is as a page, and when it is to be seen."""
        text, title = body["body"], " ".join(body["title"].split())
        if body["status"] == PUBLISHED and not text.strip():
            missing: FieldError = {"pointer": "/body", "detail": "is required"}
            raise InvalidError("An article without text stays a draft.", [missing])
        page = self.rendered(text)
        article = {
            **before,
            "part": ARTICLE,
            "title": title,
            "body": text,
            "html": page.html,
            "summary": page.summary,
            "tags": tidy_tags(body.get("tags", [])),
            "photo": body.get("photo"),
            "updatedAt": at,
            **_timing(body, before.get("publishedAt"), at),
        }
        if len(f"{text}{page.html}".encode()) > _MOST_BYTES:
            raise TooLargeError("The article is too long to be kept as one: make two of it.")
        return _shelved(article)

    def _page(self, shelf: str, turn: Turn) -> Page:
        of = ["articles", shelf]
        start = position(of, turn.after, (str,))
        found = list(islice(self._shelf(shelf, turn.limit + 1, before=start[0] if start else ""), turn.limit + 1))
        page = found[: turn.limit]
        last = cursor(of, [page[-1]["shelvedAt"]]) if len(found) > turn.limit else None
        return {"items": self._listed(page), "next": last}

    def _listed(self, rows: list[Article]) -> list[Article]:
        people = self.directory.people(row["person"] for row in rows)
        photos = self._photos_of(rows)
        return [{**_told(row, _LISTED), **_with(row, people, photos)} for row in rows]

    def _shown(self, row: Article) -> Article:
        people = self.directory.people([row["person"]])
        return {**_told(row, _SHOWN), **_with(row, people, self._photos_of([row]))}

    def _photos_of(self, rows: list[Article]) -> dict[str, Article]:
        asked = {row["photo"] for row in rows if row.get("photo")}
        return self.photos.ready(asked) if asked else {}

    def _shelf(self, shelf: str, limit: int, before: str = "", after: str = "") -> Iterator[Article]:
        """Newest first; after something, what is next to it first."""
        query: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "by-shelf",
            "KeyConditionExpression": "shelf = :shelf",
            "ExpressionAttributeValues": typed({":shelf": shelf}),
            "ScanIndexForward": bool(after),
            "Limit": limit,
        }
        if before or after:
            query["KeyConditionExpression"] += " AND shelvedAt > :bound" if after else " AND shelvedAt < :bound"
            query["ExpressionAttributeValues"][":bound"] = {"S": after or before}
        return every(self.dynamodb, **query)

    def _stored(self, slug: str) -> Article:
        article = self._found(slug)
        if not article:
            raise ArticleNotFoundError()
        return article

    def _found(self, slug: str) -> Article | None:
        if not is_slug(slug):
            return None
        item = self.dynamodb.get_item(TableName=self.table, Key=_key(slug), ConsistentRead=True).get("Item")
        return plain(item) if item else None

    def _replace(self, before: Article, after: Article) -> None:
        gone = [tag for tag in _tag_keys(before) if tag not in _tag_keys(after)]
        self._write([self._put(after, before["version"]), *self._tags_put(after), *map(self._tag_delete, gone)])

    def _put(self, article: Article, version: int | None) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self.table, "Item": typed(article)}
        condition = _at_version(version) if version else {"ConditionExpression": "attribute_not_exists(slug)"}
        return {"Put": {**put, **condition}}

    def _tags_put(self, article: Article) -> list[dict[str, Any]]:
        kept = {name: article[name] for name in (*_LISTED, "slug", "shelvedAt", "person") if name in article}
        rows = [{**kept, "part": tag, "shelf": tag} for _, tag in _tag_keys(article)]
        return [{"Put": {"TableName": self.table, "Item": typed(row)}} for row in rows]

    def _delete(self, article: Article) -> dict[str, Any]:
        key = {"TableName": self.table, "Key": _key(article["slug"])}
        return {"Delete": {**key, **_at_version(article["version"])}}

    def _tag_delete(self, key: tuple[str, str]) -> dict[str, Any]:
        slug, tag = key
        return {"Delete": {"TableName": self.table, "Key": typed({"slug": slug, "part": tag})}}

    def _write(self, writes: list[dict[str, Any]]) -> None:
        """All or nothing; the first is the article, and the only one with a condition."""
        for attempt in range(_TRIES):
            self.sleep(attempt * _PAUSE_SECONDS)
            try:
                self.dynamodb.transact_write_items(TransactItems=writes)
                return
            except aws.Failure as failure:
                reasons = aws.reasons_of(failure)
                if _REFUSED not in reasons and "TransactionConflict" not in reasons:
                    raise
            if _REFUSED in reasons:
                is_new = "ExpressionAttributeValues" not in next(iter(writes[0].values()))
                raise SlugTakenError() if is_new else ArticleChangedError()
        raise ConflictError("Somebody else is changing the article at this moment: try again.")


def is_published(row: Article) -> bool:
    """Whether everybody may read it; of rows that are no article, none is."""
    return row.get("part") == ARTICLE and row.get("shelf") == PUBLISHED


def tidy_tags(tags: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(map(_tidy, tags)))


def _tidy(tag: str) -> str:
    return " ".join(tag.casefold().split())


def _tag_key(tag: str) -> str:
    return f"tag#{_tidy(tag)}"


def _tag_keys(article: Article) -> list[tuple[str, str]]:
    """Only what everybody reads lies under its tags."""
    return [(article["slug"], _tag_key(tag)) for tag in article["tags"]] if is_published(article) else []


def _key(slug: str) -> dict[str, Any]:
    return typed({"slug": slug, "part": ARTICLE})


def _at_version(version: int) -> dict[str, Any]:
    return {"ConditionExpression": "version = :seen", "ExpressionAttributeValues": typed({":seen": version})}


def _same_sender(there: Article, article: Article) -> bool:
    return bool(there["person"] == article["person"] and there.get("clientId") == article["clientId"])


def _timing(body: Article, published_at: str | None, at: str) -> dict[str, Any]:
    """A time that is to come waits; one that is past is when it was published; without one it is now, or as it was."""
    wanted = _moment(body.get("publishAt"))
    if body["status"] != PUBLISHED:
        return {"status": "draft", "publishAt": wanted, "publishedAt": None}
    if wanted and wanted > at:
        return {"status": PUBLISHED, "publishAt": wanted, "publishedAt": None}
    return {"status": PUBLISHED, "publishAt": wanted, "publishedAt": wanted or published_at or at}


def _moment(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return as_time(datetime.fromisoformat(text).astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        detail = "must be a time such as 2026-11-21T09:00:00Z"
        raise InvalidError(f"publishAt {detail}.", [{"pointer": "/publishAt", "detail": detail}]) from None


def _shelved(article: Article) -> Article:
    """Where it is listed, and whether it waits; what is nowhere has no such attribute, or an index would hold it."""
    bare = {name: value for name, value in article.items() if value is not None and name != "waiting"}
    when = bare.get("publishedAt")
    if when:
        return {**bare, "shelf": PUBLISHED, "shelvedAt": f"{when} {bare['id']}"}
    waiting = {"waiting": SCHEDULED} if bare["status"] == PUBLISHED else {}
    return {**bare, "shelf": DRAFTS, "shelvedAt": f"{bare['updatedAt']} {bare['id']}", **waiting}


def _told(row: Article, names: tuple[str, ...]) -> Article:
    return {"slug": row["slug"], **{name: row.get(name) for name in names}}


def _with(row: Article, people: Mapping[str, Any], photos: Mapping[str, Any]) -> Article:
    """Who wrote it, as he is called now, and its photo, where it is ready."""
    return {"author": people[row["person"]], "picture": photos.get(row.get("photo") or "")}


def _named(row: Article | None) -> Article | None:
    return {"slug": row["slug"], "title": row["title"]} if row else None
