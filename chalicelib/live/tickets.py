"""One-time tickets: a browser can't send a token in a socket's handshake, so it gets a ticket and sends that."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from chalicelib.core.errors import UnauthorizedError
from chalicelib.core.ids import as_time
from chalicelib.core.person import SignIn
from chalicelib.core.tables import Database, Permit, Table, transaction

_SECONDS = 60


class Ticket(TypedDict):
    id: str
    person: str
    signedInAt: int
    expiresAt: int


@dataclass(frozen=True)
class Tickets:
    database: Database
    table: str
    clock: Callable[[], float] = time.time

    @property
    def tickets(self) -> Table[Ticket]:
        return Table(self.database, self.table)

    def give(self, sign_in: SignIn, permit: Permit | None = None) -> dict[str, str]:
        shown = os.urandom(24).hex()
        ticket: Ticket = {
            "id": _mark(shown),
            "person": sign_in.person,
            "signedInAt": sign_in.at,
            "expiresAt": int(self.clock()) + _SECONDS,
        }
        transaction(self.database, {"ticket": self.tickets.putting(ticket)}, permit)
        return {"ticket": shown, "expiresAt": as_time(ticket["expiresAt"])}

    def take(self, shown: str) -> SignIn:
        """The sign-in that it was given to. If two clients use the same ticket, one gets in."""
        ticket = self.tickets.take(_mark(shown), "expiresAt > :now", now=int(self.clock()))
        if not ticket:
            raise UnauthorizedError("The ticket is invalid or expired: get a new one.")
        return SignIn(ticket["person"], ticket["signedInAt"])


def _mark(ticket: str) -> str:
    """Only a hash is stored: reading the table is not enough to open a socket."""
    return hashlib.sha256(ticket.encode()).hexdigest()
