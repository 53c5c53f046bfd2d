"""The contract on moto, through our own client and through boto3."""

from tests.live.contract import ConnectionsContract, TicketsContract


class TestConnections(ConnectionsContract):
    """On moto."""


class TestTickets(TicketsContract):
    """On moto."""
