"""The contract on the embedded cloud."""

from tests.notices.contract import NoticesContract


class TestNotices(NoticesContract):
    """On the embedded cloud."""
