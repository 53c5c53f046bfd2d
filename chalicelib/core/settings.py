"""What a stage tells the code about itself: names and ids, read from the environment when needed."""

import os

VERSION = "0.6.0"

# Decorators need an ARN at import time, and importing the app has to work anywhere.
_NOWHERE = {"STAGE": "none", "PARTITION": "aws", "REGION": "us-east-1", "ACCOUNT_ID": "000000000000"}


class SettingError(RuntimeError):
    """The stage did not set something the code needs."""


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingError(f"The environment has no {name}: deploy the stage, or run `python -m cloud env`.")
    return value


def number(name: str) -> int:
    return int(required(name))


def table(name: str) -> str:
    """ALBUMS_TABLE overrides the name for `albums`."""
    return os.environ.get(f"{name.upper()}_TABLE") or f"commonplace-{required('STAGE')}-{name}"


def bucket(name: str) -> str:
    """Bucket names are globally unique. FILES_BUCKET overrides the name for `files`."""
    return os.environ.get(f"{name.upper()}_BUCKET") or f"{named(name)}-{_place('ACCOUNT_ID')}"


def named(name: str) -> str:
    """The stage's name for a resource other than a bucket."""
    return f"commonplace-{_place('STAGE')}-{name}"


def topic(name: str) -> str:
    return _arn("sns", named(name))


def stream(table: str) -> str:
    """AWS names a stream after its creation time: `STREAMS` maps tables to streams."""
    made = dict(each.split("=") for each in os.environ.get("STREAMS", "").split())
    return _arn("dynamodb", f"table/{named(table)}/stream/{made.get(table, 'none')}")


def user_pool_id() -> str:
    return required("USER_POOL_ID")


def user_pool_arn() -> str:
    return _arn("cognito-idp", f"userpool/{os.environ.get('USER_POOL_ID', 'us-east-1_none')}")


def translations() -> set[str] | None:
    """What can be translated into what, as `en>es`; None if everything into everything."""
    pairs = os.environ.get("TRANSLATIONS", "all")
    return None if pairs == "all" else {*pairs.split()}


def dax_endpoint() -> str:
    """Address of the stage's cache; empty if it has none."""
    return os.environ.get("DAX_ENDPOINT", "")


def mail_sender() -> str | None:
    """The address that this stage sends mail from, if it has one."""
    sender = required("MAIL_SENDER")
    return None if sender == "none" else sender


def _arn(service: str, resource: str) -> str:
    return f"arn:{_place('PARTITION')}:{service}:{_place('REGION')}:{_place('ACCOUNT_ID')}:{resource}"


def _place(name: str) -> str:
    return os.environ.get(name) or _NOWHERE[name]
