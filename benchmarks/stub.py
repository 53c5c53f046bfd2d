"""A process that answers every request as DynamoDB answers a Query that finds the 50 albums.

It prints its port, and ends when its standard input does.
"""

import asyncio
import json
import sys
import zlib

from benchmarks.albums import COUNT, items


def answer() -> bytes:
    body = json.dumps({"Count": COUNT, "Items": items(), "ScannedCount": COUNT}, separators=(",", ":")).encode()
    head = (
        "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Fri, 20 Nov 2026 23:04:21 GMT\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\nConnection: keep-alive\r\n"
        f"x-amzn-RequestId: {'A1B2' * 13}\r\nx-amz-crc32: {zlib.crc32(body)}\r\n\r\n"
    )
    return head.encode() + body


class Stub(asyncio.Protocol):
    """One connection: each complete request gets the same answer."""

    ANSWER = answer()

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while length := self._request_length():
            self._received = self._received[length:]
            self._transport.write(self.ANSWER)  # type: ignore[attr-defined]

    def _request_length(self) -> int:
        """Length of the first request once all of it is there, else 0."""
        head, ended, rest = self._received.partition(b"\r\n\r\n")
        if not ended:
            return 0
        sizes = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        size = int(sizes[0]) if sizes else 0
        return len(head) + 4 + size if len(rest) >= size else 0


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
