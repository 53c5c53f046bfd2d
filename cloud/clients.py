"""boto3's clients, each made once for boto3's session: making one costs more than most of what it is asked."""

from __future__ import annotations

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import boto3
from botocore.config import Config

_PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 10})
_made: WeakKeyDictionary[Any, dict[tuple[Any, ...], Any]] = WeakKeyDictionary()
_turn = Lock()


def of(service: str, region: str | None = None, config: Config | None = None) -> Any:
    """Of the session that `boto3.client` uses, too: whoever puts another in its place gets other clients."""
    with _turn:
        if boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        made, key = _made.setdefault(boto3.DEFAULT_SESSION, {}), (service, region, config)
        if key not in made:
            made[key] = boto3.client(service, region, config=config)
        return made[key]


def patient(service: str) -> Any:
    """For services that AWS lets one ask only a few times per second: it slows down instead of failing."""
    return of(service, config=_PATIENT)
