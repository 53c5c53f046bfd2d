"""One deployment of a stage at a time, on whichever machine: an object in the stage's bucket says who is at it."""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cloud import clients
from cloud.errors import CloudError

_KEY = "deploying.json"
_FORGOTTEN_SECONDS = 60 * 60
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


@contextmanager
def held(bucket: str) -> Iterator[None]:
    s3, mine = clients.of("s3"), json.dumps(_me())
    _take(s3, bucket, mine)
    try:
        yield
    finally:
        with suppress(ClientError):  # the bucket may be gone with the stage
            if _read(s3, bucket)[0] == json.loads(mine):
                s3.delete_object(Bucket=bucket, Key=_KEY)


def _take(s3: Any, bucket: str, mine: str) -> None:
    if _put(s3, bucket, mine, IfNoneMatch="*"):
        return
    other, tag = _read(s3, bucket)
    # Whoever comes first takes over: the tag is another one then.
    if (not other or _is_over(other)) and _put(s3, bucket, mine, **({"IfMatch": tag} if tag else {"IfNoneMatch": "*"})):
        return
    since = datetime.fromtimestamp(other.get("at", 0), UTC).strftime("%H:%M UTC")
    raise CloudError(
        f"{other.get('who', 'Somebody')} has been deploying, rolling back or destroying this stage since {since}: "
        f"wait until that ends. If it was interrupted, remove s3://{bucket}/{_KEY}."
    )


def _put(s3: Any, bucket: str, mine: str, **condition: str) -> bool:
    try:
        s3.put_object(Bucket=bucket, Key=_KEY, Body=mine.encode(), **condition)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TAKEN:
            raise
        return False
    return True


def _read(s3: Any, bucket: str) -> tuple[dict[str, Any], str]:
    """Who is at it, and the object's tag; neither if it has ended meanwhile."""
    try:
        found = s3.get_object(Bucket=bucket, Key=_KEY)
    except s3.exceptions.NoSuchKey:
        return {}, ""
    return json.loads(found["Body"].read()), str(found["ETag"])


def _me() -> dict[str, Any]:
    host = socket.gethostname()
    return {"who": f"{getpass.getuser()} on {host}", "host": host, "process": os.getpid(), "at": time.time()}


def _is_over(other: dict[str, Any]) -> bool:
    """Its process has ended, as far as one can tell from here, or it is hours ago."""
    if time.time() - other["at"] > _FORGOTTEN_SECONDS:
        return True
    if other["host"] != socket.gethostname():
        return False
    try:
        os.kill(other["process"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
