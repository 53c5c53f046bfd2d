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

from cloud import clients, lock, preflight
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


def test_what_is_left_exported_of_a_laptop(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 is not asked: nothing here may talk to AWS."""

    class Told:
        class meta:
            endpoint_url = "https://sts.eu-west-1.amazonaws.com"

        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": "123456789012"}

    monkeypatch.setattr(clients, "of", lambda service: Told())
    assert preflight.place() == "To AWS: account 123456789012, region us-east-1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_POLLY", "http://127.0.0.1:1")
    assert "AWS_ENDPOINT_URL_POLLY is still exported" in preflight.place()
    monkeypatch.setattr(Told.meta, "endpoint_url", "http://127.0.0.1:4566")
    assert "which AWS_ENDPOINT_URL names, not to AWS" in preflight.place()


def test_without_a_region_or_credentials(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(CloudError, match="no credentials"):
        preflight.place()
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    with pytest.raises(CloudError, match="No region"):
        preflight.place()


def test_what_a_new_account_does_not_allow_yet(bed: Bed) -> None:
    letters, mail = {"MailSender": "letters@example.com"}, clients.of("sesv2")
    [few] = preflight.warnings({})
    assert "at most 10 functions at once" in few
    [_, unknown] = preflight.warnings(letters)
    assert "letters@example.com is not verified yet" in unknown
    mail.create_email_identity(EmailIdentity="example.com")
    assert [*preflight.warnings(letters)] == [few], "its domain is verified"
    account = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.org"}
    mail.put_account_details(ProductionAccessEnabled=False, **account)
    sandbox = [*preflight.warnings(letters)]
    assert sandbox[0] == few and "production access" in sandbox[1] and [*preflight.warnings({})] == [few]


def test_what_may_not_be_asked_is_left_out(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    client = clients.of

    class Refusing:
        exceptions = client("sesv2").exceptions

        def get_account(self, **asked: Any) -> None:
            answer = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(answer, "GetAccount")

        get_email_identity = get_account

    monkeypatch.setattr(clients, "of", lambda service: Refusing() if service == "sesv2" else client(service))
    assert len([*preflight.warnings({"MailSender": "letters@example.com"})]) == 1


def test_what_a_region_lacks(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3.session.Session, "get_available_regions", lambda *asked: ["eu-west-1"])
    said = " ".join(preflight.warnings({}))
    assert "us-east-1 seems to have no Polly" in said and "Translate" in said and "DAX" not in said
    assert "DAX" in " ".join(preflight.warnings({"DaxNodeType": "dax.t3.small"}))


def test_a_cache_needs_two_zones(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    with_cache, zone = {"DaxNodeType": "dax.t3.small"}, {"ZoneName": "us-east-1a", "State": "available"}
    preflight.check(Stage("prod"), with_cache)

    class Narrow:
        def describe_availability_zones(self, **asked: Any) -> Any:
            return {"AvailabilityZones": [zone, {**zone, "State": "impaired"}]}

    monkeypatch.setattr(clients, "of", lambda service: Narrow())
    with pytest.raises(CloudError, match="DAX needs 2 zones, this region has 1"):
        preflight.check(Stage("prod"), with_cache)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ApiCacheSize", "7", "one of 0.5"),
        ("ApiCacheSeconds", "7200", "at most 3600"),
        ("ApiCacheSeconds", "soon", "whole number"),
        ("Stage", "Prod", "has to be like"),
    ],
)
def test_settings_that_the_template_refuses(name: str, value: str, why: str) -> None:
    preflight.check(Stage("prod"), {"ApiCacheSize": "", "ApiCacheSeconds": "3600"})
    with pytest.raises(CloudError, match=why):
        preflight.check(Stage("prod"), {name: value})


def test_settings_that_there_are_not() -> None:
    preflight.check_known({"MailSender": ""})
    with pytest.raises(CloudError, match="do you mean MailSender"):
        preflight.check_known({"Mailsender": ""})


def test_what_a_template_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    for least in ("_SECTIONS", "_NAMES"):
        fewer = {name: (9, *rest) if rest else 9 for name, *rest in _limits(least)}
        with monkeypatch.context() as patch, pytest.raises(CloudError):
            patch.setattr(preflight, least, fewer)
            preflight.check(Stage("prod"), {})
    preflight.check(Stage("a-name-of-twenty-lett"[:20]), {})


def _limits(name: str) -> list[tuple[Any, ...]]:
    limits = getattr(preflight, name)
    return [(key, *value[1:]) if isinstance(value, tuple) else (key,) for key, value in limits.items()]


def test_one_deployment_at_a_time(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all machines. What has ended without a word, or an hour ago, holds nobody up."""
    s3, bucket = clients.of("s3"), unique("state")
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
