"""The contract on the embedded cloud."""

from tests.live.contract import ConnectionsContract, TicketsContract


class TestConnections(ConnectionsContract):
    """On the embedded cloud."""


class TestTickets(TicketsContract):
    """On the embedded cloud."""
