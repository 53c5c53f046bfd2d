"""The end of an account: in every feature, at Cognito, and again when a record says so."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chalicelib.account.erasure import Erasure, erased_ids
from chalicelib.account.people import ErasedError, People
from chalicelib.core import aws, log
from chalicelib.core.aws import AwsError
from chalicelib.core.erasure import erasers
from chalicelib.core.streams import one_by_one
from tests.contracts.people import ADA, BOB
from tests.contracts.tables import Tables


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


def test_erases_everywhere(people: People, pool: str) -> None:
    people.welcome(ADA)
    people.welcome(BOB)
    erased: list[str] = []
    erasure = Erasure(people, aws.client("cognito-idp"), pool, [erased.append, lambda id: erased.append(id.upper())])
    erasure.begin("ada", "token", time.time())
    assert erased == ["ada", "ADA"]
    assert users(pool) == ["bob"]
    with pytest.raises(ErasedError):
        people.welcome(ADA)
    assert people.welcome(BOB)["name"] == "Bob"


def test_can_run_again(people: People, pool: str) -> None:
    erased: list[str] = []
    erasure = Erasure(people, aws.client("cognito-idp"), pool, [erased.append])
    for _ in range(2):
        erasure.begin("ada", "token", time.time())
        erasure.finish("ada")
    erasure.begin("never-here", "token", time.time())
    assert erased == ["ada"] * 4 + ["never-here"]
    assert users(pool) == ["bob"]


def test_stopped_halfway_the_mark_is_there_for_the_stream_to_go_on(people: People, pool: str) -> None:
    def fail(id: str) -> None:
        raise ConnectionError(id)

    people.welcome(ADA)
    erasure = Erasure(people, aws.client("cognito-idp"), pool, [fail])
    erasure.begin("ada", "token", time.time())
    with pytest.raises(ConnectionError):  # the stream is told, and comes again
        erasure.finish("ada")
    with pytest.raises(ErasedError):
        people.welcome(ADA)


def test_another_refusal_of_cognito_is_not_swallowed(people: People, pool: str) -> None:
    with pytest.raises(aws.Failure) as raised:
        Erasure(people, aws.client("cognito-idp"), "eu-central-1_nowhere", []).finish("ada")
    assert isinstance(raised.value, AwsError)
    assert raised.value.code == "ResourceNotFoundException"


def test_every_feature_that_keeps_something_has_an_eraser() -> None:
    import app

    assert app.app.routes
    kept_by = sorted(eraser.__module__.split(".")[1] for eraser in erasers)
    assert kept_by == ["albums", "chat", "live", "posts", "speech", "todos"]


def record(number: str, new: dict[str, Any] | None = None, old: dict[str, Any] | None = None) -> dict[str, Any]:
    change = {"SequenceNumber": number, "Keys": {"id": {"S": "x"}}, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return {"dynamodb": {**change, **({"NewImage": new} if new else {}), **({"OldImage": old} if old else {})}}


MARK = {"id": {"S": "ada"}, "erasedAt": {"S": "2026-11-20T23:04:21.123Z"}, "expiresAt": {"N": "1"}}
ROW = {"id": {"S": "bob"}, "email": {"S": "bob@example.com"}, "name": {"S": "Bob"}}


def test_marks_that_come_or_go_are_erasures_and_nothing_else_is() -> None:
    records = [
        record("1", new=ROW),
        record("2", new=ROW, old=ROW),
        record("3", new=MARK, old=ROW),
        record("4", new=MARK),
        record("5", old=MARK),
        record("6", old=ROW),
    ]
    assert erased_ids(records) == [("3", "ada"), ("4", "ada"), ("5", "ada")]


def test_a_bad_record_does_not_block_those_behind_it() -> None:
    done: list[str] = []

    def work(piece: str) -> None:
        if piece.startswith("bad"):
            raise ValueError(piece)
        done.append(piece)

    pieces = [("1", "a"), ("2", "bad secret"), ("3", "b"), ("4", "bad"), ("5", "c")]
    assert one_by_one(pieces, work) == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "4"}]}
    assert done == ["a", "b", "c"]
    assert log._failure and "ValueError" in log._failure and "secret" not in log._failure
    assert one_by_one([], work) == {"batchItemFailures": []}
