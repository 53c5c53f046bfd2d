"""An optional write-through cache (DAX) in front of DynamoDB. With or without it, reads return the latest write.

Writes go through `client`, so the cache sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from chalicelib.core import aws, settings
from chalicelib.core.tables import Database, Item


class Cache(Protocol):
    @property
    def client(self) -> Database: ...

    @property
    def database(self) -> Database:
        """DynamoDB itself, for transactions about things no cache knows yet."""

    def get_item(self, **asked: object) -> Item: ...

    def query(self, *, settled: bool, **asked: object) -> Item:
        """`settled`: this was not written just now, and a later write would change the query itself."""


@dataclass(frozen=True)
class NoCache:
    client: Database

    @property
    def database(self) -> Database:
        return self.client

    def get_item(self, **asked: object) -> Item:
        return self.client.get_item(**asked, ConsistentRead=True)

    def query(self, *, settled: bool, **asked: object) -> Item:
        return self.client.query(**asked, ConsistentRead=True)


@dataclass(frozen=True)
class Dax:
    """It keeps single items up to date, but query results as they once were."""

    client: Database
    database: Database

    def get_item(self, **asked: object) -> Item:
        return self.client.get_item(**asked)

    def query(self, *, settled: bool, **asked: object) -> Item:
        return self.client.query(**asked, ConsistentRead=not settled)


def through() -> Cache:
    """The stage's cache, if it has one."""
    endpoint = settings.dax_endpoint()
    return Dax(_dax(endpoint), aws.client("dynamodb")) if endpoint else NoCache(aws.client("dynamodb"))


@cache
def _dax(endpoint: str) -> Database:
    from amazondax import AmazonDaxClient  # packaged only where the stage has a cluster

    client: Database = AmazonDaxClient(endpoint_url=endpoint)
    return client
