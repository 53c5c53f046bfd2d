"""DynamoDB: streams that feed functions, and queries."""

from __future__ import annotations

from tests.laptop.closed import closes
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
