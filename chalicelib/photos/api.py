"""Routes of the blog's photos, and what uploads and changed rows trigger."""

from collections.abc import Iterator
from typing import Any

from chalice.app import DynamoDBEvent, S3Event

from chalicelib.core import aws, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.edge import Edge
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import File, exported, exported_files, stored
from chalicelib.core.routes import Asked, Routes
from chalicelib.core.streams import Failures, each_change
from chalicelib.core.who import ANYONE, AUTHOR
from chalicelib.live.api import push
from chalicelib.photos.photos import Darkroom, Files, Outbox, Photo, Photos

routes = Routes()

PHOTOS = Bound("photos", 300, MINUTE, "photos added, described, tried again or deleted")


@erased_with_accounts
def photos() -> Photos:
    return Photos(aws.client("dynamodb"), settings.table("photos"), settings.required("SITE_ADDRESS"))


@exported("photos")
def photos_of(person_id: str) -> Iterator[Photo]:
    return photos().rows.whole_of_person(person_id)


@exported_files("photos in their sizes")
def pictures_of(person_id: str, after: str) -> Iterator[File]:
    for id in sorted(photo["id"] for photo in photos().of_person(person_id)):
        yield from stored(settings.bucket("photos"), "photos/", after, within=f"{id}/")


def files() -> Files:
    return Files(aws.client("s3"), settings.bucket("uploads"), settings.bucket("photos"))


@routes.post("/blog/photos", who=AUTHOR, takes="photos/new-photo", gives={201: "photos/photo-form"}, bound=PHOTOS)
def add_photo(asked: Asked, permit: Permit) -> dict[str, Any]:
    """Add a photo; the answer has a form with which S3 accepts exactly that file."""
    photo = photos().add(asked.person.id, asked.body, permit)
    return {"id": photo["id"], "upload": files().form(photo)}


@routes.get("/blog/photos/{id}", who=ANYONE, gives={200: "photos/photo"}, versioned=True, caching="public, no-cache")
def get_photo(asked: Asked, id: str) -> Photo:
    """Get a photo and its sizes; until it is ready, only its status."""
    return photos().one(id)


@routes.patch(
    "/blog/photos/{id}",
    who=AUTHOR,
    takes="photos/new-alt",
    gives={200: "photos/photo"},
    if_match="optional",
    versioned=True,
    bound=PHOTOS,
)
def describe_photo(asked: Asked, id: str) -> Photo:
    """Set a photo's description (alt text)."""
    return photos().describe(id, asked.body["alt"], asked.version)


@routes.post("/blog/photos/{id}/retry", who=AUTHOR, gives={202: "photos/photo"}, fails=(409,), bound=PHOTOS)
def retry_photo(asked: Asked, id: str) -> Photo:
    """Process a failed or stuck photo again, from the uploaded file."""
    return photos().retry(id)


@routes.delete("/blog/photos/{id}", who=AUTHOR, gives={204: None}, bound=PHOTOS)
def remove_photo(asked: Asked, id: str) -> None:
    """Delete a photo and all its sizes."""
    photos().remove(id)


@routes.on_s3_event(bucket=settings.bucket("uploads"), prefix="uploads/", name="develop_photo")
def develop_photo(event: S3Event) -> None:
    """Turn an upload into a photo."""
    from chalicelib.photos.pictures import developed  # Pillow is large, and only this function needs it

    Darkroom(photos(), files(), developed).develop(event.key)


@routes.on_dynamodb_record(stream_arn=settings.stream("photos"), batch_size=10, name="push_photos")
def push_photos(event: DynamoDBEvent) -> Failures:
    """Push every change of a photo to its author, and delete the files of deleted photos."""
    gone: list[str] = []
    failures = each_change(event, Outbox(photos(), files(), _tell, gone.extend).follow)
    if gone:  # in one request; if it fails, all of it comes again
        Edge(aws.client("cloudfront"), settings.required("DISTRIBUTION_ID")).forget(gone, "gone")
    return failures


def _tell(photo: Photo) -> None:
    push().to_persons([photo["person"]], {"type": "photo", "photo": photos().shown(photo)})
