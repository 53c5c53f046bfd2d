"""One text to many sockets: a POST for each, in parallel, none waiting for another.

A line of posts is a generator that yields wherever it would block; one loop resumes whichever is ready. That is cheaper
than threads, and loads nothing that a first request hasn't loaded already.
"""

import os
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from errno import EINPROGRESS
from functools import cache
from math import inf
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

from chalicelib.core.signed import FIRST_DELAY, TRIES, chance, credentials_of, region_of, signed
from chalicelib.core.wire import CHUNK, Endpoint, HangUpError, Head, UnansweredError, head_of, post_of

if TYPE_CHECKING:
    from ssl import SSLSocket

# Opening a connection costs as much as twenty posts: more connections only pay off for thousands of posts.
AT_ONCE_AT_FIRST = 128
AT_ONCE = 256
SECONDS = 2.0
SECONDS_IN_ALL = 20.0

CLOSED = "the connection was closed"
HEAD_ENDS = b"\r\n\r\n"

Result = TypeVar("Result")
Steps = Generator[None, None, Result]
Address = tuple[Any, ...]  # as the system's resolver gives it


class Outcome(NamedTuple):
    """The results of the posts."""

    delivered: int
    gone: list[str]
    failed: dict[str, str]  # reasons by connection

    @property
    def reasons(self) -> dict[str, int]:
        """How often each reason occurred, without ids."""
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
    timer: Callable[[], float] = time.monotonic,
    chance: Callable[[], float] = chance,
) -> Outcome:
    """Post the text to these connections through the API at `endpoint`; failures are reported, not raised."""
    gateway = gateway_at(endpoint, environ.get("AWS_CA_BUNDLE"))
    region, credentials = region_of(environ), credentials_of(environ)

    def request_to(connection_id: str) -> bytes:
        path = f"{gateway.path}/@connections/{quote(connection_id, safe='')}"
        headers = signed({"Host": gateway.host}, path, text, credentials, region, "execute-api", clock())
        return post_of(path, headers, text)

    posting = Posting(iter(connection_ids), request_to, seconds, timer() + seconds_in_all, timer, chance)
    posting.run(gateway, min(at_once, AT_ONCE_AT_FIRST + len(connection_ids) // 32, len(connection_ids)))
    return Outcome(posting.delivered, posting.gone, posting.failed)


class LateError(Exception):
    """A post ran out of time."""


class Posting:
    """One call's posts: those left, the results so far, and the loop that runs them."""

    def __init__(
        self,
        connection_ids: Iterator[str],
        request_to: Callable[[str], bytes],
        seconds: float,
        ends_at: float,
        timer: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        self.delivered = 0
        self.gone: list[str] = []
        self.failed: dict[str, str] = {}
        self._left = connection_ids
        self._request_to = request_to
        self._seconds = seconds
        self._ends_at = ends_at
        self._timer = timer
        self._chance = chance
        self._lines: set[Line] = set()
        self._next_look = inf  # no post is late before then

    def run(self, gateway: "Gateway", lines: int) -> None:
        with DefaultSelector() as selector:
            addresses: list[Address] = []
            for _ in range(lines):
                line = Line(gateway, selector, addresses)
                line.steps = self._work(line)
                self._lines.add(line)
                self._go_on(line)
            while self._lines:
                for key, _ in selector.select(max(0.0, self._next_look - self._timer())):
                    self._go_on(key.data)
                self._wake(self._timer())

    def _wake(self, now: float) -> None:
        if now < self._next_look:
            return
        for line in [line for line in self._lines if line.wakes_at <= now]:
            self._go_on(line, late=True)
        self._next_look = min((line.wakes_at for line in self._lines), default=inf)

    def _go_on(self, line: "Line", late: bool = False) -> None:
        try:
            if late:
                line.steps.throw(LateError)
            else:
                next(line.steps)
        except StopIteration:
            self._lines.discard(line)

    def _work(self, line: "Line") -> Steps[None]:
        for connection_id in self._left:
            try:
                status, why = yield from self._post(line, connection_id)
            except LateError:
                status, why = 0, "out of time"
            self._note(connection_id, status, why)
        line.keep()

    def _note(self, connection_id: str, status: int, why: str) -> None:
        if 200 <= status < 300:
            self.delivered += 1
        elif status == 410:
            self.gone.append(connection_id)
        else:
            self.failed[connection_id] = why

    def _post(self, line: "Line", connection_id: str) -> Steps[tuple[int, str]]:
        """The answer's status; a temporary failure is retried."""
        late_at = min(self._timer() + self._seconds, self._ends_at)
        request = self._request_to(connection_id)
        status, why = yield from self._try(line, request, late_at)
        for tried in range(1, TRIES):
            if status and status != 429 and status < 500:
                break
            # Full jitter: callers that were refused together must not come back together.
            yield from self._pause(line, self._chance() * FIRST_DELAY * 2**tried, late_at)
            status, why = yield from self._try(line, request, late_at)
        return status, why

    def _try(self, line: "Line", request: bytes, late_at: float) -> Steps[tuple[int, str]]:
        if late_at <= self._timer():
            raise LateError
        self._set_alarm(line, late_at)
        try:
            status = yield from line.exchange(request)
        except UnansweredError as error:
            return 0, str(error)
        return status, f"status {status}"

    def _pause(self, line: "Line", seconds: float, late_at: float) -> Steps[None]:
        ends_at = self._timer() + seconds
        if ends_at >= late_at:
            raise LateError
        self._set_alarm(line, ends_at)
        with suppress(LateError):
            yield

    def _set_alarm(self, line: "Line", at: float) -> None:
        line.wakes_at = at
        self._next_look = min(self._next_look, at)


class Line:
    """One connection at a time, one request at a time on it, yielding instead of waiting."""

    steps: Steps[None]
    wakes_at = inf

    def __init__(self, gateway: "Gateway", selector: BaseSelector, addresses: list[Address]) -> None:
        self._gateway = gateway
        self._selector = selector
        self._addresses = addresses
        self._blocked = tuple(gateway.blocked)
        self._awaited = 0  # the event the selector waits for
        self._is_open = False

    def exchange(self, request: bytes) -> Steps[int]:
        """The answer's status; raises UnansweredError."""
        try:
            if self._is_open or self._takes_idle():
                with suppress(HangUpError):  # closed while idle
                    return (yield from self._ask(request))
                self._close()
            yield from self._connect()
            return (yield from self._ask(request))
        except BaseException:
            self._close()
            raise

    def keep(self) -> None:
        """Keep the connection for the next call."""
        if self._is_open:
            self._rest()
            self._is_open = False
            self._gateway.idle.append(self._socket)

    def _takes_idle(self) -> bool:
        if self._gateway.idle:
            self._take(self._gateway.idle.pop())
        return self._is_open

    def _take(self, opened: socket.socket) -> None:
        self._socket, self._number, self._is_open = opened, opened.fileno(), True

    def _close(self) -> None:
        if self._is_open:
            self._rest()
            self._is_open = False
            self._socket.close()

    def _connect(self) -> Steps[None]:
        address = None
        try:
            if not self._addresses:
                self._addresses += self._gateway.addresses()
            address = self._addresses[0]
            yield from self._open(*address)
        except OSError as error:
            if address in self._addresses:
                self._addresses.remove(address)  # the next try takes another address
            raise UnansweredError(f"no connection: {error.strerror or error}") from error

    def _open(self, family: int, kind: int, protocol: int, _: str, address: Any) -> Steps[None]:
        self._take(socket.socket(family, kind, protocol))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        failure = self._socket.connect_ex(address)
        if failure == EINPROGRESS:
            yield from self._wait(EVENT_WRITE)
            failure = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            raise OSError(failure, os.strerror(failure))
        yield from self._shake_hands()

    def _shake_hands(self) -> Steps[None]:
        if not self._gateway.secure:
            return
        self._socket = secured = self._gateway.secured(self._socket)
        while True:
            try:
                return secured.do_handshake()
            except self._blocked as blocked:
                yield from self._wait(self._gateway.blocked[type(blocked)])

    def _ask(self, request: bytes) -> Steps[int]:
        yield from self._send(request)
        yield from self._wait(EVENT_READ)
        received = yield from self._receive(HangUpError)
        while HEAD_ENDS not in received:
            received += yield from self._receive()
        text, _, body = received.partition(HEAD_ENDS)
        try:
            head = head_of(text)
        except ValueError as error:
            raise UnansweredError("an answer that is not HTTP") from error
        if not (head.keeps and (yield from self._is_read(head, body))):
            self._close()
        return head.status

    def _is_read(self, head: Head, body: bytes) -> Steps[bool]:
        """Whether the answer is fully read, leaving nothing for the next one to begin with."""
        length = head.headers.get("content-length", "")
        missing = int(length) - len(body) if length.isdecimal() else -1
        with suppress(UnansweredError, LateError):  # the status is known, whatever happens to the rest
            while missing > 0:
                missing -= len((yield from self._receive()))
        return missing == 0

    def _send(self, data: bytes) -> Steps[None]:
        while data:
            try:
                data = data[self._socket.send(data) :]
            except self._blocked as blocked:
                yield from self._wait(self._gateway.blocked[type(blocked)] or EVENT_WRITE)
            except OSError as error:
                raise HangUpError(CLOSED) from error

    def _receive(self, failure: type[UnansweredError] = UnansweredError) -> Steps[bytes]:
        while True:
            try:
                received = self._socket.recv(CHUNK)
            except self._blocked as blocked:
                yield from self._wait(self._gateway.blocked[type(blocked)] or EVENT_READ)
            except OSError as error:
                raise failure(CLOSED) from error
            else:
                if not received:
                    raise failure(CLOSED)
                return received

    def _wait(self, event: int) -> Steps[None]:
        if not self._awaited:
            self._selector.register(self._number, event, self)
        elif event != self._awaited:
            self._selector.modify(self._number, event, self)
        self._awaited = event
        yield

    def _rest(self) -> None:
        if self._awaited:
            self._selector.unregister(self._number)
            self._awaited = 0


class Gateway:
    """Where the posts go, and the connections kept open between calls."""

    def __init__(self, url: str, authorities: str | None) -> None:
        self._endpoint = Endpoint(url, authorities)
        self.host, self.path, self.secure = self._endpoint.host, self._endpoint.path.rstrip("/"), self._endpoint.secure
        self.blocked = self._blocked()
        self.idle: list[socket.socket] = []  # append and pop are atomic
        # A child process that shared connections would read its parent's answers.
        os.register_at_fork(after_in_child=self.idle.clear)

    def _blocked(self) -> dict[type[OSError], int]:
        """The result of a socket call that may block, and the event to wait for; 0 for the expected one."""
        if not self.secure:
            return {BlockingIOError: 0}
        from ssl import SSLWantReadError, SSLWantWriteError

        return {BlockingIOError: 0, SSLWantReadError: EVENT_READ, SSLWantWriteError: EVENT_WRITE}

    def addresses(self) -> list[Address]:
        return list(socket.getaddrinfo(*self._endpoint.address, type=socket.SOCK_STREAM))

    def secured(self, plain: socket.socket) -> "SSLSocket":
        """The same connection, TLS handshake still to come."""
        name, _ = self._endpoint.address
        return self._endpoint.tls().wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)


gateway_at = cache(Gateway)
