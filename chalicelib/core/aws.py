"""The one door to AWS: a client for each service, made when it is first asked for, and what their failures say."""

import sys
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # What to name after `except`: the failures of our own clients and of boto3's alike.
    Failure: tuple[type[Exception], ...]

# Services that speak a JSON protocol and are called often: a small client of our own starts and answers faster.
SIGNED = ("dynamodb", "cognito-idp")

THROTTLED = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",  # a single write that met a transaction: nothing was written
    "TransactionInProgressException",
)
# The same, as the reason for which a transaction was cancelled.
BUSY = ("ProvisionedThroughputExceeded", "ThrottlingError")

# Of boto3: whoever works under a lease must hear that a call has failed before the lease ends.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 45,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
# What boto3 would not do by itself.
_CHOICES: dict[str, dict[str, Any]] = {
    # Forms are signed for the bucket's own region, whose address a browser reaches without being sent on.
    "s3": {
        "signature_version": "s3v4",
        "s3": {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    },
    # A mail whose fate is unknown is not sent again: nobody gets one twice.
    "sesv2": {"retries": {"total_max_attempts": 1}},
}

_clients: dict[str, Any] = {}
_making = Lock()  # boto3's default session is not made for threads


def client(service: str, endpoint: str = "") -> Any:
    """The service's client, with boto3's operation names and parameters; at an address of its own where it has one."""
    name = f"{service} {endpoint}".strip()
    if name not in _clients:
        with _making:
            if name not in _clients:
                _clients[name] = _made(service, endpoint)
    return _clients[name]


def forget() -> None:
    """Makes the next `client` read the environment's endpoint and region again."""
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
    """A refusal by an AWS service, with a `response` of the same shape as that of botocore's ClientError."""

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
        """The HTTP status; 0 when there was no answer at all."""
        return int(self.response["ResponseMetadata"]["HTTPStatusCode"])

    @property
    def reasons(self) -> list[str]:
        return reasons_of(self)


def code_of(error: BaseException) -> str:
    """AWS's name for what went wrong, or an empty string for an error of another kind."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def message_of(error: BaseException) -> str:
    """AWS's own words."""
    return str(_response(error).get("Error", {}).get("Message", ""))


def field_of(error: BaseException, name: str) -> str:
    """What a failure says besides its code, or an empty string."""
    return str(_response(error).get(name) or "")


def is_throttled(error: BaseException) -> bool:
    """Whether the same request may well succeed a moment later."""
    return code_of(error) in THROTTLED or any(reason in BUSY for reason in reasons_of(error))


def status_of(error: BaseException) -> int:
    """The HTTP status; 0 when there was no answer at all."""
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def reasons_of(error: BaseException) -> list[str]:
    """One code for each item of a cancelled transaction, in order; "None" for an item that was not to blame."""
    return [str(reason.get("Code", "None")) for reason in _response(error).get("CancellationReasons") or []]


def _response(error: BaseException) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def __getattr__(name: str) -> Any:
    # `except aws.Failure` is only evaluated once something failed: by then botocore is loaded, or has no part in it.
    if name != "Failure":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    botocore = sys.modules.get("botocore.exceptions")
    return (AwsError, botocore.ClientError, botocore.HTTPClientError) if botocore else (AwsError,)
