"""The catalogue: albums in ascending order of rank, with unique ranks and titles and no lost updates.

An album is one item. Two more items hold its rank and its title: they are written in the same transaction, only if
they don't exist, so that only one of two people who want the same rank gets it.
"""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import ConflictError, FieldError, NotFoundError, StaleError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.items import typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import Database, Permit, Table, Write, attempt, tries
from chalicelib.core.things import Thing
from chalicelib.core.words import normal

Album = dict[str, Any]
FIELDS = ("rank", "title", "artist", "year", "genre")
_SHOWN = ("id", "version", *FIELDS, "addedBy", "createdAt", "updatedAt")
_ALL = "all"
LAST_RANK = 1_000_000

# A search reads at most this many items per request, however large the catalogue: the rest is behind `next`.
MOST_EXAMINED = 2000
_EXAMINED_AT_ONCE = 500
MOST_OF_THE_DAY = 500  # the album of the day has one of these ranks
_MOST_WORDS = 12
_TRIES = 6


class AlbumNotFoundError(NotFoundError):
    detail = "There is no such album."


class AlbumTakenError(ConflictError):
    """Another album has the rank, or the same title by the same artist; `there` are those albums, where known."""

    def __init__(self, album: Album, taken: list[str], there: dict[str, Album]) -> None:
        says = {"rank": _rank_taken, "title": _title_taken}
        errors: list[FieldError] = [
            {"pointer": f"/{what}", "detail": says[what](album, there.get(what))} for what in sorted(taken)
        ]
        super().__init__(" ".join(error["detail"] for error in errors), errors)


def _rank_taken(album: Album, there: Album | None) -> str:
    whose = f"“{there['title']}” by {there['artist']}" if there else "Another album"
    return f"{whose} has rank {album['rank']} already."


def _title_taken(album: Album, there: Album | None) -> str:
    where = f", at rank {there['rank']}" if there else ""
    return f"This album by {album['artist']} is in the catalogue already{where}."


@dataclass(frozen=True)
class Search:
    """What to look for: beginnings of words in title or artist, a genre, a year."""

    q: str | None = None
    genre: str | None = None
    year: int | None = None

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(normal(self.q or "").split()))[:_MOST_WORDS]


