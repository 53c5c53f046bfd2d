"""A client for AWS's JSON protocols on the standard library alone, with signing, keep-alive and retries."""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from hashlib import sha256
from hmac import digest
from typing import Any, NamedTuple
from urllib.parse import quote

from chalicelib.core.aws import AwsError, is_throttled
from chalicelib.core.wire import Endpoint, UnansweredError

TRIES = 3
FIRST_DELAY = 0.05

# Operations that a retry would repeat unless each try carries the same token.
TOKENS = {
    "ExecuteTransaction": "ClientRequestToken",
    "ExportTableToPointInTime": "ClientToken",
    "ImportTable": "ClientToken",
    "TransactWriteItems": "ClientRequestToken",
}

ACRONYMS = {"Csv": "CSV", "UiCustomization": "UICustomization", "MfaPreference": "MFAPreference"}


class Service(NamedTuple):
    name: str  # as in the host name and the signature
    variable: str  # as in AWS_ENDPOINT_URL_…
    target: str
    version: str


SERVICES = {
    "dynamodb": Service("dynamodb", "DYNAMODB", "DynamoDB_20120810", "1.0"),
    "cognito-idp": Service("cognito-idp", "COGNITO_IDENTITY_PROVIDER", "AWSCognitoIdentityProviderService", "1.1"),
}


class Credentials(NamedTuple):
    key: str
    secret: str
    token: str | None = None


def chance() -> float:
    """From 0 to 1; loading `random` takes longer than the delay it would compute."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


class SignedClient:
    """One service's client: `client.transact_write_items(TransactItems=…)` calls TransactWriteItems.

    Answers look like boto3's, except that times stay numbers and there is no `ResponseMetadata`.
    """

    def __init__(
        self,
        service: str,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = chance,
    ) -> None:
        self._service = SERVICES[service]
        self._environ = environ
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._region = region_of(environ)
        self._endpoint = Endpoint(endpoint_of(self._service, self._region, environ), environ.get("AWS_CA_BUNDLE"))

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name.startswith("_"):
            raise AttributeError(name)
        operation = operation_of(name)

        def call(**parameters: Any) -> dict[str, Any]:
            return self._call(operation, parameters)

        setattr(self, name, call)
        return call

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation in TOKENS:
            parameters = {TOKENS[operation]: os.urandom(16).hex(), **parameters}
        body = json.dumps(parameters, separators=(",", ":"), default=_base64).encode()
        tried = 0
        while True:
            try:
                return self._try(operation, body)
            except AwsError as error:
                tried += 1
                if tried == TRIES or not _may_pass(error):
                    raise
            # Full jitter: callers that were refused together must not come back together.
            self._sleep(self._chance() * FIRST_DELAY * 2**tried)

    def _try(self, operation: str, body: bytes) -> dict[str, Any]:
        try:
            status, answer = self._endpoint.post(self._headers(operation, body), body)
        except UnansweredError as error:
            raise AwsError(_refusal(0, {"__type": "Unanswered", "message": str(error)}), operation) from error
        if status == 200:
            return _read(answer)
        raise AwsError(_refusal(status, _read_error(answer)), operation)

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": f"application/x-amz-json-{self._service.version}",
            "Host": self._endpoint.host,
            "X-Amz-Target": f"{self._service.target}.{operation}",
        }
        path, credentials = self._endpoint.path, credentials_of(self._environ)
        return signed(headers, path, body, credentials, self._region, self._service.name, self._clock())


def operation_of(name: str) -> str:
    """`admin_delete_user` → `AdminDeleteUser`"""
    operation = name.title().replace("_", "")
    for spoken, written in ACRONYMS.items():
        operation = operation.replace(spoken, written)
    return operation


def region_of(environ: Mapping[str, str]) -> str:
    region = environ.get("AWS_DEFAULT_REGION") or environ.get("AWS_REGION") or _profile().get_config_variable("region")
    if not region:
        raise ValueError("AWS_DEFAULT_REGION is not set and no profile sets a region")
    return str(region)


def endpoint_of(service: Service, region: str, environ: Mapping[str, str]) -> str:
    named = environ.get(f"AWS_ENDPOINT_URL_{service.variable}") or environ.get("AWS_ENDPOINT_URL")
    if named and environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        return named
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service.name}.{region}.{domain}"


def credentials_of(environ: Mapping[str, str]) -> Credentials:
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Credentials(key, secret, environ.get("AWS_SESSION_TOKEN"))
    held = _profile_credentials()
    if held is None:
        raise ValueError("no AWS credentials in the environment or in a profile")
    frozen = held.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


@cache
def _profile_credentials() -> Any:
    return _profile().get_credentials()


@cache
def _profile() -> Any:
    # For profiles, single sign-on and instance roles botocore knows the way; Lambda needs none of it.
    from botocore.session import get_session

    return get_session()


def signed(
    headers: Mapping[str, str], path: str, body: bytes, credentials: Credentials, region: str, service: str, now: float
) -> dict[str, str]:
    """The headers of a POST, with date, session token and Signature Version 4 added."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    headers = {**headers, "X-Amz-Date": moment}
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    values = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in values)
    lines = "".join(f"{name}:{value}\n" for name, value in values)
    request = f"POST\n{quote(path, safe='/~')}\n\n{lines}\n{names}\n{_hash_of(body)}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = digest(signing_key(credentials.secret, moment[:8], region, service), text.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


@lru_cache(maxsize=1)  # the same text goes to many sockets in a row
def _hash_of(body: bytes) -> str:
    return sha256(body).hexdigest()


@lru_cache(maxsize=16)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = digest(key, part.encode(), "sha256")
    return key


def _may_pass(error: AwsError) -> bool:
    return error.status == 0 or error.status >= 500 or is_throttled(error)


def _read(answer: bytes) -> dict[str, Any]:
    # Few tables hold binary values: inspect objects only then.
    binary = b'"B"' in answer or b'"BS"' in answer
    found: dict[str, Any] = json.loads(answer, object_hook=_bytes if binary else None) if answer else {}
    return found


def _read_error(answer: bytes) -> dict[str, Any]:
    try:
        found = _read(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(status: int, body: dict[str, Any]) -> dict[str, Any]:
    code = str(body.pop("__type", status)).partition(":")[0].rpartition("#")[2]
    message = str(body.pop("message", body.pop("Message", "")))
    return {**body, "Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}


def _base64(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} can't be sent to AWS")


def _bytes(found: dict[str, Any]) -> dict[str, Any]:
    if len(found) == 1:
        if isinstance(found.get("B"), str):
            return {"B": base64.b64decode(found["B"])}
        if isinstance(found.get("BS"), list):
            return {"BS": [base64.b64decode(value) for value in found["BS"]]}
    return found
