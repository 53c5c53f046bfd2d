"""Posts to many sockets: what becomes of each, whatever the peers do, and what sending them costs."""

import asyncio
import calendar
import os
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chalicelib.core.wire import post_of
from chalicelib.live.posting import Address, Gateway, Outcome, Posting, gateway_at, post_all
from tests.core.test_unit_aws import certificate_for

ENVIRON = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}

DELIVERED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GONE = b'HTTP/1.1 410 Gone\r\nContent-Length: 27\r\n\r\n{"message":"GoneException"}'

ANSWERS = {
    "gone": GONE,
    "forbidden": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "failing": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "hanging": b"",
    "half": DELIVERED[:20],
    "half-a-body": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "not-http": b"SSH-2.0-Server\r\n\r\n",
    "busy-once": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}",
}


class Peers:
    """A gateway on the loopback whose answer depends on a connection's name, the part before its `:`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.delay = 0.0
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.posts: Counter[str] = Counter()
        self.connections = 0
        self.at_once = self.most_at_once = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024, ssl=tls)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/_aws/api/stage"

    def hang_up(self) -> None:
        """On everybody who is connected."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        await self._hang_up()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client has gone
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        path = first.split(" ")[1]
        self.asked.append((path, headers, await reader.readexactly(int(headers["Content-Length"]))))
        name = unquote(path.rpartition("/")[2])
        self.posts[name] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.delay:
            await asyncio.sleep(self.delay)
        self.at_once -= 1
        kind = name.partition(":")[0]
        answer = DELIVERED if kind == "busy-once" and self.posts[name] > 1 else ANSWERS.get(kind, DELIVERED)
        writer.write(answer)
        if kind == "hanging":
            await asyncio.Event().wait()
        return kind not in ("half", "half-a-body", "not-http")


@pytest.fixture
def peers() -> Iterator[Peers]:
    peers = Peers()
    yield peers
    peers.stop()


def post(peers: Peers, *names: str, **options: Any) -> Outcome:
    """Without the time that passes meanwhile, however long the machine takes, unless that is the point."""
    given = {"environ": ENVIRON, "timer": lambda: 0.0, "chance": lambda: 0.0, **options}
    return post_all(peers.endpoint, names, b"hello", **given)


def many(name: str, count: int) -> list[str]:
    return [f"{name}:{number}" for number in range(count)]


@pytest.mark.parametrize("token", [None, "token+/=="])
@pytest.mark.parametrize("connection_id", ["L0SM9cOFvHcCIhw=", "Zk-._~9", "a/b+c d:é%3D"])
def test_signs_as_botocore(peers: Peers, connection_id: str, token: str | None) -> None:
    path = path_of_boto3(peers, connection_id)
    theirs = AWSRequest("POST", f"http://127.0.0.1:{peers.port}{path}", {}, b"hello")
    SigV4Auth(Credentials("key", "secret", token), "execute-api", "eu-central-1").add_auth(theirs)
    now = calendar.timegm(time.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))

    environ = {**ENVIRON, "AWS_SESSION_TOKEN": token} if token else ENVIRON
    assert post(peers, connection_id, environ=environ, clock=lambda: now).delivered == 1
    asked, headers, body = peers.asked[-1]
    assert (asked, body) == (path, b"hello")
    assert headers["Authorization"] == theirs.headers["Authorization"]
    assert headers.get("X-Amz-Security-Token") == token


def path_of_boto3(peers: Peers, connection_id: str) -> str:
    session = boto3.session.Session("key", "secret", region_name="eu-central-1")
    client = session.client("apigatewaymanagementapi", endpoint_url=peers.endpoint)
    client.post_to_connection(ConnectionId=connection_id, Data=b"hello")
    return peers.asked[-1][0]


def test_to_nobody_is_no_failure(peers: Peers) -> None:
    assert post(peers) == Outcome(0, [], {})
    assert peers.connections == 0


def test_tells_what_became_of_each(peers: Peers) -> None:
    ill = ("gone:1", "forbidden:1", "failing:1", "hanging:1", "half:1", "not-http:1", "gone:2")
    told = posted(gateway_at(peers.endpoint, None), *many("well", 50), *ill, *many("fine", 50), unanswered=1)
    assert told.delivered == 100
    assert sorted(told.gone) == ["gone:1", "gone:2"]
    assert told.failed == {
        "forbidden:1": "status 403",
        "failing:1": "status 503",
        "hanging:1": "out of time",
        "half:1": "the connection was closed",
        "not-http:1": "an answer that is not HTTP",
    }
    assert all(peers.posts[name] == 1 for name in [*many("well", 50), *many("fine", 50), "gone:1", "forbidden:1"])


def test_counts_why_without_naming_anybody(peers: Peers) -> None:
    told = post(peers, *many("forbidden", 3), *many("failing", 2), "well")
    assert told.reasons == {"status 403": 3, "status 503": 2}


def test_what_may_pass_is_tried_again_but_not_for_ever(peers: Peers) -> None:
    told = post(peers, "busy-once:1", "failing:1", "half:1")
    assert told.delivered == 1
    assert peers.posts == {"busy-once:1": 2, "failing:1": 3, "half:1": 3}


def test_a_pause_that_is_longer_than_the_time_left_is_not_begun(peers: Peers) -> None:
    told = post(peers, "failing:1", "well", chance=lambda: 1e9)
    assert (told.delivered, told.failed) == (1, {"failing:1": "out of time"})
    assert peers.posts["failing:1"] == 1


