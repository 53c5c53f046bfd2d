"""A process with one contender of `fan_out`: for each number on its input, it posts one text to that many connections.

    python -m benchmarks.sender NAME

It answers each with a line of JSON: seconds spent reading connections, seconds spent posting, the CPU seconds of
both, and the number of posts delivered.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

ENDPOINT = os.environ["SOCKET_ENDPOINT"]
TEXT = json.dumps({"type": "post", "at": "2026-11-20T23:04:21.123Z", "post": {"text": "Good morning. " * 20}}).encode()
THREADS = 32

Read = Callable[[int], list[str]]
Post = Callable[[list[str]], int]


def app() -> tuple[Read, Post]:
    """As the application does it: a Query per gate, then all posts from one loop."""
    from chalicelib.core import aws
    from chalicelib.live.connections import Connections
    from chalicelib.live.posting import post_all

    def read(count: int) -> list[str]:
        found = Connections(aws.client("dynamodb"), f"connections-{count}").everyone()
        return [connection.id for connection in found]

    return read, lambda ids: post_all(ENDPOINT, ids, TEXT).delivered


def one_by_one() -> tuple[Read, Post]:
    """boto3, one after the other; the connections are not read."""
    from benchmarks.gateway import connection_id

    post = _boto3_post()
    return lambda count: [connection_id(number) for number in range(count)], lambda ids: sum(map(post, ids))


def threads() -> tuple[Read, Post]:
    """boto3 as in published samples: a Scan, then every post through one client in a thread pool."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3

    dynamodb = boto3.client("dynamodb")
    post = _boto3_post()

    def read(count: int) -> list[str]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=f"connections-{count}")
        return [row["id"]["S"] for page in pages for row in page["Items"]]

    def post_all(ids: list[str]) -> int:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(post, ids))

    return read, post_all


def _boto3_post() -> Callable[[str], bool]:
    import logging

    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns for each connection beyond its pool's size
    config = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 2})
    client = boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT, config=config)

    def post(connection_id: str) -> bool:
        try:
            client.post_to_connection(ConnectionId=connection_id, Data=TEXT)
        except (BotoCoreError, ClientError):
            return False
        return True

    return post


def measured(read: Read, post: Post, count: int) -> dict[str, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    ids = read(count)
    between = time.perf_counter()
    delivered = post(ids)
    ended = time.perf_counter()
    used = time.process_time() - cpu
    return {"reading": between - started, "posting": ended - between, "cpu": used, "delivered": delivered}


def main() -> None:
    read, post = {"app": app, "one_by_one": one_by_one, "threads": threads}[sys.argv[1]]()
    for line in sys.stdin:
        print(json.dumps(measured(read, post, int(line))), flush=True)


if __name__ == "__main__":
    main()
