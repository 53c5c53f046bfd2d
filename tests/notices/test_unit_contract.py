"""The contract on moto, through our own client and through boto3."""

from tests.notices.contract import NoticesContract


class TestNotices(NoticesContract):
    """On moto."""
