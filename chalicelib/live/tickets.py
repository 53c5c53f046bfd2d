"""Tickets: a browser can't send a token with a socket's handshake, so it asks for a ticket and shows that. Once."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import UnauthorizedError
from chalicelib.core.ids import as_time
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import refused_as

_SECONDS = 60


@dataclass(frozen=True)
class Tickets:
    dynamodb: Any
    table: str

    def give(self, person: str, seconds: float) -> dict[str, str]:
        ticket = os.urandom(24).hex()
        expires = int(seconds) + _SECONDS
        self.dynamodb.put_item(
            TableName=self.table, Item=typed({"id": _mark(ticket), "person": person, "expiresAt": expires})
        )
        return {"ticket": ticket, "expiresAt": as_time(expires)}

    def take(self, ticket: str, seconds: float) -> str:
        """Whose it is. Of two who show the same ticket one gets in."""
        with refused_as(UnauthorizedError("The ticket is not good, or not any more: ask for a new one.")):
            answer = self.dynamodb.delete_item(
                TableName=self.table,
                Key={"id": {"S": _mark(ticket)}},
                ConditionExpression="expiresAt > :now",
                ExpressionAttributeValues=typed({":now": int(seconds)}),
                ReturnValues="ALL_OLD",
            )
        return str(plain(answer["Attributes"])["person"])


def _mark(ticket: str) -> str:
    """Who reads the table can't open a socket with what he finds."""
    return hashlib.sha256(ticket.encode()).hexdigest()