@dataclass(frozen=True)
class Catalogue:
    database: Database
    table: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def albums(self) -> Table[Album]:
        """The albums, and the items that hold their ranks and titles."""
        return Table(self.database, self.table)

    def page(self, search: Search, turn: Turn) -> Page[Album]:
        """One call if an index suffices; otherwise as many as it takes to fill the page, within limits."""
        index = _index(search)
        of = [index.name, index.key, *index.filters.values()]
        start = position(of, turn.after, (int, str))
        found: list[Album] = []
        examined = 0
        while len(found) <= turn.limit and examined < MOST_EXAMINED:
            size = _EXAMINED_AT_ONCE if index.filters else turn.limit + 1
            step = self.albums.ask(Limit=size, **index.query(start))
            found += step.rows
            examined += step.examined
            start = [step.last["rank"], step.last["id"]] if step.last else None
            if not start or not index.filters:
                break
        if len(found) > turn.limit:
            found = found[: turn.limit]
            start = [found[-1]["rank"], found[-1]["id"]]
        return {"items": [shown(album) for album in found], "next": cursor(of, start) if start else None}

    def every(self) -> Iterator[Album]:
        """The whole catalogue by rank, read lazily."""
        return map(shown, self.albums.ask_all(**_index(Search()).query(None)))

    def of_the_day(self, day: str) -> Album | None:
        """One of the best, the same for everybody all day while the catalogue stays the same. Two calls at most."""
        last = self._nearest("#rank <= :rank", MOST_OF_THE_DAY, downwards=True)
        if not last:
            return None
        chosen = int.from_bytes(hashlib.sha256(day.encode()).digest()[:8], "big") % int(last["rank"]) + 1
        return shown(self._nearest("#rank >= :rank", chosen) or last)

    def get(self, id: str) -> Album:
        return shown(self.stored(id))

    def add(self, body: Album, added_by: str | None, permit: Permit | None = None) -> Album:
        album = {"id": new_id(), "version": 1, **tidy(body), "addedBy": added_by}
        album["createdAt"] = album["updatedAt"] = self._now()
        put = self._putting(album, self.albums.new)
        self._write({"album": put, **self._holds(taken_by(album), album)}, album, permit)
        return shown(album)

    def change(self, before: Album, body: Album, version: int, permit: Permit | None = None) -> Album:
        """One atomic step for any change: the album, its old and new rank, its old and new title."""
        _check_version(before, version)
        after = {**before, **tidy(body), "version": version + 1, "updatedAt": self._now()}
        moved = {what: key for what, key in taken_by(after).items() if key != taken_by(before)[what]}
        left = {what: taken_by(before)[what] for what in moved}
        put = self._putting(after, "version = :seen", seen=version)
        self._write({"album": put, **self._holds(moved, after), **self._releases(left)}, after, permit)
        return shown(after)

    def remove(self, album: Album, version: int, permit: Permit | None = None) -> None:
        _check_version(album, version)
        self._write(self._removal(album), None, permit)

    def erase(self, person_id: str) -> None:
        """Everything a person added, whatever its version."""
        for id in self.of_person(person_id):
            while True:
                try:
                    self._write(self._removal(self.stored(id)))
                except AlbumNotFoundError:
                    pass
                except StaleError:
                    continue  # somebody just edited it
                break

    def holder(self, body: Album) -> tuple[Album | None, list[str]]:
        """Which album has this rank or title, and which of the two are taken."""
        return self.holders([body])[0]

    def holders(self, bodies: list[Album]) -> list[tuple[Album | None, list[str]]]:
        """The same for many albums, in two reads."""
        keys = [taken_by(tidy(body)) for body in bodies]
        holds = {row["id"]: row["album"] for row in self.albums.many([key for both in keys for key in both.values()])}
        albums = {row["id"]: shown(row) for row in self.albums.many(dict.fromkeys(holds.values()))}
        return [_holder(both, {key: albums.get(holds[key]) for key in both.values() if key in holds}) for both in keys]

    def next_rank(self) -> int | None:
        """The one after the last, if there is any left; by an index that may lag behind."""
        index = _index(Search()).query(None)
        last = self.albums.ask(Limit=1, ScanIndexForward=False, **index).rows
        rank = int(last[0]["rank"]) + 1 if last else 1
        return rank if rank <= LAST_RANK else None

    def _there(self, body: Album) -> dict[str, Album]:
        """The albums that have its rank and its title."""
        keys = taken_by(body)
        holds = {row["id"]: row["album"] for row in self.albums.many(keys.values())}
        albums = {row["id"]: row for row in self.albums.many({*holds.values()})}
        return {what: albums[holds[key]] for what, key in keys.items() if holds.get(key) in albums}

    def stored(self, id: str) -> Album:
        album = self.albums.get(id) if is_id(id) else None
        if not album:
            raise AlbumNotFoundError()
        return {"addedBy": None, **album}

    def of_person(self, person_id: str) -> Iterator[str]:
        return (album["id"] for album in self.albums.of_person(person_id, "addedBy"))

    def _nearest(self, where: str, rank: int, downwards: bool = False) -> Album | None:
        where = f"catalogue = :all AND {where}"
        found = self.albums.some(1, where, index="by-rank", newest_first=downwards, all=_ALL, rank=rank).rows
        return next(iter(found), None)

    def _now(self) -> str:
        return as_time(self.clock())

    def _putting(self, album: Album, where: str, **values: object) -> Write:
        keys = {"catalogue": _ALL, "genreKey": _genre_key(album["genre"]), "words": _words(album)}
        row = {**{name: album[name] for name in _SHOWN}, **keys}
        if row["addedBy"] is None:
            del row["addedBy"]  # the index by person holds persons only
        return self.albums.putting(row, where, **values)

    def _removal(self, album: Album) -> dict[str, Write]:
        gone = self.albums.removing(album["id"], "version = :seen", seen=album["version"])
        return {"album": gone, **self._releases(taken_by(album))}

    def _holds(self, keys: dict[str, str], album: Album) -> dict[str, Write]:
        rows = {what: {"id": key, "album": album["id"]} for what, key in keys.items()}
        return {what: self.albums.putting(row, self.albums.new) for what, row in rows.items()}

    def _releases(self, keys: dict[str, str]) -> dict[str, Write]:
        return {f"old {what}": self.albums.removing(key) for what, key in keys.items()}

    def _write(self, writes: dict[str, Write], album: Album | None = None, permit: Permit | None = None) -> None:
        """All or nothing. Retried if it only collided with another transaction."""
        for _ in tries(_TRIES, self.sleep, "Somebody else is changing the same albums right now: try again."):
            refused = attempt(self.database, writes, permit)
            if refused is None:
                return
            if "album" in refused:
                raise StaleError("The album has changed since you saw it.")
            if refused and album:
                raise AlbumTakenError(album, sorted(refused), self._there(album))


def _check_version(album: Album, version: int) -> None:
    if album["version"] != version:
        raise StaleError(f"The album has changed since: it is now at version {album['version']}.")


def _holder(keys: dict[str, str], holds: dict[str, Album | None]) -> tuple[Album | None, list[str]]:
    album = next(iter(holds.values()), None)
    if not album:
        return None, []  # nobody has it, or its album was deleted between the two reads
    return album, [what for what, key in keys.items() if key in holds]


def shown(album: Album) -> Album:
    return {name: album.get(name) for name in _SHOWN}


def tidy(body: Album) -> Album:
    """Whole numbers as int (JSON also has 1.0), text without surrounding spaces."""
    album = {name: body[name] for name in FIELDS}
    return {name: value.strip() if isinstance(value, str) else int(value) for name, value in album.items()}


def same(album: Album, body: Album) -> bool:
    return {name: album[name] for name in FIELDS} == tidy(body)


def found(row: Album) -> Thing | None:
    """An album, as a search finds it."""
    if "rank" not in row:
        return None  # it holds a rank or a title
    known = f"{row['artist']}, {row['year']}, {row['genre']}"
    return Thing(row["id"], row["createdAt"], title=row["title"], text=known)


def _genre_key(genre: str) -> str:
    """Short enough for an index key, in any script."""
    return normal(genre)[:100]


def _words(album: Album) -> str:
    """Each word with a space before it, so that a search matches beginnings of words."""
    return " " + normal(f"{album['title']} {album['artist']}")


def taken_by(album: Album) -> dict[str, str]:
    """What must be unique: its rank, and its title by its artist."""
    title = "\n".join(" ".join(album[name].casefold().split()) for name in ("title", "artist"))
    digest = hashlib.sha256(unicodedata.normalize("NFC", title).encode()).hexdigest()
    return {"rank": f"rank#{album['rank']}", "title": f"title#{digest}"}


@dataclass(frozen=True)
class _Index:
    """An index ordered by rank, the key to look up, and the remaining filters."""

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
