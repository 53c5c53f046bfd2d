"""Sending a letter, and what can be known about it when that fails."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws, log
from chalicelib.core.letters import Letter

# The request went out, but its answer was lost.
_FATE_UNKNOWN = ("ReadTimeoutError", "ConnectionClosedError")
# Concerns this recipient, unless it names the sender: an invalid address, or one that a new account
# may not write to yet.
_UNDELIVERABLE = ("BadRequestException", "MessageRejected")
# SES accepts one mail a second from a new sender.
_PAUSES = (1.0, 2.0, 4.0, 8.0)


class SenderError(Exception):
    """The fault lies with the sender, not the recipient: nothing can be sent to anyone."""


@dataclass(frozen=True)
class Mailer:
    ses: Any
    sender: str
    configuration_set: str
    sleep: Callable[[float], None] = time.sleep

    def send(self, address: str, letter: Letter) -> None:
        aws.patiently(lambda: self._send(address, letter), _PAUSES, self.sleep)

    def _send(self, address: str, letter: Letter) -> None:
        try:
            self._hand_over(address, letter)
        except aws.Failure as failure:
            if aws.code_of(failure) in _UNDELIVERABLE and self._is_meant(aws.message_of(failure), address):
                raise SenderError(f"{aws.code_of(failure)}: the sender is refused") from failure
            raise

    def _is_meant(self, message: str, address: str) -> bool:
        """SES names every identity that it refuses."""
        named = re.split(r"[\s,:;<>]+", message.lower())
        return self.sender.lower() in named and self.sender.lower() != address.lower()

    def _hand_over(self, address: str, letter: Letter) -> None:
        self.ses.send_email(
            FromEmailAddress=f"Commonplace <{self.sender}>",
            Destination={"ToAddresses": [address]},
            Content={
                "Simple": {
                    "Subject": _content(letter.subject),
                    "Body": {"Text": _content(letter.text), "Html": _content(letter.html)},
                    "Headers": [{"Name": name, "Value": value} for name, value in letter.headers.items()],
                }
            },
            ConfigurationSetName=self.configuration_set,
        )


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


@contextmanager
def at_most_once(give_back: Callable[[], object]) -> Iterator[None]:
    """Wraps a mail that was noted first. SES can't deduplicate: what may have gone out is not sent again."""
    try:
        yield
    except SenderError:
        give_back()
        raise
    except aws.Failure as failure:
        is_unknown = type(failure).__name__ in _FATE_UNKNOWN or aws.status_of(failure) >= 500
        if aws.code_of(failure) in _UNDELIVERABLE or is_unknown:
            log.note(unsent=aws.code_of(failure) or type(failure).__name__)
            return
        give_back()
        raise
