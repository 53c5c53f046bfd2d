"""Tickets: a browser can't send a token with a socket's handshake, so it asks for a ticket and shows that. Once."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws
from chalicelib.core.errors import UnauthorizedError
from chalicelib.core.ids import as_time
from chalicelib.core.items import plain, typed

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
        try:
            answer = self.dynamodb.delete_item(
                TableName=self.table,
                Key={"id": {"S": _mark(ticket)}},
                ConditionExpression="expiresAt > :now",
                ExpressionAttributeValues=typed({":now": int(seconds)}),
                ReturnValues="ALL_OLD",
            )
        except aws.Failure as failure:
            if aws.code_of(failure) != "ConditionalCheckFailedException":
                raise
            raise UnauthorizedError("The ticket is not good, or not any more: ask for a new one.") from None
        return str(plain(answer["Attributes"])["person"])


def _mark(ticket: str) -> str:
    """Who reads the table can't open a socket with what he finds."""
    return hashlib.sha256(ticket.encode()).hexdigest()
