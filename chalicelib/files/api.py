"""The route of a person's folder, and the count that enforces its quota."""

from collections.abc import Iterator

from chalice.app import SQSEvent

from chalicelib.core import aws, settings
from chalicelib.core.erasure import before_leaving, eraser, remains
from chalicelib.core.export import File, exported_files, stored
from chalicelib.core.routes import Asked, Routes
from chalicelib.core.streams import Failures, one_by_one
from chalicelib.core.today import first_step
from chalicelib.core.who import SIGNED_IN
from chalicelib.files.folders import Folders, Row, changed_folders, folder_of_token
from chalicelib.live.api import push

routes = Routes()


def folders() -> Folders:
    room = settings.number("FOLDER_QUOTA"), settings.number("FOLDER_FILES")
    return Folders(aws.client("dynamodb"), settings.table("folders"), aws.client("s3"), settings.bucket("files"), *room)


@before_leaving
def note_folder(person_id: str, token: str) -> None:
    folders().learn(person_id, _folder(token))


@eraser
def erase_folder(person_id: str) -> None:
    folders().erase(person_id)


@remains
def files_left(person_id: str) -> Iterator[Row]:
    return folders().left(person_id)


@exported_files("files")
def files_of(person_id: str, after: str) -> Iterator[File]:
    mine = folders().rows.get(person_id)
    return stored(settings.bucket("files"), f"{mine['folder']}/", after) if mine else iter(())


@routes.get("/folder", who=SIGNED_IN, gives={200: "files/folder"})
def get_folder(asked: Asked) -> Row:
    """Get your folder's size and limits, and the files that were refused for lack of room."""
    known = folders().of(asked.person.id)
    return known or folders().learn(asked.person.id, _folder(asked.token))


@first_step("file", place=4)
def has_a_file(person_id: str) -> bool:
    return folders().has_any(person_id)


@routes.on_sqs_message(
    queue=settings.named("keep_quota"),
    batch_size=1000,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=2,
    name="keep_quota",
)
def keep_quota(event: SQSEvent) -> Failures:
    """When files come or go: delete what exceeds the quota, and notify the owner."""
    return one_by_one(changed_folders(event.to_dict()["Records"]), _recount)


def _recount(folder_id: str) -> None:
    person, folder = folders().recount(folder_id)
    if person:
        push().to_persons([person], {"type": "folder", **folder})


def _folder(token: str) -> str:
    pool = settings.user_pool_id()
    login = f"cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"
    return folder_of_token(aws.client("cognito-identity"), settings.required("IDENTITY_POOL_ID"), login, token)
