"""The catalogue: albums in ascending order of rank, no rank and no album twice, no lost update.

An album is one item. Two more items beside it hold its rank and its title: they are written in the same
transaction and only where they don't exist, so that of two people who want the same rank one gets it.
"""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import ConflictError, FieldError, ForbiddenError, NotFoundError, StaleError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.person import Person
from chalicelib.core.tables import every, read_all, transact, tries

Album = dict[str, Any]
FIELDS = ("rank", "title", "artist", "year", "genre")
_SHOWN = ("id", "version", *FIELDS, "addedBy", "createdAt", "updatedAt")
_ALL = "all"

# A search looks at no more items than this in one request, however large the catalogue: the rest is behind `next`.
MOST_EXAMINED = 2000
_EXAMINED_AT_ONCE = 500
_MOST_WORDS = 12
_TRIES = 6


class AlbumNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such album.")


class AlbumTakenError(ConflictError):
    """The rank, or the same title by the same artist, is another album's."""

    def __init__(self, album: Album, taken: list[str]) -> None:
        errors: list[FieldError] = []
        if "rank" in taken:
            errors.append({"pointer": "/rank", "detail": f"{album['rank']} is another album's rank"})
        if "title" in taken:
            errors.append({"pointer": "/title", "detail": "is in the catalogue already, by the same artist"})
        super().__init__("The catalogue has another album there: " + "; ".join(_sentence(e) for e in errors), errors)


def _sentence(error: FieldError) -> str:
    return f"{error['pointer'].strip('/')} {error['detail']}"


@dataclass(frozen=True)
class Search:
    """What to look for: the beginnings of words in title or artist, a genre, a year."""

    q: str | None = None
    genre: str | None = None
    year: int | None = None

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(normal(self.q or "").split()))[:_MOST_WORDS]


@dataclass(frozen=True)
class Catalogue:
    dynamodb: Any
    table: str
    sleep: Callable[[float], None] = time.sleep

    def page(self, search: Search, turn: Turn) -> Page:
        """One call where an index answers alone; else as many as it takes to fill the page, within bounds."""
        index = _index(search)
        of = [index.name, index.key, *index.filters.values()]
        start = position(of, turn.after, (int, str))
        found: list[Album] = []
        examined = 0
        while len(found) <= turn.limit and examined < MOST_EXAMINED:
            size = _EXAMINED_AT_ONCE if index.filters else turn.limit + 1
            answer = self.dynamodb.query(TableName=self.table, Limit=size, **index.query(start))
            found += map(plain, answer["Items"])
            examined += answer["ScannedCount"]
            last = plain(answer.get("LastEvaluatedKey") or {})
            start = [last["rank"], last["id"]] if last else None
            if not start or not index.filters:
                break
        if len(found) > turn.limit:
            found = found[: turn.limit]
            start = [found[-1]["rank"], found[-1]["id"]]
        return {"items": [shown(album) for album in found], "next": cursor(of, start) if start else None}

    def every(self) -> Iterator[Album]:
        """The whole catalogue, ascending by rank, read as it is used."""
        return map(shown, every(self.dynamodb, TableName=self.table, **_index(Search()).query(None)))

    def get(self, id: str) -> Album:
        return shown(self._stored(id))

    def add(self, body: Album, added_by: str | None) -> Album:
        album = {"id": new_id(), "version": 1, **tidy(body), "addedBy": added_by, "createdAt": now()}
        album["updatedAt"] = album["createdAt"]
        self._write([self._put(album, None), *self._holds(album)], album)
        return shown(album)

    def change(self, id: str, body: Album, version: int, person: Person) -> Album:
        """One atomic step, whatever changes: the album, its old and new rank, its old and new title."""
        before = self._own(id, version, person)
        after = {**before, **tidy(body), "version": version + 1, "updatedAt": now()}
        moved = [key for key in taken_by(after) if key not in taken_by(before)]
        left = [key for key in taken_by(before) if key not in taken_by(after)]
        writes = [self._put(after, version), *(self._hold(key, id) for key in moved), *map(self._release, left)]
        self._write(writes, after)
        return shown(after)

    def remove(self, id: str, version: int, person: Person) -> None:
        self._write(self._removal(self._own(id, version, person)))

    def erase(self, person_id: str) -> None:
        """All that a person added, whatever its version by now."""
        for id in self._added_by(person_id):
            while True:
                try:
                    self._write(self._removal(self._stored(id)))
                except AlbumNotFoundError:
                    pass
                except StaleError:
                    continue  # somebody edited it just now
                break

    def holder(self, body: Album) -> tuple[Album | None, list[str]]:
        """Which album has this rank or title, and which of both are taken."""
        keys = taken_by(tidy(body))
        found = read_all(self.dynamodb, self.table, [{"id": {"S": key}} for key in keys], consistent=True)
        holds = {item["id"]: item["album"] for item in found}
        taken = [what for what, key in zip(("rank", "title"), keys, strict=True) if key in holds]
        try:
            return self.get(next(iter(holds.values()))) if holds else None, taken
        except AlbumNotFoundError:
            return None, []  # deleted between the two reads

    def _own(self, id: str, version: int, person: Person) -> Album:
        album = self._stored(id)
        if album["addedBy"] != person.id and not person.is_curator:
            raise ForbiddenError("Only who added an album, or a curator, may change it.")
        if album["version"] != version:
            raise StaleError(f"The album has changed since: it is at version {album['version']} now.")
        return album

    def _stored(self, id: str) -> Album:
        if not is_id(id):  # beside the albums lie what holds their ranks and titles
            raise AlbumNotFoundError()
        item = self.dynamodb.get_item(TableName=self.table, Key={"id": {"S": id}}, ConsistentRead=True).get("Item")
        if not item:
            raise AlbumNotFoundError()
        return {"addedBy": None, **plain(item)}

    def _added_by(self, person_id: str) -> Iterator[str]:
        found = every(
            self.dynamodb,
            TableName=self.table,
            IndexName="by-person",
            KeyConditionExpression="addedBy = :person",
            ExpressionAttributeValues=typed({":person": person_id}),
        )
        return (item["id"] for item in found)

    def _put(self, album: Album, version: int | None) -> dict[str, Any]:
        keys = {"catalogue": _ALL, "genreKey": _genre_key(album["genre"]), "words": _words(album)}
        item = {**{name: album[name] for name in _SHOWN}, **keys}
        if item["addedBy"] is None:
            del item["addedBy"]  # the index by person holds persons only
        put: dict[str, Any] = {"TableName": self.table, "Item": typed(item)}
        if version is None:
            return {"Put": {**put, "ConditionExpression": "attribute_not_exists(id)"}}
        return {"Put": {**put, **_at_version(version)}}

    def _removal(self, album: Album) -> list[dict[str, Any]]:
        key = {"TableName": self.table, "Key": {"id": {"S": album["id"]}}}
        return [{"Delete": {**key, **_at_version(album["version"])}}, *map(self._release, taken_by(album))]

    def _holds(self, album: Album) -> list[dict[str, Any]]:
        return [self._hold(key, album["id"]) for key in taken_by(album)]

    def _hold(self, key: str, album_id: str) -> dict[str, Any]:
        item = typed({"id": key, "album": album_id})
        condition = "attribute_not_exists(id)"
        return {"Put": {"TableName": self.table, "Item": item, "ConditionExpression": condition}}

    def _release(self, key: str) -> dict[str, Any]:
        return {"Delete": {"TableName": self.table, "Key": {"id": {"S": key}}}}

    def _write(self, writes: list[dict[str, Any]], album: Album | None = None) -> None:
        """All or nothing. A transaction that only met another one is tried again."""
        for _ in tries(_TRIES, self.sleep, "Somebody else is changing the same albums at this moment: try again."):
            places = transact(self.dynamodb, writes)
            if places is None:
                return
            refused = [writes[place] for place in sorted(places)]
            if refused and "ExpressionAttributeValues" in next(iter(refused[0].values())):
                raise StaleError("The album has changed since you saw it.")
            if refused and album:
                raise AlbumTakenError(album, [_kind(write) for write in refused])


