"""What a stage tells the code about itself: names and ids, read from the environment when they are asked for."""

import os

VERSION = "0.6.0"

# Decorators need an ARN when the app is imported, and importing it has to work anywhere.
_NOWHERE = {"STAGE": "none", "PARTITION": "aws", "REGION": "us-east-1", "ACCOUNT_ID": "000000000000"}


class SettingError(RuntimeError):
    """The stage did not set what the code needs."""


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingError(f"The environment has no {name}: deploy the stage, or run `python -m cloud env` for it.")
    return value


def number(name: str) -> int:
    return int(required(name))


def table(name: str) -> str:
    """ALBUMS_TABLE names another one for the `albums`."""
    return os.environ.get(f"{name.upper()}_TABLE") or f"commonplace-{required('STAGE')}-{name}"


def bucket(name: str) -> str:
    """Its name has to be the only one in the world. FILES_BUCKET names another one for the `files`."""
    return os.environ.get(f"{name.upper()}_BUCKET") or f"{named(name)}-{_place('ACCOUNT_ID')}"


def named(name: str) -> str:
    """How whatever belongs to the stage is called, but for buckets."""
    return f"commonplace-{_place('STAGE')}-{name}"


def topic(name: str) -> str:
    return _arn("sns", named(name))


def stream(table: str) -> str:
    """AWS names a stream after the time it was made: `STREAMS` has that of each table."""
    made = dict(each.split("=") for each in os.environ.get("STREAMS", "").split())
    return _arn("dynamodb", f"table/{named(table)}/stream/{made.get(table, 'none')}")


def user_pool_id() -> str:
    return required("USER_POOL_ID")


def user_pool_arn() -> str:
    return _arn("cognito-idp", f"userpool/{os.environ.get('USER_POOL_ID', 'us-east-1_none')}")


def dax_endpoint() -> str:
    """Where the stage's cache is reached; empty where it has none."""
    return os.environ.get("DAX_ENDPOINT", "")


def mail_sender() -> str | None:
    """The address from which this stage sends mail, if it has one."""
    sender = required("MAIL_SENDER")
    return None if sender == "none" else sender


def _arn(service: str, resource: str) -> str:
    return f"arn:{_place('PARTITION')}:{service}:{_place('REGION')}:{_place('ACCOUNT_ID')}:{resource}"


def _place(name: str) -> str:
    return os.environ.get(name) or _NOWHERE[name]
