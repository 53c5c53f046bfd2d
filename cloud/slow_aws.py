"""Clients for services that AWS lets one ask only a few times per second: they slow down instead of failing."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config


def client(service: str) -> Any:
    return boto3.client(service, config=Config(retries={"mode": "adaptive", "max_attempts": 10}))
