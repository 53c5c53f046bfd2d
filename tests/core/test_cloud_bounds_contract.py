"""The contract on the embedded cloud."""

from tests.core.bounds_contract import BoundsContract


class TestBounds(BoundsContract):
    """On the embedded cloud."""
