"""Events that failed for good wait in a queue, to be inspected and retried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cloud import clients
from cloud.errors import CloudError
from cloud.stage import in_words

_WAIT_SECONDS = 1
_HIDDEN_SECONDS = 120
_MOST_PAGES = 20
_TRIES_OF_A_QUEUE = 5  # as in the template


class Failure(NamedTuple):
    """One message of the queue: which function failed, on what, how often, and how to delete it."""

    function: str
    at: str
    tried: int
    why: str
    what: dict[str, Any]
    receipt: str

    @property
    def line(self) -> str:
        return f"{self.at}  {self.function}  tried {self.tried} times  {self.why}"


def waiting(queue: str) -> Iterator[Failure]:
    """Everything in the queue. The messages stay there, hidden for two minutes."""
    sqs = clients.of("sqs")
    while messages := _received(sqs, queue):
        yield from (_failure(queue, message) for message in messages)


def listed(queue: str) -> list[Failure]:
    """List without taking: the messages are visible again at once."""
    found = list(waiting(queue))
    for failure in found:
        _show(queue, failure)
    return found


def _show(queue: str, failure: Failure) -> None:
    """Make them visible again."""
    clients.of("sqs").change_message_visibility(QueueUrl=queue, ReceiptHandle=failure.receipt, VisibilityTimeout=0)


def replay(queue: str, say: Callable[[str], None]) -> None:
    """Retry each with the event it failed on. What succeeds leaves the queue."""
    failed = 0
    for failure in list(waiting(queue)):
        if why := _again(failure):
            failed += 1
            _show(queue, failure)
            say(f"failed  {failure.line}: {why}")
        else:
            clients.of("sqs").delete_message(QueueUrl=queue, ReceiptHandle=failure.receipt)
            say(f"done    {failure.line}")
    if failed:
        raise CloudError(f"{failed} failed again and stay in the queue: fix the cause, then replay again.")


def _again(failure: Failure) -> str:
    """Why it failed again, if it did."""
    try:
        _invoke(failure)
    except CloudError as error:
        return str(error)
    except (ClientError, BotoCoreError) as error:  # one that can't be retried must not stop the others
        return in_words(error)
    return ""


def _invoke(failure: Failure) -> None:
    answer = clients.of("lambda").invoke(
        FunctionName=failure.function, Payload=json.dumps(_event(failure.what), default=_seconds).encode()
    )
    result = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        raise CloudError(str((result or {}).get("errorMessage", "the function failed")))
    if (result or {}).get("batchItemFailures"):
        raise CloudError("the function could not do all of it")


def _seconds(at: datetime) -> float:
    """Lambda gives a stream record's time as a number."""
    return at.timestamp()


def _event(message: dict[str, Any]) -> dict[str, Any]:
    """An asynchronous call's event is in the message; a stream's records are still in the stream, for a day.

    What a queue gave up on is the original message.
    """
    if "requestContext" not in message:
        return {"Records": [{"messageId": "again", "body": json.dumps(message), "eventSource": "aws:sqs"}]}
    if "requestPayload" in message:
        payload: dict[str, Any] = message["requestPayload"]
        return payload
    return {"Records": list(_records(message["DDBStreamBatchInfo"]))}


def _records(batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
    streams = clients.of("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    first, last = int(batch["startSequenceNumber"]), int(batch["endSequenceNumber"])
    records = [record for record in _until(last, iterator) if first <= _number(record) <= last]
    if not records:
        raise CloudError("its records are no longer in the stream")
    for record in records:
        yield {**record, "eventSourceARN": batch["streamArn"]}


def _until(last: int, iterator: str | None) -> Iterator[dict[str, Any]]:
    """The stream's records up to that number; a page may be empty although more follow."""
    streams = clients.of("dynamodbstreams")
    for _ in range(_MOST_PAGES):
        page = streams.get_records(ShardIterator=iterator)
        yield from page["Records"]
        iterator = page.get("NextShardIterator")
        if not iterator or any(_number(record) >= last for record in page["Records"]):
            return


def _number(record: dict[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _of_a_queue(queue: str) -> dict[str, Any]:
    """Exactly one function reads a queue, and the queue gives up after a number of tries."""
    function = queue.rpartition("/")[2].removesuffix("failures") + "keep_quota"
    return {"functionArn": function, "approximateInvokeCount": _TRIES_OF_A_QUEUE, "condition": "RetriesExhausted"}


def _received(sqs: Any, queue: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=_WAIT_SECONDS,
        VisibilityTimeout=_HIDDEN_SECONDS,
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _failure(queue: str, message: dict[str, Any]) -> Failure:
    body = json.loads(message["Body"])
    context = body.get("requestContext") or _of_a_queue(queue)
    return Failure(
        function=context.get("functionArn", "").split(":function:")[-1].partition(":")[0],
        at=body.get("timestamp") or body.get("Records", [{}])[0].get("eventTime", ""),
        tried=int(context.get("approximateInvokeCount", 0)),
        why=context.get("condition", ""),
        what=body,
        receipt=message["ReceiptHandle"],
    )
