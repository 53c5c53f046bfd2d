"""A process that stands in for API Gateway, with posts that take 20 ms, and for DynamoDB's table of open sockets.

Prints its port, then for each input line the number of posts answered, and ends when its input does.
"""

import asyncio
import json
import sys
from functools import lru_cache
from typing import Any

SECONDS = 0.020
ROWS_A_PAGE = 6000  # DynamoDB's megabyte
GATES = 4

DELIVERED = (
    b"HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 23:04:21 GMT\r\nContent-Type: application/json\r\nContent-Length: 0\r\n"
    b"Connection: keep-alive\r\nx-amzn-RequestId: 2f6c1d5e-0000-4000-8000-000000000000\r\n\r\n"
)


def connection_id(number: int) -> str:
    return f"Zk9{number:07d}FiACE1g="


@lru_cache
def page(table: str, gate: int | None, start: int) -> bytes:
    """A page of a table named after its number of rows, for Scan or for Query of the index by gate."""
    numbers = (
        range(int(table.rpartition("-")[2])) if gate is None else range(gate, int(table.rpartition("-")[2]), GATES)
    )
    found = numbers[start : start + ROWS_A_PAGE]
    answer: dict[str, Any] = {"Items": [row(number) for number in found], "Count": len(found)}
    if start + len(found) < len(numbers):
        answer["LastEvaluatedKey"] = {"id": {"S": connection_id(found[-1])}, "start": {"N": str(start + len(found))}}
    body = json.dumps(answer, separators=(",", ":")).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


def row(number: int) -> dict[str, dict[str, str]]:
    return {
        "id": {"S": connection_id(number)},
        "api": {"S": "a1b2c3d4e5"},
        "person": {"S": f"c3f4e8a2-7041-70aa-0000-{number:012d}"},
        "gate": {"N": str(number % GATES)},
        "since": {"S": "2026-11-20T23:04:21.123Z"},
        "expiresAt": {"N": "1795219461"},
    }


def page_asked_for(question: dict[str, Any]) -> bytes:
    start = int(question.get("ExclusiveStartKey", {}).get("start", {}).get("N", "0"))
    values = question.get("ExpressionAttributeValues")
    return page(question["TableName"], int(values[":value"]["N"]) if values else None, start)


class Gateway(asyncio.Protocol):
    """One connection; its requests come one after the other."""

    answered = 0

    def __init__(self) -> None:
        self._received = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        size = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        if ended and len(body) >= int(size or b"0"):
            self._received = b""
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if b"/@connections/" in head.partition(b"\r")[0].replace(b"%40", b"@"):
            self._loop.call_later(SECONDS, self._deliver)
        else:
            self._transport.write(page_asked_for(json.loads(body)))

    def _deliver(self) -> None:
        Gateway.answered += 1
        self._transport.write(DELIVERED)


def tell() -> None:
    for _ in sys.stdin:
        print(Gateway.answered, flush=True)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Gateway, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, tell)


if __name__ == "__main__":
    asyncio.run(serve())
