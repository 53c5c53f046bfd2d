"""The contract on moto, through our own client and through boto3."""

from tests.chat.contract import ChatContract


class TestChat(ChatContract):
    """On moto."""
