"""The routes of notices, and the pushes about them."""

from collections.abc import Iterator
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.core import notices as core_notices
from chalicelib.core import settings
from chalicelib.core.bounds import MINUTE, Bound
from chalicelib.core.directory import directory
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import exported
from chalicelib.core.notices import STATE, Notice, Notices, kinds
from chalicelib.core.pages import Page
from chalicelib.core.routes import PAGED, Asked, Routes
from chalicelib.core.streams import Change, Failures, each_change
from chalicelib.core.who import SIGNED_IN
from chalicelib.live.api import push
from chalicelib.notices.inbox import Choices, Inbox, ShownNotice, told_of

routes = Routes()

READING = Bound("notices-read", 300, MINUTE, "marks of how far notices are read")
CHOICES = Bound("notices-chosen", 60, MINUTE, "choices of notices")


@erased_with_accounts
def notices() -> Notices:
    return core_notices.notices()


@exported("notices")
def notices_of(person_id: str) -> Iterator[Notice]:
    return notices().rows.rows("person = :person", person=person_id)


def inbox(person_id: str) -> Inbox:
    return Inbox(notices(), directory(), person_id)


@routes.get("/notices", who=SIGNED_IN, query=PAGED, gives={200: "notices/notice-page"})
def list_notices(asked: Asked) -> Page[ShownNotice]:
    """List what you were told of, newest first."""
    return inbox(asked.person.id).newest(asked.turn)


@routes.put("/notices/read", who=SIGNED_IN, takes="notices/read-notice", gives={204: None}, fails=(404,), bound=READING)
def read_notices(asked: Asked) -> None:
    """Mark this notice and all before it as read."""
    inbox(asked.person.id).read(asked.body["id"])


@routes.get("/me/notices", who=SIGNED_IN, gives={200: "notices/choices"})
def get_notice_choices(asked: Asked) -> Choices:
    """Get which kinds of notices you want."""
    return inbox(asked.person.id).choices(kinds)


@routes.put("/me/notices", who=SIGNED_IN, takes="notices/new-choices", gives={200: "notices/choices"}, bound=CHOICES)
def choose_notices(asked: Asked) -> Choices:
    """Choose which kinds of notices you want; those you don't name stay as they are."""
    return inbox(asked.person.id).choose(asked.body["kinds"], kinds)


@routes.on_dynamodb_record(stream_arn=settings.stream("notices"), batch_size=10, name="push_notices")
def push_notices(event: DynamoDBEvent) -> Failures:
    """Push each notice to its person's open pages, and how far they have read."""
    return each_change(event, _push)


def _push(change: Change[Any]) -> None:
    """Reads it again: records may come late."""
    person, id = told_of(change) or ("", "")
    if id == STATE:
        push().to_persons([person], {"type": "notices.read", "id": notices().state(person).get("readUpTo")})
    elif id and (there := inbox(person).find(id)):
        push().to_persons([person], {"type": "notice", "notice": there})
    elif id:
        push().to_persons([person], {"type": "notice.deleted", "id": id})
