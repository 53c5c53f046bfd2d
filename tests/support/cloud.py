"""Shared by the deployed stage's tests: unique albums, the shape of refusals, throttles."""

from __future__ import annotations

import functools
import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import requests

from chalicelib.core.bounds import Rate
from cloud.stage import outputs_of
from tests.support.stage import RunningStage, User, environment_of

PROBLEM = "application/problem+json"
_ranks = itertools.count(100_000 + 100 * secrets.randbelow(8_000))


def an_album(**changes: Any) -> dict[str, Any]:
    """With a rank and a title that no other test uses."""
    rank = next(_ranks)
    return {"rank": rank, "title": f"Album {rank}", "artist": "The Testers", "year": 1999, "genre": "Test", **changes}


def added(user: User, **changes: Any) -> dict[str, Any]:
    """An album that this person has added."""
    answer = user.post("/albums", an_album(**changes))
    assert answer.status_code == 201, answer.text
    album: dict[str, Any] = answer.json()
    return album


def remove(user: User, *albums: dict[str, Any]) -> None:
    for album in albums:
        answer = user.delete(f"/albums/{album['id']}", album["version"])
        assert answer.status_code == 204, answer.text


def problem(answer: requests.Response, status: int) -> dict[str, Any]:
    """The body of a refusal, checked to be like every refusal: problem details that a browser may read."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"].partition(";")[0] == PROBLEM, answer.headers
    assert answer.headers.get("Access-Control-Allow-Origin") == "*", answer.headers
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "status", "detail"} <= body.keys() <= {"type", "title", "status", "detail", "errors"}
    assert all(isinstance(body[name], str) and body[name] for name in ("type", "title", "detail"))
    assert not any(trace in answer.text for trace in ("Traceback", "Exception", "arn:aws", "dynamodb"))
    return body


def pointers(answer: requests.Response) -> list[str]:
    return [error["pointer"] for error in problem(answer, 422)["errors"]]


def refused_by_cognito(answer: requests.Response, kind: str) -> str:
    """Cognito's message, checked to be this refusal and readable by a browser."""
    assert answer.status_code == 400, answer.text
    assert answer.json()["__type"].rpartition("#")[2] == kind, answer.text
    assert answer.headers.get("Access-Control-Allow-Origin"), answer.headers
    message: str = answer.json()["message"]
    return message


def root(stage: RunningStage, service: str) -> Any:
    """A client of the stage's cloud that may do everything."""
    return _root(stage.data.as_posix(), stage.config["cognitoEndpoint"], service, *_root_key(stage))


@functools.cache
def _root(data: str, endpoint: str, service: str, key: str, secret: str) -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
    )


def _root_key(stage: RunningStage) -> tuple[str, str]:
    environment = environment_of(stage)
    return environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]


def outputs(stage: RunningStage, name: str = "") -> dict[str, str]:
    """Of the stage, or of another one next to it."""
    stack = root(stage, "cloudformation").describe_stacks(StackName=f"commonplace-{name or stage.name}")["Stacks"][0]
    return outputs_of(stack)


def _stage_of(stage: RunningStage) -> dict[str, str]:
    return {"restApiId": stage.config["api"].rsplit("/", 2)[1], "stageName": "api"}


def rates(stage: RunningStage) -> dict[str, Rate]:
    """The stage's throttles, by `path/METHOD`."""
    settings = root(stage, "apigateway").get_stage(**_stage_of(stage))["methodSettings"]
    return {
        f"/{name.replace('~1', '/').lstrip('/')}": Rate(one["throttlingRateLimit"], one["throttlingBurstLimit"])
        for name, one in settings.items()
    }


@contextmanager
def let_through(stage: RunningStage, path: str, method: str, rate: Rate) -> Iterator[None]:
    """Allow only this much meanwhile."""
    before = rates(stage)[f"{path}/{method}"]
    _let_through(stage, path, method, rate)
    try:
        yield
    finally:
        _let_through(stage, path, method, before)


def _let_through(stage: RunningStage, path: str, method: str, rate: Rate) -> None:
    place = f"/{path.replace('/', '~1')}/{method}/throttling"
    values = {"rateLimit": rate.a_second, "burstLimit": rate.at_once}
    patches = [{"op": "replace", "path": f"{place}/{name}", "value": str(value)} for name, value in values.items()]
    root(stage, "apigateway").update_stage(**_stage_of(stage), patchOperations=patches)
