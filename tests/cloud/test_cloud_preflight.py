"""What a deployment says before it touches anything, and what it refuses."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cloud import lock, preflight
from cloud.errors import CloudError
from cloud.finish import once_spread
from cloud.stage import Stage
from tests.laptop.embedded_support import Bed, unique


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    """A new account: ten executions."""
    built = Bed(executions=10)
    with built.behind_boto3():
        yield built
    built.close()


def test_where_it_goes(bed: Bed) -> None:
    said = preflight.place()
    assert all(each in said for each in (bed.endpoint, "not to AWS", "000000000000", "us-east-1"))


def test_what_a_new_account_does_not_allow_yet(bed: Bed) -> None:
    [few] = preflight.warnings("")
    assert "at most 10 functions at once" in few
    assert [*preflight.warnings("letters@example.com")] == [few]
    account = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.org"}
    boto3.client("sesv2").put_account_details(ProductionAccessEnabled=False, **account)
    sandbox = [*preflight.warnings("letters@example.com")]
    assert sandbox[0] == few and "production access" in sandbox[1] and [*preflight.warnings("")] == [few]


def test_what_may_not_be_asked_is_left_out(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client

    class Refusing:
        def get_account(self) -> None:
            answer = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(answer, "GetAccount")

    monkeypatch.setattr(boto3, "client", lambda service: Refusing() if service == "sesv2" else client(service))
    assert len([*preflight.warnings("letters@example.com")]) == 1


def test_one_deployment_at_a_time(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all machines. What has ended without a word, or an hour ago, holds nobody up."""
    s3, bucket = boto3.client("s3"), unique("state")
    s3.create_bucket(Bucket=bucket)

    def left_by(**who: Any) -> None:
        left = {"who": "Ada on hers", "host": "hers", "process": 1, "at": time.time(), **who}
        s3.put_object(Bucket=bucket, Key="deploying.json", Body=json.dumps(left).encode())

    for _ in range(2):
        with lock.held(bucket), pytest.raises(CloudError, match="has been deploying"), lock.held(bucket):
            raise AssertionError
    left_by()
    with pytest.raises(CloudError, match="Ada on hers"), lock.held(bucket):
        raise AssertionError
    ended = subprocess.Popen(["true"])
    ended.wait()
    for over in ({"at": time.time() - 3601}, {"host": socket.gethostname(), "process": ended.pid}):
        left_by(**over)
        with lock.held(bucket):
            pass
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("name", ["laws", "amazon", "my-cognito", "aws-1"])
def test_a_name_that_aws_refuses_in_a_sign_in(name: str) -> None:
    with pytest.raises(CloudError, match="AWS refuses"):
        Stage(name)


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (4, 0)])
def test_a_python_without_packages_is_refused(version: tuple[int, int]) -> None:
    preflight.check_python((3, 11))
    preflight.check_python((3, 14))
    with pytest.raises(CloudError, match=r"3\.11 to 3\.14"):
        preflight.check_python(version)


def test_finishing_waits_until_a_role_has_spread() -> None:
    said = "The provided execution role does not have permissions to call SendMessage on SQS"
    answers = [refusal("InvalidParameterValueException", said)] * 2
    slept: list[float] = []

    def call() -> str:
        if answers:
            raise answers.pop()
        return "set"

    assert once_spread(call, slept.append) == "set" and len(slept) == 2
    answers.append(refusal("AccessDeniedException", "no"))
    with pytest.raises(ClientError, match="AccessDenied"):
        once_spread(call, slept.append)
    answers.extend([refusal("InvalidParameterValueException", "never")] * 10)
    with pytest.raises(ClientError, match="never"):
        once_spread(call, slept.append)


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "UpdateEventSourceMapping")
