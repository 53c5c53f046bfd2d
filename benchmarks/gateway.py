"""A process that stands in for API Gateway and for DynamoDB: each POST to a connection takes its 20 ms, each read none.

It prints its port, then for each line that it is sent how many posts it has answered, and ends when its standard input does.
"""

import asyncio
import json
import sys
from threading import Thread

SECONDS = 0.020
ROWS_A_PAGE = 6000  # what fits DynamoDB's megabyte

DELIVERED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-amzn-RequestId: 2f6c1d5e-0000-4000-8000-000000000000\r\n\r\n"


def connection_id(number: int) -> str:
    return f"Zk9{number:07d}FiACE1g="


def page(asked: bytes) -> bytes:
    """Of a table that is named for the number of its rows."""
    question = json.loads(asked)
    first = int(question.get("ExclusiveStartKey", {}).get("number", {}).get("N", "0"))
    last = min(first + ROWS_A_PAGE, int(question["TableName"].rpartition("-")[2]))
    found = {"Items": [row(number) for number in range(first, last)], "Count": last - first, "ScannedCount": last - first}
    return json.dumps(found).encode()
