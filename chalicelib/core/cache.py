"""A read-through, write-through cache in front of DynamoDB, as DAX is, or none: both give back what was just written.

Writes go through `client`, so that the cache learns of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from chalicelib.core import aws, settings


class Cache(Protocol):
    @property
    def client(self) -> Any: ...

    @property
    def database(self) -> Any:
        """DynamoDB itself, for transactions about what no cache knows yet."""

    def get_item(self, **asked: Any) -> dict[str, Any]: ...

    def query(self, *, settled: bool, **asked: Any) -> dict[str, Any]:
        """`settled`: what is asked for was not written just now, and if it is written the question will be another."""


@dataclass(frozen=True)
class NoCache:
    client: Any

    @property
    def database(self) -> Any:
        return self.client

    def get_item(self, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get_item(**asked, ConsistentRead=True)
        return answer

    def query(self, *, settled: bool, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.query(**asked, ConsistentRead=True)
        return answer


@dataclass(frozen=True)
class Dax:
    """It keeps single items as they are written, but answers of queries as they once were."""

    client: Any
    database: Any

    def get_item(self, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get_item(**asked)
        return answer

    def query(self, *, settled: bool, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.query(**asked, ConsistentRead=not settled)
        return answer


def through() -> Cache:
    """The stage's cache, if it has one."""
    endpoint = settings.dax_endpoint()
    return Dax(_dax(endpoint), aws.client("dynamodb")) if endpoint else NoCache(aws.client("dynamodb"))


@cache
def _dax(endpoint: str) -> Any:
    from amazondax import AmazonDaxClient  # in the package only where the stage has a cluster

    return AmazonDaxClient(endpoint_url=endpoint)
