"""What a stage tells the code about itself: names and ids, read from the environment when they are asked for."""

import os

VERSION = "0.5.0"

# Decorators need an ARN when the app is imported, and importing it has to work anywhere.
_NOWHERE = "arn:aws:{service}:us-east-1:000000000000:{resource}"


class SettingError(RuntimeError):
    """The stage did not set what the code needs."""


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingError(f"The environment has no {name}: deploy the stage, or run `python -m cloud env` for it.")
    return value


def table(name: str) -> str:
    """The name of the table of the `albums` is in ALBUMS_TABLE."""
    return required(f"{name.upper()}_TABLE")


def user_pool_id() -> str:
    return required("USER_POOL_ID")


def user_pool_arn() -> str:
    return os.environ.get("USER_POOL_ARN") or _NOWHERE.format(service="cognito-idp", resource="userpool/us-east-1_none")


def stream(name: str) -> str:
    return os.environ.get(name) or _NOWHERE.format(service="dynamodb", resource="table/none/stream/none")


def topic(name: str) -> str:
    return os.environ.get(name) or _NOWHERE.format(service="sns", resource="none")


def files_bucket() -> str:
    return os.environ.get("FILES_BUCKET") or "none"


def uploads_bucket() -> str:
    return os.environ.get("UPLOADS_BUCKET") or "none"


def dax_endpoint() -> str:
    """Where the stage's cache is reached; empty where it has none."""
    return os.environ.get("DAX_ENDPOINT", "")


def mail_sender() -> str | None:
    """The address from which this stage sends mail, if it has one."""
    sender = required("MAIL_SENDER")
    return None if sender == "none" else sender
