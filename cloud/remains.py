"""Removes what a deleted stack leaves: tables, buckets and pools that hold data, whatever protects them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from chalicelib.core import files
from cloud import clients, template
from cloud.errors import CloudError


def remove(kept: list[tuple[str, str]], progress: Callable[[str], None]) -> None:
    """By type and id; what an earlier try has removed is left out."""
    for kind, name in kept:
        if removing := _REMOVING.get(kind):
            progress(name)
            removing(name)
    tables = clients.of("dynamodb")
    for kind, name in kept:
        if kind in template.TABLES:
            tables.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=_EACH_SECOND)


def empty(s3: Any, bucket: str, prefix: str = "") -> None:
    """With all versions: only an empty bucket can be deleted."""
    with suppress(s3.exceptions.NoSuchBucket):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            try:
                files.delete_all(s3, bucket, [*page.get("Versions", []), *page.get("DeleteMarkers", [])])
            except files.UndeletedError as error:
                raise CloudError(f"{error}, in {bucket}.") from None


def _bucket(name: str) -> None:
    s3 = clients.of("s3")
    empty(s3, name)
    with suppress(s3.exceptions.NoSuchBucket):
        s3.delete_bucket(Bucket=name)


def _table(name: str) -> None:
    """After its replicas in other regions, one at a time."""
    client = clients.of("dynamodb")
    with suppress(client.exceptions.ResourceNotFoundException):
        table = client.describe_table(TableName=name)["Table"]
        if table.get("DeletionProtectionEnabled"):
            _change(client, name, DeletionProtectionEnabled=False)
        for region in [one["RegionName"] for one in table.get("Replicas", [])]:
            if region != client.meta.region_name:
                _change(client, name, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
        client.delete_table(TableName=name)


def _change(client: Any, name: str, **change: Any) -> None:
    client.update_table(TableName=name, **change)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_EACH_SECOND)


def _users(pool: str) -> None:
    client = clients.of("cognito-idp")
    with suppress(client.exceptions.ResourceNotFoundException):
        client.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
        client.delete_user_pool(UserPoolId=pool)


def _identities(pool: str) -> None:
    client = clients.of("cognito-identity")
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_identity_pool(IdentityPoolId=pool)


_EACH_SECOND = {"Delay": 1, "MaxAttempts": 900}
_REMOVING: dict[str, Callable[[str], None]] = {
    **dict.fromkeys(template.TABLES, _table),
    template.BUCKET: _bucket,
    template.USERS: _users,
    template.IDENTITIES: _identities,
}
