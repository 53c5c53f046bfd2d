"""The contract on moto, through our own client and through boto3."""

from tests.comments.contract import CommentsContract


class TestComments(CommentsContract):
    """On moto."""
