"""As much of HTTP's POST as AWS's JSON services need: kept connections, one send per request.

The standard library's client takes two sends, and loads slower than all else in a cold start's first request.
"""

import os
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ssl import SSLContext

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
KEPT_CONNECTIONS = 64
CHUNK = 65_536


class UnansweredError(Exception):
    """The service could not be reached, or its answer broke off."""


class HangUpError(UnansweredError):
    """The peer closed the connection before the first byte of an answer."""


class Head(NamedTuple):
    """What an answer says before its body."""

    status: int
    headers: dict[str, str]
    keeps: bool  # whether the connection stays open afterwards


def head_of(text: bytes) -> Head:
    """Raises ValueError for what is not HTTP."""
    first, *lines = text.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    version, _, status = first.partition(" ")
    keeps = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return Head(int(status[:3]), headers, keeps)


def post_of(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The whole request, for one send."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Endpoint:
    """A service's address, and the connections to it that stay open between requests."""

    def __init__(self, url: str, authorities: str | None = None) -> None:
        parts = urlsplit(url)
        usual = 443 if parts.scheme == "https" else 80
        name, port = parts.hostname or "", parts.port or usual
        bracketed = f"[{name}]" if ":" in name else name
        self.path = parts.path or "/"
        self.host = bracketed if port == usual else f"{bracketed}:{port}"
        self.address = (name, port)
        self.secure = parts.scheme == "https"
        self._authorities = authorities
        self._context: SSLContext | None = None
        self._idle: list[Connection] = []  # append and pop are atomic
        # A child process that shared connections would read its parent's answers.
        os.register_at_fork(after_in_child=self._idle.clear)

    def post(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; raises UnansweredError."""
        return self._answer(post_of(self.path, headers, body))

    def get(self, path: str) -> tuple[int, bytes]:
        return self._answer(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())

    def _answer(self, request: bytes) -> tuple[int, bytes]:
        try:
            return self._exchange(self._idle.pop(), request)
        except (IndexError, HangUpError):
            # No connection was kept, or this one was closed while idle, as the others then were.
            return self._exchange(self._connected(), request)

    def _exchange(self, connection: "Connection", request: bytes) -> tuple[int, bytes]:
        try:
            answer = connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        if connection.is_open and len(self._idle) < KEPT_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _connected(self) -> "Connection":
        try:
            plain = socket.create_connection(self.address, CONNECT_SECONDS)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secured = self.tls().wrap_socket(plain, server_hostname=self.address[0]) if self.secure else plain
        except OSError as error:
            raise UnansweredError(f"no connection to {self.host}: {error}") from error
        secured.settimeout(READ_SECONDS)
        return Connection(secured)

    def tls(self) -> "SSLContext":
        if self._context is None:
            from ssl import create_default_context

            self._context = create_default_context(cafile=self._authorities)
        return self._context


class Connection:
    """One request after the other on one socket."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._received = b""
        self.is_open = True

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        try:
            self._peer.sendall(request)
            self._received = self._peer.recv(CHUNK)
        except TimeoutError as error:
            raise UnansweredError(str(error)) from error
        except OSError as error:
            raise HangUpError(str(error)) from error
        if not self._received:
            raise HangUpError("the connection was closed")
        try:
            return self._answer()
        except ValueError as error:
            raise UnansweredError(f"an answer that is not HTTP: {error}") from error

    def close(self) -> None:
        self._peer.close()

    def _answer(self) -> tuple[int, bytes]:
        head = head_of(self._until(b"\r\n\r\n"))
        self.is_open = head.keeps
        return head.status, self._body(head.headers)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        self.is_open = False
        return self._to_the_end()

    def _chunks(self) -> bytes:
        body = []
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            body.append(self._exactly(size))
            self._until(b"\r\n")
        while self._until(b"\r\n"):
            pass  # trailers
        return b"".join(body)

    def _until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._received += self._more()
        found, _, self._received = self._received.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        parts = [self._received]
        missing = size - len(self._received)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self._received = whole[size:]
        return whole[:size]

    def _to_the_end(self) -> bytes:
        parts = [self._received]
        while part := self._read():
            parts.append(part)
        return b"".join(parts)

    def _more(self) -> bytes:
        part = self._read()
        if not part:
            raise UnansweredError("the answer broke off")
        return part

    def _read(self) -> bytes:
        try:
            return self._peer.recv(CHUNK)
        except OSError as error:
            raise UnansweredError(str(error)) from error
