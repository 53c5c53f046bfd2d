"""What is said before a deployment touches anything: where it goes, and what there will stand in its way."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import boto3
from botocore.exceptions import ClientError

from cloud.errors import CloudError

# Chalice takes the functions' runtime from the Python that deploys. Packages are pinned for these.
OLDEST, NEWEST = (3, 11), (3, 14)
_FEW = 100


def place() -> str:
    """Account and region, and which cloud it is."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    region = boto3.session.Session().region_name
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return f"To {endpoint}, which AWS_ENDPOINT_URL names, not to AWS: account {account}, region {region}"
    return f"To AWS: account {account}, region {region}"


def check_python(running: tuple[int, int] = (sys.version_info[0], sys.version_info[1])) -> None:
    if not OLDEST <= running <= NEWEST:
        raise CloudError(
            f"Python {said(running)} can't deploy: functions run on the Python that deploys them, and their packages "
            f"are there for {said(OLDEST)} to {said(NEWEST)}. Make `.venv` with one of these."
        )


def said(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def warnings(sender: str) -> Iterator[str]:
    """What the account does not allow yet, a sentence each. What we may not ask is left out."""
    executions = boto3.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if executions < _FEW:
        yield (
            f"This account runs at most {executions} functions at once, of all stages together: bursts are answered "
            "with errors. Ask AWS to raise Lambda's quota 'Concurrent executions'."
        )
    if sender and not _may_write_to_all():
        yield (
            "This account may only mail to addresses that it has verified: subscribers get nothing until AWS grants "
            "production access to SES."
        )


def _may_write_to_all() -> bool:
    try:
        return bool(boto3.client("sesv2").get_account().get("ProductionAccessEnabled"))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return True
