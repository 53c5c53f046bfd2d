"""Clients with other credentials: a function role's, or a signed-in person's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import requests
from botocore.client import Config
from botocore.exceptions import ClientError

from tests.support.cloud import root
from tests.support.stage import RunningStage, User

Clients = Callable[..., Any]  # of a service, and of a path below the cloud's address


def as_role(stage: RunningStage, function: str) -> Clients:
    """Clients with exactly the function's permissions."""
    role = f"arn:aws:iam::000000000000:role/commonplace-{stage.name}-{function}"
    given = root(stage, "sts").assume_role(RoleArn=role, RoleSessionName="a-test")["Credentials"]
    return with_credentials(stage, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def with_credentials(stage: RunningStage, key: str, secret: str, token: str) -> Clients:
    @cache
    def client(service: str, path: str = "") -> Any:
        return boto3.client(
            service,
            endpoint_url=stage.config["s3Endpoint"] + path,
            region_name=stage.config["region"],
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    return client


def refused(call: Callable[[], Any]) -> bool:
    """Whether it is refused for lack of permission, not because the request makes no sense."""
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return code in (
            "AccessDenied", "AccessDeniedException", "AuthorizationError", "403", "UnauthorizedOperation",
            "ForbiddenException",
        )  # fmt: skip
    return False


def identity(stage: RunningStage, operation: str, **body: Any) -> requests.Response:
    headers = {"X-Amz-Target": f"AWSCognitoIdentityService.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    return requests.post(stage.config["identityEndpoint"] + "/", json=body, headers=headers, timeout=20)


def logins(user: User) -> dict[str, str]:
    config = user.stage.config
    return {f"cognito-idp.{config['region']}.amazonaws.com/{config['userPoolId']}": user.token}


def folder_of(user: User) -> tuple[str, Clients]:
    """The person's identity, and clients with the temporary credentials that a browser gets for it."""
    stage = user.stage
    found = identity(stage, "GetId", IdentityPoolId=stage.config["identityPoolId"], Logins=logins(user))
    assert found.status_code == 200, found.text
    id = found.json()["IdentityId"]
    answer = identity(stage, "GetCredentialsForIdentity", IdentityId=id, Logins=logins(user))
    assert answer.status_code == 200, answer.text
    given = answer.json()["Credentials"]
    return id, with_credentials(stage, given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