def _kind(hold: dict[str, Any]) -> str:
    key: str = hold["Put"]["Item"]["id"]["S"]
    return key.partition("#")[0]


def _at_version(version: int) -> dict[str, Any]:
    return {"ConditionExpression": "version = :seen", "ExpressionAttributeValues": typed({":seen": version})}


def shown(album: Album) -> Album:
    return {name: album.get(name) for name in _SHOWN}


def tidy(body: Album) -> Album:
    """Whole numbers as such (JSON has 1.0 too), text without blanks around it."""
    album = {name: body[name] for name in FIELDS}
    return {name: value.strip() if isinstance(value, str) else int(value) for name, value in album.items()}


def same(album: Album, body: Album) -> bool:
    return {name: album[name] for name in FIELDS} == tidy(body)


def normal(text: str) -> str:
    """Without case, accents and punctuation: `Ágætis  byrjun!` becomes `agætis byrjun`, `!!!` stays."""
    return " ".join(_plain_word(word) or word.casefold() for word in text.split())


def _plain_word(word: str) -> str:
    letters = (c for c in unicodedata.normalize("NFKD", word).casefold() if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters if c not in "'’").split())


def _genre_key(genre: str) -> str:
    """Short enough for the key of an index, whatever letters it has."""
    return normal(genre)[:100]


def _words(album: Album) -> str:
    """Each word with a blank before it, so that a search finds beginnings of words."""
    return " " + normal(f"{album['title']} {album['artist']}")


def taken_by(album: Album) -> list[str]:
    """What no other album may have: its rank, and its title by its artist."""
    title = "\n".join(" ".join(album[name].casefold().split()) for name in ("title", "artist"))
    digest = hashlib.sha256(unicodedata.normalize("NFC", title).encode()).hexdigest()
    return [f"rank#{album['rank']}", f"title#{digest}"]


@dataclass(frozen=True)
class _Index:
    """An index in order of rank, the key to look under, and what is left to filter."""

    name: str
    attribute: str
    key: str | int
    filters: dict[str, Any]

    def query(self, start: list[Any] | None) -> dict[str, Any]:
        query: dict[str, Any] = {
            "IndexName": self.name,
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": self.attribute},
            "ExpressionAttributeValues": typed({":key": self.key, **{f":{n}": v for n, v in self.filters.items()}}),
        }
        if self.filters:
            query["FilterExpression"] = " AND ".join(
                "genreKey = :genre" if name == "genre" else f"contains(words, :{name})" for name in self.filters
            )
        if start:
            query["ExclusiveStartKey"] = typed({"id": start[1], "rank": start[0], self.attribute: self.key})
        return query


def _index(search: Search) -> _Index:
    filters: dict[str, Any] = {f"word{n}": f" {word}" for n, word in enumerate(search.words)}
    genre = _genre_key(search.genre or "")
    if search.year is not None:
        return _Index("by-year", "year", search.year, {**filters, "genre": genre} if genre else filters)
    if genre:
        return _Index("by-genre", "genreKey", genre, filters)
    return _Index("by-rank", "catalogue", _ALL, filters)