def test_keeps_its_connections(peers: Peers) -> None:
    for _ in range(3):
        assert post(peers, *many("well", 40), at_once=4).delivered == 40
        assert post(peers, "gone:1").gone == ["gone:1"]
    assert peers.connections == 4


def test_connections_that_were_closed_while_they_idled_are_replaced(peers: Peers) -> None:
    for connections in (8, 16):
        assert post(peers, *many("well", 8)).delivered == 8
        assert peers.connections == connections
        peers.hang_up()
    assert set(peers.posts.values()) == {2}


@pytest.mark.parametrize("name", ["chunked", "half-a-body"])
def test_an_answer_that_is_not_read_to_its_end_ends_its_connection(peers: Peers, name: str) -> None:
    assert post(peers, name, "well", at_once=1).delivered == 2
    assert (peers.posts, peers.connections) == ({name: 1, "well": 1}, 2)


def test_ends_in_time_when_nobody_answers(peers: Peers) -> None:
    told = post(peers, *many("hanging", 30), at_once=2, seconds_in_all=0.2, timer=time.monotonic)
    assert told == Outcome(0, [], dict.fromkeys(many("hanging", 30), "out of time"))
    assert len(peers.posts) <= 2


def test_tells_that_nobody_listens(peers: Peers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    told = post_all(endpoint, many("well", 3), b"hello", environ=ENVIRON, chance=lambda: 0.0)
    assert told == Outcome(0, [], dict.fromkeys(many("well", 3), "no connection: Connection refused"))


class Elsewhere(Gateway):
    """A host whose name resolves elsewhere first, or nowhere."""

    def __init__(self, url: str, first: str | None) -> None:
        super().__init__(url, None)
        self._first = first

    def addresses(self) -> list[Address]:
        found = super().addresses()
        if self._first is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(*each[:4], (self._first, each[4][1])) for each in found] + found


def posted(gateway: Gateway, *names: str, unanswered: int = 0) -> Posting:
    """Time passes once it is known what became of all others."""

    def timer() -> float:
        return 100.0 if posting.delivered + len(posting.gone) + len(posting.failed) == len(names) - unanswered else 0.0

    def request_to(name: str) -> bytes:
        return post_of(f"/{name}", {"Host": gateway.host}, b"")

    posting = Posting(iter(names), request_to, 5.0, 5.0, timer, lambda: 0.0)
    posting.run(gateway, len(names))
    return posting


def test_takes_the_next_address_where_one_refuses(peers: Peers) -> None:
    posting = posted(Elsewhere(peers.endpoint, "127.0.0.2"), *many("well", 10))
    assert (posting.delivered, posting.failed, peers.connections) == (10, {}, 10)


def test_tells_that_there_is_no_such_host(peers: Peers) -> None:
    posting = posted(Elsewhere(peers.endpoint, None), "well")
    assert posting.failed == {"well": "no connection: Name or service not known"}


def test_two_thousand_go_side_by_side(peers: Peers) -> None:
    peers.delay = 0.02
    names = many("well", 2000)
    assert post(peers, *names, seconds=30.0, seconds_in_all=60.0) == Outcome(2000, [], {})
    assert peers.posts == dict.fromkeys(names, 1)
    assert 1 < peers.most_at_once <= peers.connections <= 256


def test_a_long_text_goes_in_pieces(peers: Peers) -> None:
    text = os.urandom(5_000_000)
    assert post_all(peers.endpoint, ["a", "b"], text, environ=ENVIRON, seconds=20.0).delivered == 2
    assert [body == text for _, _, body in peers.asked] == [True, True]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificate_for("127.0.0.1", tmp_path)


@pytest.fixture
def secured(certificate: Path) -> Iterator[Peers]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    peers = Peers(context)
    yield peers
    peers.stop()


def test_speaks_tls(secured: Peers, certificate: Path) -> None:
    environ = {**ENVIRON, "AWS_CA_BUNDLE": str(certificate)}
    for _ in range(2):
        told = post(secured, *many("well", 200), "gone:1", environ=environ, at_once=10, seconds=20.0)
        assert told == Outcome(200, ["gone:1"], {})
    assert secured.connections == 10
    text = os.urandom(1_000_000)
    assert post_all(secured.endpoint, ["well"], text, environ=environ, seconds=20.0).delivered == 1
    assert secured.asked[-1][2] == text


def test_trusts_only_the_named_authority(secured: Peers) -> None:
    told = post(secured, "well")
    assert "CERTIFICATE_VERIFY_FAILED" in told.failed["well"]
    assert secured.posts == {}


HEAVY = ("asyncio", "boto3", "botocore", "concurrent", "email", "http", "ssl", "urllib3")


def test_one_post_loads_nothing_heavy(peers: Peers) -> None:
    code = f"""
import sys
from chalicelib.live.posting import post_all
assert post_all({peers.endpoint!r}, ["well"], b"hello").delivered == 1
print(*{{name.partition(".")[0] for name in sys.modules}})
"""
    environ = {**ENVIRON, "PYTHONPATH": str(Path(__file__).parents[2])}
    loaded = subprocess.run([sys.executable, "-S", "-c", code], env=environ, capture_output=True, check=True, text=True)
    assert set(HEAVY).isdisjoint(loaded.stdout.split())
