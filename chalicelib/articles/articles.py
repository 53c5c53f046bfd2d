"""The blog's articles: drafts, scheduled ones, and those everyone can read.

An article is one item, found by its slug. For each of its tags there is one more small item, so that listing a tag
takes one query, just as listing all does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from chalicelib.articles.slugs import candidates, is_slug
from chalicelib.core.directory import Directory
from chalicelib.core.errors import ConflictError, FieldError, InvalidError, NotFoundError, StaleError, TooLargeError
from chalicelib.core.ids import as_time, new_id
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.tables import Database, Permit, Table, Write, transaction
from chalicelib.core.things import Thing

Article = dict[str, Any]

ARTICLE = "article"  # the attributes that belong to the article itself
PUBLISHED, DRAFTS, SCHEDULED = "published", "drafts", "scheduled"
_MOST_BYTES = 380_000  # DynamoDB takes 400 KB per item
_TRIES = 5
_LATEST_DRAFTS = 50
_LISTED = ("id", "version", "title", "summary", "tags", "photo", "status", "publishAt", "publishedAt", "updatedAt")
_LETTERS_A_MINUTE = 1_200  # about 220 words
_SHOWN = (*_LISTED, "body", "html", "createdAt")


class Rendered(NamedTuple):
    """A text as HTML, and its first words."""

    html: str
    summary: str


class Photos(Protocol):
    def ready(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]: ...


class ArticleNotFoundError(NotFoundError):
    detail = "There is no such article."


class ArticleChangedError(StaleError):
    detail = "The article has changed since you saw it."


@dataclass(frozen=True)
class Articles:
    database: Database
    table: str
    directory: Directory
    photos: Photos
    rendered: Callable[[str], Rendered]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def rows(self) -> Table[Article]:
        """Articles, and their items for each tag."""
        return Table(self.database, self.table, ("slug", "part"))

    def published(self, tag: str | None, turn: Turn) -> Page[Article]:
        """Newest first."""
        return self._page(_tag_key(tag) if tag is not None else PUBLISHED, turn)

    def drafts(self, turn: Turn) -> Page[Article]:
        """Those that are not public (yet), latest change first."""
        return self._page(DRAFTS, turn)

    def drafts_of(self, person: str, most: int) -> list[Article]:
        """The person's own, among the latest of everybody's; not those that only wait for their time."""
        latest = islice(self._shelf(DRAFTS, _LATEST_DRAFTS), _LATEST_DRAFTS)
        own = (row for row in latest if row["person"] == person and row["status"] == "draft")
        return self._listed(list(islice(own, most)))

    def read(self, slug: str) -> Article:
        """A published article, with its predecessor and successor."""
        article = self._public(slug)
        older, newer = self.neighbours(article)
        return {**self._shown(article), "previous": _named(older), "next": _named(newer)}

    def id_of_published(self, slug: str) -> str:
        return str(self._public(slug)["id"])

    def found(self, slug: str) -> Article | None:
        """As it is stored now, if it is published."""
        article = self._found(slug)
        return article if is_published(article or {}) else None

    def draft(self, slug: str) -> Article:
        """Whatever its status."""
        return self._shown(self._stored(slug))

    def newest(self, count: int) -> list[Article]:
        """With their bodies, for a feed."""
        found = list(islice(self._shelf(PUBLISHED, count), count))
        rows = self.rows.many([(one["slug"], ARTICLE) for one in found], consistent=False)
        by_slug = {row["slug"]: self._shown(row) for row in rows if is_published(row)}
        return [by_slug[one["slug"]] for one in found if one["slug"] in by_slug]

    def all_published(self, most: int) -> Iterator[Article]:
        """The newest ones, as lists show them."""
        return islice(self._shelf(PUBLISHED, most), most)

    def add(self, body: Article, person: str, permit: Permit | None = None) -> tuple[Article, bool]:
        """The article, and whether it is new: the same client id gives the same article."""
        at = self._now()
        client_id = {"clientId": body["clientId"]} if "clientId" in body else {}
        first = {"id": new_id(), "version": 1, "person": person, "createdAt": at, **client_id}
        article = self._composed(first, body, at)
        for slug in candidates(article["title"]):
            named = {**article, "slug": slug}
            if self._write(self.rows.putting(named, self.rows.new), {}, named, permit):
                return self._shown(named), True
            there = self._found(slug)
            if client_id and there and _same_sender(there, article):
                return self._shown(there), False
        raise AssertionError("there is always another slug")

    def change(self, slug: str, body: Article, version: int, permit: Permit | None = None) -> Article:
        before = self._at_version(slug, version)
        after = self._composed({**before, "version": version + 1}, body, self._now())
        if not self._replace(before, after, permit):
            raise ArticleChangedError()
        return self._shown(after)

    def remove(self, slug: str, version: int, permit: Permit | None = None) -> None:
        """Version 0 means the current one."""
        for _ in range(_TRIES):
            article = self._at_version(slug, version)
            gone = self.rows.removing((slug, ARTICLE), "version = :seen", seen=article["version"])
            if self._write(gone, article, {}, permit):
                return
        raise ConflictError("Somebody else is changing the article right now: try again.")

    def publish_due(self) -> int:
        """Everything due by now. If two run at once, the second finds nothing to do."""
        at = self._now()
        due = self.rows.rows("waiting = :waiting AND publishAt <= :at", index="by-due", waiting=SCHEDULED, at=at)
        return sum(self._publish(one["slug"], at) for one in due)

    def erase(self, person: str) -> None:
        for one in self.of_person(person):
            if one["part"] == ARTICLE and (article := self._found(one["slug"])) and article["person"] == person:
                self.remove(one["slug"], 0)

    def of_person(self, person: str) -> Iterator[Article]:
        return self.rows.of_person(person)

    def neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """The articles published just before and just after it."""
        older = next(self._shelf(PUBLISHED, 1, before=article["shelvedAt"]), None)
        newer = next(self._shelf(PUBLISHED, 1, after=article["shelvedAt"]), None)
        return older, newer

    def _publish(self, slug: str, at: str) -> bool:
        article = self._found(slug)
        if not article or article.get("waiting") != SCHEDULED or article["publishAt"] > at:
            return False  # the index may lag behind
        published = {**article, "version": article["version"] + 1, "publishedAt": article["publishAt"], "updatedAt": at}
        return self._replace(article, _shelved(published))

    def _composed(self, before: Article, body: Article, at: str) -> Article:
        """The item to store: what was given, its HTML, and when it is visible."""
        text, title = body["body"], " ".join(body["title"].split())
        if body["status"] == PUBLISHED and not text.strip():
            missing: FieldError = {"pointer": "/body", "detail": "is required"}
            raise InvalidError("An article without text can't be published.", [missing])
        shown = self.rendered(text)
        article = {
            **before,
            "part": ARTICLE,
            "title": title,
            "body": text,
            "html": shown.html,
            "summary": shown.summary,
            "tags": tidy_tags(body.get("tags", [])),
            "photo": body.get("photo"),
            "updatedAt": at,
            **_timing(body, before.get("publishedAt"), at),
        }
        if len(f"{text}{shown.html}".encode()) > _MOST_BYTES:
            raise TooLargeError("The article is too long: split it in two.")
        return _shelved(article)

    def _page(self, shelf: str, turn: Turn) -> Page[Article]:
        of = ["articles", shelf]
        [before] = position(of, turn.after, (str,)) or [""]
        found = list(islice(self._shelf(shelf, turn.limit + 1, before=before), turn.limit + 1))
        rows, following = page(of, turn, found, ["shelvedAt"])
        return {"items": self._listed(rows), "next": following}

    def _listed(self, rows: list[Article]) -> list[Article]:
        people = self.directory.people(row["person"] for row in rows)
        photos = self._photos_of(rows)
        return [{**_told(row, _LISTED), **_with(row, people, photos)} for row in rows]

    def _shown(self, row: Article) -> Article:
        people = self.directory.people([row["person"]])
        told = {**_told(row, _SHOWN), "minutes": reading_minutes(row["body"])}
        return {**told, **_with(row, people, self._photos_of([row]))}

    def _photos_of(self, rows: list[Article]) -> dict[str, Article]:
        asked = {row["photo"] for row in rows if row.get("photo")}
        return self.photos.ready(asked) if asked else {}

    def _shelf(self, shelf: str, limit: int, before: str = "", after: str = "") -> Iterator[Article]:
        """Newest first; with `after`, the nearest first."""
        bound: dict[str, Any] = {"bound": after or before} if after or before else {}
        where = f"shelf = :shelf AND shelvedAt {'>' if after else '<'} :bound" if bound else "shelf = :shelf"
        return self.rows.rows(where, index="by-shelf", newest_first=not after, at_a_time=limit, shelf=shelf, **bound)

    def _public(self, slug: str) -> Article:
        if article := self.found(slug):
            return article
        raise ArticleNotFoundError()

    def _stored(self, slug: str) -> Article:
        article = self._found(slug)
        if not article:
            raise ArticleNotFoundError()
        return article

    def _at_version(self, slug: str, version: int) -> Article:
        article = self._stored(slug)
        if version not in (0, article["version"]):
            raise StaleError(f"The article has changed since: it is now at version {article['version']}.")
        return article

    def _found(self, slug: str) -> Article | None:
        return self.rows.get(slug, ARTICLE) if is_slug(slug) else None

    def _now(self) -> str:
        return as_time(self.clock())

    def _replace(self, before: Article, after: Article, permit: Permit | None = None) -> bool:
        put = self.rows.putting(after, "version = :seen", seen=before["version"])
        return self._write(put, before, after, permit)

    def _write(self, write: Write, before: Article, after: Article, permit: Permit | None = None) -> bool:
        """Whether the condition held; the items for its tags come and go with it."""
        keys = _tag_keys(after)
        under = {tag: self.rows.putting(_under(after, tag)) for _, tag in keys}
        gone = {tag: self.rows.removing((slug, tag)) for slug, tag in _tag_keys(before) if (slug, tag) not in keys}
        return not transaction(self.database, {"article": write, **under, **gone}, permit, self.sleep)


def _under(article: Article, tag: str) -> Article:
    kept = {name: article[name] for name in (*_LISTED, "slug", "shelvedAt", "person") if name in article}
    return {**kept, "part": tag, "shelf": tag}


def is_published(row: Article) -> bool:
    """Whether everyone may read it; False for rows that are no article."""
    return row.get("part") == ARTICLE and row.get("shelf") == PUBLISHED


def found(row: Article) -> Thing | None:
    """A published article, as a search finds it: by its title, its tags and its text."""
    if not is_published(row):
        return None
    words = f"{' '.join(row['tags'])} {row['body']}"
    return Thing(row["slug"], row["publishedAt"], title=row["title"], text=row["summary"], words=words)


def reading_minutes(text: str) -> int:
    """By letters, as not every script separates words."""
    return max(1, round(len("".join(text.split())) / _LETTERS_A_MINUTE))


def tidy_tags(tags: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(map(_tidy, tags)))


def _tidy(tag: str) -> str:
    return " ".join(tag.casefold().split())


def _tag_key(tag: str) -> str:
    return f"tag#{_tidy(tag)}"


def _tag_keys(article: Article) -> list[tuple[str, str]]:
    """Only published articles are listed under their tags."""
    return [(article["slug"], _tag_key(tag)) for tag in article["tags"]] if is_published(article) else []


def _same_sender(there: Article, article: Article) -> bool:
    return bool(there["person"] == article["person"] and there.get("clientId") == article["clientId"])


def _timing(body: Article, published_at: str | None, at: str) -> dict[str, Any]:
    """A future time is scheduled; a past one is the time of publication; without one it is now, or stays as it was."""
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
    """Where it is listed, and whether it waits; articles without these attributes are not in the index."""
    bare = {name: value for name, value in article.items() if value is not None and name != "waiting"}
    when = bare.get("publishedAt")
    if when:
        return {**bare, "shelf": PUBLISHED, "shelvedAt": f"{when} {bare['id']}"}
    waiting = {"waiting": SCHEDULED} if bare["status"] == PUBLISHED else {}
    return {**bare, "shelf": DRAFTS, "shelvedAt": f"{bare['updatedAt']} {bare['id']}", **waiting}


def _told(row: Article, names: tuple[str, ...]) -> Article:
    return {"slug": row["slug"], **{name: row.get(name) for name in names}}


def _with(row: Article, people: Mapping[str, Any], photos: Mapping[str, Any]) -> Article:
    """With its author's current name, and its photo if it is ready."""
    return {"author": people[row["person"]], "picture": photos.get(row.get("photo") or "")}


def _named(row: Article | None) -> Article | None:
    return {"slug": row["slug"], "title": row["title"]} if row else None
