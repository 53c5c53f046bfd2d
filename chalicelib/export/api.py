"""The routes of a person's export, and the function that makes it."""

import time
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.core import aws, bounds, export, notices, settings
from chalicelib.core.bounds import DAY, Bound, Permit
from chalicelib.core.erasure import erased_with_accounts, noters
from chalicelib.core.ids import as_time
from chalicelib.core.letters import letter
from chalicelib.core.mailer import Mailer, at_most_once
from chalicelib.core.notices import News
from chalicelib.core.person import Person
from chalicelib.core.presigned import presigned_get
from chalicelib.core.routes import Asked, Routes
from chalicelib.core.streams import Change, Failures, each_change
from chalicelib.core.tables import Table
from chalicelib.core.who import SIGNED_IN
from chalicelib.export.exports import READY, Export, Exports

routes = Routes()

EXPORTS = Bound("exports", 3, DAY, "exports")
MADE = notices.kind("export", "Your export is ready")

_LINK_SECONDS = 5 * 60
_SAVED_AS = {"response-content-disposition": 'attachment; filename="commonplace.zip"'}


@erased_with_accounts
def exports() -> Exports:
    place = aws.client("dynamodb"), settings.table("exports"), aws.client("s3"), settings.bucket("exports")
    return Exports(*place, export.rows, export.files)


@routes.post("/me/export", who=SIGNED_IN, gives={202: "export/export"}, fails=(409,), bound=EXPORTS)
def begin_export(asked: Asked, permit: Permit) -> dict[str, Any]:
    """Have all that is yours made into a zip; a mail and a notice tell you when it is ready."""
    _note(asked.person, asked.token)
    return _shown(exports().begin(asked.person.id, permit))


@routes.get("/me/export", who=SIGNED_IN, gives={200: "export/export"})
def get_export(asked: Asked) -> dict[str, Any]:
    """Get how far your export is; once it is ready, with a link for a few minutes."""
    return _shown(exports().find(asked.person.id))


@routes.on_dynamodb_record(stream_arn=settings.stream("exports"), batch_size=1, name="make_export")
def make_export(event: DynamoDBEvent) -> Failures:
    """Write the next piece of an export, or tell its person that it is ready."""
    return each_change(event, _follow)


def _note(person: Person, token: str) -> None:
    """What only the token tells, as before an erasure: which folder is theirs. Not for those who have left."""
    bounds.permit(person.sign_in).take()
    for note in noters:
        note(person.id, token)


def _follow(change: Change[Export]) -> None:
    exports().follow(change, _tell)


def _tell(row: Export) -> None:
    url = "/profile"
    news = News(MADE, f"export {row['id']}", "All that is yours is ready to download.", url)
    notices.notices().tell(row["person"], news)
    people: Table[dict[str, str]] = Table(aws.client("dynamodb"), settings.table("people"))
    address, sender = (people.get(row["person"]) or {}).get("email"), settings.mail_sender()
    if not address or not sender:
        return
    site = settings.required("SITE_ADDRESS")
    told = letter(
        "Your export from Commonplace is ready",
        ["All that is yours is in one zip. Sign in to download it; it is kept for three days."],
        (f"{site}/#{url}", "To your account"),
        ["You get this because you asked for it."],
    )
    with at_most_once(lambda: exports().forget_told(row)):
        Mailer(aws.client("sesv2"), sender, settings.named("letters")).send(address, told)


def _shown(row: Export | None) -> dict[str, Any]:
    if not row:
        return {"status": "none"}
    shown: dict[str, Any] = {"status": row["status"], "at": row["at"]}
    if row["status"] != READY:
        return shown
    url = presigned_get(settings.bucket("exports"), row["state"], _LINK_SECONDS, now=time.time(), answer=_SAVED_AS)
    return {**shown, "bytes": row["bytes"], "url": url, "until": as_time(row["expiresAt"])}
