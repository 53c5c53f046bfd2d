"""DynamoDB: streams that feed functions, and queries."""

from __future__ import annotations

from tests.laptop.closed import closes
from tests.laptop.closed.functions import _seconds
from tests.laptop.embedded_support import (
    Bed,
    eventually,
)
from tests.laptop.handlers import WAITER, recorder, seen


@closes("streams")
def a_reported_record_comes_again(bed: Bed) -> None:
    (table, stream), signals = bed.streamed_table(), bed.folder()
    function = bed.function(f"""
        import pathlib
        tries = []
        def handler(event, context):
            tries.append(1)
            records = event["Records"]
            if len(tries) == 1:
                last = records[-1]["dynamodb"]["SequenceNumber"]
                return {{"batchItemFailures": [{{"itemIdentifier": last}}]}}
            for record in records:
                pathlib.Path({str(signals)!r}, record["dynamodb"]["Keys"]["sk"]["S"]).touch()
            return {{}}
    """)
    for name in "abc":
        bed.put(table, name)
    bed.feed(function, stream, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=2)
    assert bed.eventually(lambda: seen(signals)) == ["c"]


@closes("streams")
def a_poisonous_record_is_set_aside(bed: Bed) -> None:
    (table, stream), signals = bed.streamed_table(), bed.folder()
    failures, arn = bed.queue()
    for name in "abcd":
        bed.put(table, name)
    bed.feed(
        bed.function(recorder(signals, poison="b")),
        stream,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert bed.eventually(lambda: seen(signals) == ["a", "c", "d"]), seen(signals)
    assert bed.eventually(lambda: bed.messages(failures))[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"


@closes("streams")
def a_slow_stream_does_not_hold_up_another(bed: Bed) -> None:
    (slow, slow_stream), (quick, quick_stream) = bed.streamed_table(), bed.streamed_table()
    held, signals = bed.folder(), bed.folder()
    bed.feed(bed.function(WAITER.format(signals=str(held), name="slow")), slow_stream, MaximumRetryAttempts=0)
    bed.put(slow, "a")
    try:
        assert eventually(lambda: seen(held)) == ["slow"]
        bed.feed(bed.function(recorder(signals)), quick_stream, MaximumRetryAttempts=0)
        bed.put(quick, "a")
        assert bed.eventually(lambda: seen(signals)) == ["a"]
    finally:
        (held / "go").touch()


@closes("tables")
def a_page_of_a_large_partition_is_quick(bed: Bed) -> None:
    table, client = bed.table(), bed.client("dynamodb")
    keys = [f"{number:05}" for number in range(1500)]
    for start in range(0, len(keys), 25):
        puts = [{"PutRequest": {"Item": {"pk": {"S": "one"}, "sk": {"S": key}}}} for key in keys[start : start + 25]]
        client.batch_write_item(RequestItems={table: puts})
    query = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk > :sk",
        "ExpressionAttributeValues": {":pk": {"S": "one"}, ":sk": {"S": keys[-10]}},
    }
    assert [item["sk"]["S"] for item in client.query(**query)["Items"]] == keys[-9:]
    pages, counts = [], []

    def costs_as_much_as_a_count() -> bool:  # and 7 times that if each item has the condition parsed again
        pages.append(_seconds(lambda: client.query(**query)))
        counts.append(_seconds(lambda: client.scan(TableName=table, Select="COUNT")))
        return len(pages) > 3 and min(pages) < 3 * min(counts)

    assert bed.eventually(costs_as_much_as_a_count)
