"""The contract on moto, through our own client and through boto3."""

from tests.wall.contract import WallContract


class TestWall(WallContract):
    """On moto."""
