"""The contract on the embedded cloud."""

from tests.wall.contract import WallContract


class TestWall(WallContract):
    """On the embedded cloud."""
