"""The 50 albums that every contender returns, as DynamoDB sends them and as a client gets them."""

from typing import Any

COUNT = 50
SHOWN = ("id", "version", "rank", "title", "artist", "year", "genre", "addedBy", "createdAt", "updatedAt")


def albums() -> list[dict[str, Any]]:
    return [_album(rank) for rank in range(1, COUNT + 1)]


def _album(rank: int) -> dict[str, Any]:
    return {
        "id": f"01JD3V8K2M{rank:016d}",
        "version": 1 + rank % 3,
        "rank": rank,
        "title": f"The Long Way Home, Volume {rank}",
        "artist": f"Ålesund Quartet & Friends {rank % 7}",
        "year": 1960 + rank,
        "genre": ("Rock", "Jazz", "Folk", "Soul")[rank % 4],
        "addedBy": f"c3f4e8a2-7041-70aa-0000-{rank:012d}",
        "createdAt": "2026-11-20T23:04:21.123Z",
        "updatedAt": "2026-11-20T23:04:21.123Z",
    }


def items() -> list[dict[str, dict[str, str]]]:
    """With the attributes that only the table's indexes need: reading an index returns them too."""
    return [{name: _typed(value) for name, value in {**album, **_keys(album)}.items()} for album in albums()]


def _keys(album: dict[str, Any]) -> dict[str, str]:
    words = f" {album['title']} {album['artist']}".lower()
    return {"catalogue": "all", "genreKey": album["genre"].lower(), "words": words}


def _typed(value: str | int) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}
