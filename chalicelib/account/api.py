"""The account's routes, and what its stream triggers."""

from collections.abc import Iterator

from chalice.app import DynamoDBEvent

from chalicelib.account.erasure import Erasure, erased_ids
from chalicelib.account.people import People, PersonRow, ShownPerson
from chalicelib.core import aws, bounds, settings
from chalicelib.core.bounds import HOUR, MINUTE, Bound, Counter
from chalicelib.core.directory import Who
from chalicelib.core.erasure import eraser, erasers, looks, noters, remains
from chalicelib.core.export import exported
from chalicelib.core.routes import Asked, Parameter, Routes
from chalicelib.core.streams import Change, Failures, changes, each_change, one_by_one
from chalicelib.core.who import SIGNED_IN
from chalicelib.live.api import close_sockets

routes = Routes()

LOOKUPS = Bound("lookups", 120, MINUTE, "searches for a person")
NAMES = Bound("names", 60, MINUTE, "changes of the name")
SIGN_OUTS = Bound("sign-outs", 20, HOUR, "times signing out everywhere")

EMAIL = Parameter("email", {"type": "string", "maxLength": 320}, "The exact mail address.", required=True)


def people() -> People:
    return People(aws.client("dynamodb"), settings.table("people"))


def erasure() -> Erasure:
    return Erasure(people(), aws.client("cognito-idp"), settings.user_pool_id(), erasers, looks, noters)


@eraser
def erase_counters(person_id: str) -> None:
    bounds.forget(person_id)


@remains
def counters_left(person_id: str) -> Iterator[Counter]:
    return bounds.counters_of(person_id)


@exported("account")
def person_of(person_id: str) -> list[PersonRow]:
    row = people().rows.get(person_id)
    return [row] if row else []


@routes.get("/me", who=SIGNED_IN, gives={200: "account/me"}, fails=(403,))
def get_me(asked: Asked) -> ShownPerson:
    """Get the signed-in person."""
    return people().welcome(asked.person)


@routes.put("/me", who=SIGNED_IN, takes="account/new-me", gives={200: "account/me"}, fails=(403,), bound=NAMES)
def change_me(asked: Asked) -> ShownPerson:
    """Set your name."""
    return people().rename(asked.person, asked.body["name"])


@routes.delete("/me", who=SIGNED_IN, gives={204: None})
def erase_me(asked: Asked) -> None:
    """Erase your account and everything it owns. It can't be used from now on; its data goes within moments."""
    people().check(asked.person)
    erasure().begin(asked.person.id, asked.token)


@routes.delete("/me/sessions", who=SIGNED_IN, gives={204: None}, fails=(403,), bound=SIGN_OUTS)
def sign_out_everywhere(asked: Asked) -> None:
    """End all your sign-ins: their sockets close, and their tokens can't change anything any more."""
    people().sign_out(asked.person)


@routes.get("/people", who=SIGNED_IN, query=(EMAIL,), gives={200: "account/person"}, fails=(404,), bound=LOOKUPS)
def find_person(asked: Asked) -> Who:
    """Find the person with exactly this mail address."""
    return people().with_email(asked.query["email"])


@routes.on_dynamodb_record(stream_arn=settings.stream("people"), batch_size=10, name="erase_people")
def erase_people(event: DynamoDBEvent) -> Failures:
    """Carry out a deletion, and repeat it once the person's last token has expired."""
    return one_by_one(erased_ids(changes(event)), erasure().finish)


@routes.on_dynamodb_record(stream_arn=settings.stream("people"), batch_size=10, name="sign_out_people")
def sign_out_people(event: DynamoDBEvent) -> Failures:
    """Close the sockets of those who signed out everywhere."""
    return each_change(event, _close_if_signed_out)


def _close_if_signed_out(change: Change[PersonRow]) -> None:
    before, after = (row.get("signedOutAt") if row else None for row in (change.before, change.after))
    if change.after and after != before:
        close_sockets(change.after["id"])
