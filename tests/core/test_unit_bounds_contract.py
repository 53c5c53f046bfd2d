"""The contract on moto, through our own client and through boto3."""

from tests.core.bounds_contract import BoundsContract


class TestBounds(BoundsContract):
    """On moto."""
