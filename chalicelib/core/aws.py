"""The one door to AWS: a client per service, created on first use, and helpers to read its failures."""

import sys
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

Done = TypeVar("Done")

if TYPE_CHECKING:
    # What to name after `except`: failures of our own clients and of boto3's.
    Failure: tuple[type[Exception], ...]

# Services with a JSON protocol that we call often: our own small client starts and answers faster.
SIGNED = ("dynamodb", "cognito-idp")

THROTTLED = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyInvalidationsInProgress",
    "TooManyRequestsException",
    "TransactionConflictException",  # a single write met a transaction: nothing was written
    "TransactionInProgressException",
)
# The same, as cancellation reasons of a transaction.
BUSY = ("ProvisionedThroughputExceeded", "ThrottlingError")

# For boto3: a worker must learn that a call failed before its lease ends.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 45,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
# Where boto3's defaults don't fit.
_CHOICES: dict[str, dict[str, Any]] = {
    # Sign forms for the bucket's own region, so that browsers aren't redirected.
    "s3": {
        "signature_version": "s3v4",
        "s3": {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    },
    # Don't resend a mail whose fate is unknown: nobody gets one twice.
    "sesv2": {"retries": {"total_max_attempts": 1}},
}

_clients: dict[str, Any] = {}
_making = Lock()  # boto3's default session is not thread-safe


def client(service: str, endpoint: str = "") -> Any:
    """The service's client, with boto3's operation names and parameters; at its own endpoint where one is set."""
    name = f"{service} {endpoint}".strip()
    if name not in _clients:
        with _making:
            if name not in _clients:
                _clients[name] = _made(service, endpoint)
    return _clients[name]


def forget() -> None:
    """Make the next `client` read the endpoint and region from the environment again."""
    _clients.clear()


def _made(service: str, endpoint: str) -> Any:
    if service in SIGNED:
        from chalicelib.core.signed import SignedClient

        return SignedClient(service)
    import boto3
    from botocore.config import Config

    config = Config(**{**_PATIENCE, **_CHOICES.get(service, {})})
    return boto3.client(service, endpoint_url=endpoint or None, config=config)


class AwsError(Exception):
    """A refusal by an AWS service, with a `response` shaped like that of botocore's ClientError."""

    def __init__(self, response: dict[str, Any], operation: str) -> None:
        self.response = response
        self.operation = operation
        super().__init__(f"{operation}: {self.code} ({self.status}): {self.message}")

    @property
    def code(self) -> str:
        return code_of(self)

    @property
    def message(self) -> str:
        return str(self.response["Error"]["Message"])

    @property
    def status(self) -> int:
        """The HTTP status; 0 if there was no answer."""
        return int(self.response["ResponseMetadata"]["HTTPStatusCode"])

    @property
    def reasons(self) -> list[str]:
        return reasons_of(self)


def code_of(error: BaseException) -> str:
    """AWS's error code, or an empty string for any other error."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def message_of(error: BaseException) -> str:
    """AWS's error message."""
    return str(_response(error).get("Error", {}).get("Message", ""))


def field_of(error: BaseException, name: str) -> str:
    """Another field of the error, or an empty string."""
    return str(_response(error).get(name) or "")


def is_throttled(error: BaseException) -> bool:
    """Whether the same request may well succeed a moment later."""
    return code_of(error) in THROTTLED or any(reason in BUSY for reason in reasons_of(error))


def patiently(
    call: Callable[[], Done],
    pauses: Sequence[float],
    sleep: Callable[[float], None] = time.sleep,
    passes: Callable[[BaseException], bool] = is_throttled,
) -> Done:
    """When throttled, nothing was done: a later try may succeed. Or what else `passes` with time."""
    for pause in pauses:
        try:
            return call()
        except Exception as failure:
            if not passes(failure):
                raise
            sleep(pause)
    return call()


def status_of(error: BaseException) -> int:
    """The HTTP status; 0 if there was no answer."""
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def reasons_of(error: BaseException) -> list[str]:
    """One code per item of a cancelled transaction, in order; "None" for an item that was not to blame."""
    return [str(reason.get("Code", "None")) for reason in _response(error).get("CancellationReasons") or []]


def _response(error: BaseException) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def __getattr__(name: str) -> Any:
    # `except aws.Failure` is evaluated only after a failure: by then botocore is loaded or not involved.
    if name != "Failure":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    botocore = sys.modules.get("botocore.exceptions")
    return (AwsError, botocore.ClientError, botocore.HTTPClientError) if botocore else (AwsError,)
