"""The contract on the embedded cloud."""

from tests.subscribers.contract import SubscribersContract


class TestSubscribers(SubscribersContract):
    """On the embedded cloud."""
