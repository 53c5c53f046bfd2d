"""The contract on the embedded cloud."""

from tests.comments.contract import CommentsContract


class TestComments(CommentsContract):
    """On the embedded cloud."""
