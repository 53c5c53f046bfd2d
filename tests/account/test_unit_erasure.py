"""The end of an account: in every feature, at Cognito, and again when a record comes again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalicelib.account.erasure import Erasure, LeftOverError, erased_ids
from chalicelib.account.people import People, PersonRow
from chalicelib.core import aws
from chalicelib.core.aws import AwsError
from chalicelib.core.bounds import ErasedError
from chalicelib.core.erasure import erasers, looks
from chalicelib.core.streams import Change
from tests.account.contract import ADA, BOB
from tests.support.clock import at
from tests.support.tables import Tables


@pytest.fixture
def people(own_tables: Tables) -> People:
    return People(own_tables.database, own_tables.new("PeopleTable"))


@pytest.fixture
def pool(user_pool: str, signed_clients: dict[str, Any]) -> str:
    for name in ("ada", "bob"):
        signed_clients["cognito-idp"].admin_create_user(UserPoolId=user_pool, Username=name)
    return user_pool


def users(pool: str) -> list[str]:
    found = aws.client("cognito-idp").list_users(UserPoolId=pool)["Users"]
    return sorted(user["Username"] for user in found)


def test_begun_by_a_mark_and_nothing_else(people: People, pool: str) -> None:
    """The function that answers requests may delete nobody's things."""
    people.welcome(ADA)
    erased: list[str] = []
    noted: list[tuple[str, str]] = []
    noters = [lambda id, token: noted.append((id, token))]
    Erasure(people, aws.client("cognito-idp"), pool, [erased.append], noters=noters).begin("ada", "token")
    assert (erased, noted, users(pool)) == ([], [("ada", "token")], ["ada", "bob"])
    with pytest.raises(ErasedError):
        people.welcome(ADA)


def test_begun_twice_the_first_mark_stays(people: People, pool: str) -> None:
    """A new mark would start another erasure with each request."""
    cognito = aws.client("cognito-idp")
    marks = []
    for seconds in (1_700_000_000, 1_700_000_100):
        Erasure(at(seconds, people), cognito, pool, []).begin("ada", "token")
        marks.append(people.database.get_item(TableName=people.table, Key={"id": {"S": "ada"}})["Item"])
    assert marks[0] == marks[1]


def test_erases_everywhere_however_often(people: People, pool: str) -> None:
    people.welcome(BOB)
    erased: list[str] = []
    erasers = [erased.append, lambda id: erased.append(id.upper())]
    erasure = Erasure(people, aws.client("cognito-idp"), pool, erasers, [lambda id: iter(())])
    for _ in range(2):
        erasure.finish("ada")
    assert erased == ["ada", "ADA"] * 2
    assert users(pool) == ["bob"] and people.welcome(BOB)["name"] == "Bob"


def test_one_eraser_that_fails_keeps_none_from_erasing_and_is_told_of(people: People, pool: str) -> None:
    erased: list[str] = []

    def fail(id: str) -> None:
        raise ConnectionError(id)

    with pytest.raises(ConnectionError):  # the stream gets the error, and sends the record again
        Erasure(people, aws.client("cognito-idp"), pool, [fail, erased.append]).finish("ada")
    assert erased == ["ada"]


def test_where_something_is_left_it_is_not_done(people: People, pool: str) -> None:
    things = {"ada": ["a file"], "bob": ["another"]}

    def things_left(id: str) -> list[str]:
        return things[id]

    erasure = Erasure(people, aws.client("cognito-idp"), pool, [], [things_left])
    with pytest.raises(LeftOverError, match="things_left"):
        erasure.finish("ada")
    things["ada"] = []
    erasure.finish("ada")


def test_another_refusal_of_cognito_is_not_swallowed(people: People, pool: str) -> None:
    with pytest.raises(aws.Failure) as raised:
        Erasure(people, aws.client("cognito-idp"), "eu-central-1_nowhere", []).finish("ada")
    assert isinstance(raised.value, AwsError)
    assert raised.value.code == "ResourceNotFoundException"


def test_every_feature_that_keeps_something_has_an_eraser() -> None:
    import app

    assert app.app.routes
    kept_by = sorted({eraser.__module__.split(".")[1] for eraser in erasers})
    looked_at = [look.__module__ for look in looks]
    assert looked_at == [eraser.__module__ for eraser in erasers], "what one erases, another looks for"
    features = {path.parent.name for path in Path("chalicelib").glob("*/api.py")} - {"core"}
    # Subscribers are known by an address, and leave by a mail; what the others show belongs to other features.
    assert kept_by == sorted(features - {"narration", "subscribers", "today"})


MARK: PersonRow = {"id": "ada", "erasedAt": "2026-11-20T23:04:21.123Z", "expiresAt": 1}
ROW: PersonRow = {"id": "bob", "email": "bob@example.com", "name": "Bob"}


def test_marks_that_come_or_go_are_erasures_and_nothing_else_is() -> None:
    images = [(None, ROW), (ROW, ROW), (ROW, MARK), (None, MARK), (MARK, None), (ROW, None)]
    told = [(f"{number}", Change("MODIFY", *image)) for number, image in enumerate(images, 1)]
    assert erased_ids(told) == [("3", "ada"), ("4", "ada"), ("5", "ada")]
