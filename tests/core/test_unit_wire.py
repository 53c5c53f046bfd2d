"""All answers that HTTP allows, one connection at a time, from a peer that sends exactly the given bytes."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from chalicelib.core.wire import Connection, Endpoint, UnansweredError

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;note=x\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
)  # fmt: skip
TO_THE_END = b"HTTP/1.1 200 OK\r\n\r\nhello"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
OLD = b"HTTP/1.0 200 OK\r\ncontent-length:5\r\n\r\nhello"


@contextmanager
def connection(answer: bytes, step: int) -> Iterator[Connection]:
    """To a peer that sends `answer` in pieces of `step` bytes, and hangs up."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)

    def respond() -> None:
        with theirs:
            theirs.recv(1000)
            for start in range(0, len(answer), step):
                theirs.send(answer[start : start + step])

    peer = Thread(target=respond)
    peer.start()
    with ours:
        yield Connection(ours)
    peer.join()


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize(
    ("answer", "stays"), [(LENGTH, True), (CHUNKED, True), (TO_THE_END, False), (CLOSING, False), (OLD, False)]
)
def test_reads_every_kind_of_body(answer: bytes, stays: bool, step: int) -> None:
    with connection(answer, step) as connected:
        assert connected.exchange(b"POST") == (200, b"hello")
        assert connected.is_open is stays


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        LENGTH[:10],
        LENGTH[:-1],
        CHUNKED[:-3],
        CHUNKED.replace(b"3\r\n", b"three\r\n"),
        LENGTH.replace(b"5", b"five"),
        b"SSH-2.0-Server\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_tells_an_answer_that_is_none(answer: bytes) -> None:
    with connection(answer, 1000) as connected, pytest.raises(UnansweredError):
        connected.exchange(b"POST")


def test_waits_no_longer_than_it_is_told() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.01)
    with ours, theirs, pytest.raises(UnansweredError, match="timed out"):
        Connection(ours).exchange(b"POST")


def test_a_forked_child_opens_connections_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = Thread(target=answer_connections, args=(server, 2))
        answering.start()
        endpoint = Endpoint(f"http://127.0.0.1:{server.getsockname()[1]}")
        assert endpoint.post({}, b"") == (200, b"1")
        child = os.fork()
        if child == 0:
            os._exit(0 if endpoint.post({}, b"") == (200, b"2") else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert endpoint.post({}, b"") == (200, b"1")
        answering.join()


def answer_connections(server: socket.socket, count: int) -> None:
    """Each connection's answers are its number."""
    peers = []
    for number in range(1, count + 1):
        peer, _ = server.accept()
        peers.append(Thread(target=answer_requests, args=(peer, number), daemon=True))
        peers[-1].start()


def answer_requests(peer: socket.socket, number: int) -> None:
    with peer:
        while peer.recv(1000):
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)
