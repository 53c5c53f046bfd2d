"""Routes of the album catalogue."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from chalice.app import DynamoDBEvent, Response

from chalicelib.albums import transfer
from chalicelib.albums.catalogue import Album, Catalogue, Search, found
from chalicelib.core import aws, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.errors import NotAcceptableError
from chalicelib.core.export import exported
from chalicelib.core.finding import finds, follows
from chalicelib.core.ids import is_id
from chalicelib.core.pages import Page
from chalicelib.core.routes import PAGED, Asked, Parameter, Routes
from chalicelib.core.things import SIGNED_IN as ANYONE_SIGNED_IN
from chalicelib.core.today import Day, part
from chalicelib.core.who import CURATOR, SHARED, SIGNED_IN, owner
from chalicelib.live.api import push

routes = Routes()

ALBUMS = Bound("albums", 600, MINUTE, "albums added, changed or deleted")
IMPORTS = Bound("imports", 60, MINUTE, "imports")

SEARCH = (
    Parameter("q", {"type": "string", "maxLength": 200}, "Matches beginnings of words in title or artist."),
    Parameter("genre", {"type": "string", "maxLength": 200}, "Only this genre."),
    Parameter("year", {"type": "integer", "minimum": 0, "maximum": 9999}, "Only this year."),
)
DRY_RUN = Parameter("dry_run", {"type": "boolean", "default": False}, "Report what would happen, without writing.")
CSV_OR_JSON = ("application/json", "text/csv")


@erased_with_accounts
def catalogue() -> Catalogue:
    return Catalogue(aws.client("dynamodb"), settings.table("albums"))


@exported("albums")
def albums_of(person_id: str) -> Iterator[Album]:
    return catalogue().albums.whole_of_person(person_id, "addedBy")


def album(id: str) -> Album:
    return catalogue().stored(id)


ALBUM = finds(
    "album",
    rows=lambda: catalogue().albums,
    thing=found,
    seen_by=ANYONE_SIGNED_IN,
    address=lambda album: f"/albums?q={quote(album['title'])}",
    has=lambda key: is_id(str(key[0])),
)
follows(routes, "albums", ALBUM)

ADDER_OR_CURATOR = owner(
    album,
    or_a=CURATOR,
    whose=itemgetter("addedBy"),
    refusal="Only the person who added an album, or a curator, may change it.",
)


@routes.get("/albums", who=SIGNED_IN, query=(*PAGED, *SEARCH), gives={200: "albums/album-page"})
def list_albums(asked: Asked) -> Page[Album]:
    """List albums in ascending order of rank."""
    search = Search(asked.query["q"], asked.query["genre"], asked.query["year"])
    return catalogue().page(search, asked.turn)


@routes.post(
    "/albums",
    who=SIGNED_IN,
    takes="albums/new-album",
    gives={201: "albums/album"},
    versioned=True,
    fails=(409,),
    bound=ALBUMS,
)
def add_album(asked: Asked, permit: Permit) -> Album:
    """Add an album; its rank, and its title by that artist, must not be taken."""
    return catalogue().add(asked.body, asked.person.id, permit)


@routes.get("/albums/next-rank", who=SIGNED_IN, gives={200: "albums/next-rank"})
def get_next_rank(asked: Asked) -> dict[str, int | None]:
    """Get the rank after the last one, for the next album."""
    return {"rank": catalogue().next_rank()}


@routes.get("/albums/{id}", who=SHARED, gives={200: "albums/album"}, versioned=True)
def get_album(asked: Asked, id: str) -> Album:
    """Get an album, with its version as ETag."""
    return catalogue().get(id)


@routes.put(
    "/albums/{id}",
    who=ADDER_OR_CURATOR,
    takes="albums/new-album",
    if_match="required",
    gives={200: "albums/album"},
    versioned=True,
    fails=(409,),
    bound=ALBUMS,
)
def change_album(asked: Asked, album: Album, permit: Permit) -> Album:
    """Change an album, if it is still at the version in If-Match."""
    return catalogue().change(album, asked.body, asked.version, permit)


@routes.delete("/albums/{id}", who=ADDER_OR_CURATOR, if_match="required", gives={204: None}, fails=(409,), bound=ALBUMS)
def remove_album(asked: Asked, album: Album, permit: Permit) -> None:
    """Delete an album, if it is still at the version in If-Match."""
    catalogue().remove(album, asked.version, permit)


@routes.get("/albums/export", who=SIGNED_IN, gives={200: "albums/album-list"}, gives_media=CSV_OR_JSON, fails=(406,))
def export_albums(asked: Asked) -> Response:
    """Export the whole catalogue as CSV or JSON, depending on Accept."""
    media = asked.preferred(*CSV_OR_JSON)
    if not media:
        raise NotAcceptableError("The catalogue is available as text/csv or application/json.")
    write = transfer.to_csv if media == "text/csv" else transfer.to_json
    return _file(media, write(catalogue().every()))


@routes.post(
    "/albums/import",
    who=CURATOR,
    query=(DRY_RUN,),
    takes="albums/album-rows",
    takes_media=CSV_OR_JSON,
    max_bytes=5_000_000,
    gives={200: "albums/import-report"},
    bound=IMPORTS,
)
def import_albums(asked: Asked) -> dict[str, Any]:
    """Import albums from CSV or JSON and report on each row. They belong to the catalogue, not to you."""
    rows = transfer.from_csv(asked.body) if isinstance(asked.body, bytes) else asked.body
    return transfer.bring_in(catalogue(), rows, asked.query["dry_run"])


@part("album", one="albums/album")
def album_of_the_day(day: Day) -> Album | None:
    return catalogue().of_the_day(day.date)


@routes.on_dynamodb_record(
    stream_arn=settings.stream("albums"),
    batch_size=1000,
    maximum_batching_window_in_seconds=1,
    name="push_albums",
)
def push_albums(event: DynamoDBEvent) -> None:
    """Tell every open page that the catalogue changed, once per batch of changes."""
    push().to_everyone({"type": "albums"})


def _file(media: str, text: str) -> Response:
    name = "albums." + media.rpartition("/")[2]
    return Response(
        text, {"Content-Type": f"{media}; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    )
