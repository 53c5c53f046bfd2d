"""The open sockets: one row each, found by its id, by person, and all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from chalicelib.core.ids import as_time
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import every, refused_as

# A socket lives two hours at most; a row that no `$disconnect` took away goes by itself soon after.
_SECONDS = 2 * 60 * 60 + 10 * 60
# Enough partitions that many people can come at once, few enough to ask them all.
_GATES = 4
# A socket that is only being opened is called gone too.
_OPENING_SECONDS = 30


class Connection(NamedTuple):
    id: str
    api: str


@dataclass(frozen=True)
class Connections:
    dynamodb: Any
    table: str

    def open(self, connection: Connection, person: str, seconds: float) -> None:
        row = {
            **connection._asdict(),
            "person": person,
            "gate": sum(connection.id.encode()) % _GATES,
            "since": as_time(seconds),
            "expiresAt": int(seconds) + _SECONDS,
        }
        self.dynamodb.put_item(TableName=self.table, Item=typed(row))

    def close(self, id: str) -> None:
        self.dynamodb.delete_item(TableName=self.table, Key={"id": {"S": id}})

    def lose(self, id: str, seconds: float) -> None:
        """Nothing could be sent to it: it has gone, unless it has only just come."""
        with refused_as(None):
            self.dynamodb.delete_item(
                TableName=self.table,
                Key={"id": {"S": id}},
                ConditionExpression="since < :recently",
                ExpressionAttributeValues=typed({":recently": as_time(seconds - _OPENING_SECONDS)}),
            )

    def person(self, id: str) -> str | None:
        answer = self.dynamodb.get_item(TableName=self.table, Key={"id": {"S": id}}, ConsistentRead=True)
        return str(plain(answer["Item"])["person"]) if "Item" in answer else None

    def of_person(self, person: str) -> list[Connection]:
        return list(self._found("by-person", "person", person))

    def everyone(self) -> Iterator[Connection]:
        for gate in range(_GATES):
            yield from self._found("by-gate", "gate", gate)

    def erase(self, person: str) -> None:
        for connection in self.of_person(person):
            self.close(connection.id)

    def _found(self, index: str, attribute: str, value: str | int) -> Iterator[Connection]:
        found = every(
            self.dynamodb,
            TableName=self.table,
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :value",
            ExpressionAttributeValues=typed({":value": value}),
        )
        return (Connection(item["id"], item["api"]) for item in found)
