"""The contract on the embedded cloud."""

from tests.chat.contract import ChatContract


class TestChat(ChatContract):
    """On the embedded cloud."""
