"""A read-through, write-through cache in front of DynamoDB, as DAX is, or none: both give back what was just written.

Writes go through `client`, so that the cache learns of them.
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
        """DynamoDB itself, for transactions about what no cache knows yet."""

    def get_item(self, **asked: object) -> Item: ...

    def query(self, *, settled: bool, **asked: object) -> Item:
        """`settled`: what is asked for was not written just now, and if it is written the question will be another."""


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
    """It keeps single items as they are written, but answers of queries as they once were."""

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
    from amazondax import AmazonDaxClient  # in the package only where the stage has a cluster

    client: Database = AmazonDaxClient(endpoint_url=endpoint)
    return client
