"""One text to many sockets: a POST for each, many side by side, and none waits for another.

A line of posts is a generator that yields wherever it would block, and one loop goes on with whichever is ready:
cheaper than threads, and it loads nothing that a first request hasn't loaded before.
"""

import os
import socket
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from errno import EINPROGRESS
from functools import cache
from math import inf
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from chalicelib.core.signed import FIRST_DELAY, TRIES, chance, credentials_of, region_of, signed
from chalicelib.core.wire import CHUNK, Endpoint, Head, HangUpError, UnansweredError, head_of, post_of

AT_ONCE = 128
SECONDS = 2.0
SECONDS_IN_ALL = 20.0

Result = TypeVar("Result")
Steps = Generator[None, None, Result]


class Outcome(NamedTuple):
    """What became of the posts."""

    delivered: int
    gone: list[str]
    failed: dict[str, str]  # why, by connection

    @property
    def reasons(self) -> dict[str, int]:
        """How often each; it names nobody."""
        whys = list(self.failed.values())
        return {why: whys.count(why) for why in sorted(set(whys))}


def post_all(
    endpoint: str,
    connection_ids: Sequence[str],
    text: bytes,
    *,
    seconds: float = SECONDS,
    seconds_in_all: float = SECONDS_IN_ALL,
    at_once: int = AT_ONCE,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    chance: Callable[[], float] = chance,
) -> Outcome:
    """Post the text to these connections of the API that answers at `endpoint`; what fails is told, not raised."""
    gateway = gateway_at(endpoint, environ.get("AWS_CA_BUNDLE"))
    region, credentials = region_of(environ), credentials_of(environ)

    def request_to(connection_id: str) -> bytes:
        path = f"{gateway.path}/@connections/{quote(connection_id, safe='')}"
        headers = signed({"Host": gateway.host}, path, text, credentials, region, "execute-api", clock())
        return post_of(path, headers, text)

    posting = Posting(connection_ids, request_to, seconds, time.monotonic() + seconds_in_all, chance)
    posting.run(gateway, min(at_once, len(connection_ids)))
    return Outcome(posting.delivered, posting.gone, posting.failed)


class Gateway:
    """Where the posts go, and the connections that are kept open from one call to the next."""

    def __init__(self, url: str, authorities: str | None) -> None:
        self._endpoint = Endpoint(url, authorities)
        self._addresses: list[tuple[Any, ...]] = []
        self.host, self.path = self._endpoint.host, self._endpoint.path.rstrip("/")
        self.blocks = self._blocks()
        self.idle: list[socket.socket] = []  # append and pop are atomic
        # A child that shared its parent's connections would read the parent's answers.
        os.register_at_fork(after_in_child=self.idle.clear)

    def _blocks(self) -> dict[type[OSError], int]:
        """What a socket says that would block, and what it waits for if that isn't what it was asked to do."""
        if not self._endpoint.secure:
            return {BlockingIOError: 0}
        from ssl import SSLWantReadError, SSLWantWriteError

        return {BlockingIOError: 0, SSLWantReadError: EVENT_READ, SSLWantWriteError: EVENT_WRITE}

    def addresses(self) -> list[tuple[Any, ...]]:
        if not self._addresses:
            self._addresses = list(socket.getaddrinfo(*self._endpoint.address, type=socket.SOCK_STREAM))
        return self._addresses

    def forget_addresses(self) -> None:
        """They may have moved since."""
        self._addresses = []

    def secured(self, plain: socket.socket) -> socket.socket:
        """The same connection, with its handshake still to come."""
        if not self._endpoint.secure:
            return plain
        name, _ = self._endpoint.address
        return self._endpoint.tls().wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)


gateway_at = cache(Gateway)


class LateError(Exception):
    """A post has had its time."""


class Posting:
    """One call's posts: what is left to do, what became of the rest, and the loop over those that are under way."""

    def __init__(
        self,
        connection_ids: Iterable[str],
        request_to: Callable[[str], bytes],
        seconds: float,
        ends_at: float,
        chance: Callable[[], float],
    ) -> None:
        self.left = iter(connection_ids)
        self.request_to = request_to
        self.seconds = seconds
        self.ends_at = ends_at
        self.chance = chance
        self.delivered = 0
        self.gone: list[str] = []
        self.failed: dict[str, str] = {}

    def note(self, connection_id: str, status: int) -> None:
        if 200 <= status < 300:
            self.delivered += 1
        elif status == 410:
            self.gone.append(connection_id)
        else:
            self.failed[connection_id] = f"status {status}"

    def run(self, gateway: Gateway, count: int) -> None:
        with DefaultSelector() as selector:
            lines = {Line(self, Channel(gateway, selector)) for _ in range(count)}
            ended = {line for line in lines if not line.go_on()}
            ...
