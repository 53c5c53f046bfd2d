"""Authorization: the embedded cloud decides, by signature and policy, as for all services."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from dataclasses import dataclass

OPERATION = "X-Speech-Operation"  # laptop/embedded/speech.py answers this where a request may pass
_HANDED_ON = ("content-type", "x-amzn-errortype", "x-amzn-requestid", "x-amzn-request-id")
_LIMIT = 30.0


@dataclass(frozen=True)
class Decision:
    """The operation that the caller may perform, or the answer to give instead."""

    operation: str | None
    status: int
    headers: dict[str, str]
    body: bytes


class Gate:
    def __init__(self, port: int) -> None:
        self._port = port

    def decide(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> Decision:
        """Pass the request on unchanged, since the signature covers all of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_LIMIT)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() in _HANDED_ON}
            return Decision(answer.getheader(OPERATION), answer.status, kept, answer.read())
        finally:
            connection.close()
