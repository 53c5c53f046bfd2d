"""The contract on moto, through our own client and through boto3."""

from tests.subscribers.contract import SubscribersContract


class TestSubscribers(SubscribersContract):
    """On moto."""
