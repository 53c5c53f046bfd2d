"""Stream records are kept for a day, even across a restart: what failed can be retried from there."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from cloud import failures
from laptop.embedded import EmbeddedCloud
from tests.laptop.data_support import records
from tests.laptop.embedded_support import Bed, eventually, package

RECORDER = """
    import pathlib
    def handler(event, context):
        for record in event["Records"]:
            with pathlib.Path({file!r}).open("a") as file:
                file.write(record["dynamodb"]["Keys"]["sk"]["S"] + "\\n")
"""
FAILING = 'def handler(event, context): raise ValueError("not yet")'


@pytest.fixture
def bed() -> Iterator[Bed]:
    made = Bed()
    try:
        yield made
    finally:
        made.close()


def names(found: list[Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["sk"]["S"] for record in found]


def number(record: Any) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def lines(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def is_read(bed: Bed, end: int) -> bool:
    """Whether the state on disk says that a function has read this far."""
    positions = json.loads((bed.data / "state" / "lambda.json").read_text())["payload"]["dynamodb_stream_positions"]
    return end in positions["data"].values()


def test_what_was_read_can_be_read_again_after_a_restart(bed: Bed) -> None:
    (table, stream), file = bed.streamed_table(), bed.folder() / "seen"
    reader = bed.function(RECORDER.format(file=str(file)))
    bed.feed(reader, stream)
    for letter in "abcde":
        bed.put(table, letter)
    assert eventually(lambda: lines(file) == list("abcde")) and eventually(lambda: is_read(bed, 5))
    before = records(bed, stream)
    bed.kill_and_start_again()
    assert records(bed, stream) == before
    third = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": number(before[2])}
    assert names(records(bed, stream, **third)) == list("cde")
    after_it = {**third, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
    assert names(records(bed, stream, **after_it)) == list("de")
    bed.put(table, "f")
    assert eventually(lambda: lines(file) == list("abcdef")), "each once, in order"
    assert names(records(bed, stream)) == list("abcdef")
    late = bed.folder() / "late"
    bed.feed(bed.function(RECORDER.format(file=str(late))), stream)
    assert eventually(lambda: lines(late) == list("abcdef")), "who begins at the oldest record gets all of them"


def test_a_failure_is_replayed_after_a_restart(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    (table, stream), file = bed.streamed_table(), bed.folder() / "seen"
    queue, arn = bed.queue()
    function = bed.function(FAILING)
    given_up = {"DestinationConfig": {"OnFailure": {"Destination": arn}}, "MaximumRetryAttempts": 0}
    bed.feed(function, stream, **given_up)
    bed.put(table, "a")
    waiting = {"QueueUrl": queue, "AttributeNames": ["ApproximateNumberOfMessages"]}
    count = "ApproximateNumberOfMessages"
    assert eventually(lambda: bed.client("sqs").get_queue_attributes(**waiting)["Attributes"][count] == "1")
    assert eventually(lambda: is_read(bed, 1))
    assert eventually(lambda: "RetryAttemptsExhausted" in (bed.data / "state" / "sqs.json").read_text())
    bed.kill_and_start_again()
    bed.client("lambda").update_function_code(FunctionName=function, ZipFile=package(RECORDER.format(file=str(file))))
    for name, value in bed.cloud.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it may have another cloud's key
    said: list[str] = []
    failures.replay(queue, said.append)
    assert lines(file) == ["a"]
    assert [line.split()[0] for line in said] == ["done"]


# Bounds


def store(bed: Bed) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(bed.data / "state" / "items.sqlite"))


def kept(bed: Bed, stream: str) -> list[int]:
    with store(bed) as opened:
        rows = opened.execute("SELECT position FROM records WHERE stream = ? ORDER BY position", (stream,))
        return [position for (position,) in rows]


def test_records_of_yesterday_go(bed: Bed) -> None:
    table, stream = bed.streamed_table()
    for letter in "abcde":
        bed.put(table, letter)
    bed.cloud.stop()
    with store(bed) as opened:
        for position in range(3):
            where = (stream, position)
            (text,) = opened.execute("SELECT record FROM records WHERE stream = ? AND position = ?", where).fetchone()
            record = json.loads(text)
            record["dynamodb"]["ApproximateCreationDateTime"] = int(time.time()) - 25 * 60 * 60
            change = "UPDATE records SET record = ? WHERE stream = ? AND position = ?"
            opened.execute(change, (json.dumps(record), *where))
        opened.commit()
    bed.cloud = EmbeddedCloud.start(bed.data, bed.port)
    bed.put(table, "f")
    assert eventually(lambda: kept(bed, stream) == [3, 4, 5])
    assert names(records(bed, stream)) == list("def")


def test_very_many_records_are_no_burden(bed: Bed) -> None:
    """After a restart they are not in memory, and only a sensible number is kept; the last are readable."""
    table, stream = bed.streamed_table()
    bed.put(table, "a")
    bed.cloud.stop()
    many = 101_000
    with store(bed) as opened:
        (text,) = opened.execute("SELECT record FROM records WHERE stream = ?", (stream,)).fetchone()
        record = json.loads(text)

        def numbered(position: int) -> tuple[str, int, str]:
            record["dynamodb"]["SequenceNumber"] = f"{position:030}"
            return stream, position, json.dumps(record)

        opened.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", map(numbered, range(many)))
        opened.commit()
    bed.cloud = EmbeddedCloud.start(bed.data, bed.port)
    assert resident(bed.cloud) < 200_000_000
    bed.put(table, "b")
    assert eventually(lambda: len(kept(bed, stream)) <= 100_000)
    assert kept(bed, stream)[-1] == many
    tenth_last = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": f"{many - 10:030}"}
    assert names(records(bed, stream, **tenth_last)) == ["a"] * 10 + ["b"]


def resident(cloud: EmbeddedCloud) -> int:
    """Bytes of memory."""
    status = Path(f"/proc/{cloud._process.pid}/status")
    if not status.exists():
        return 0
    return int(next(line for line in status.read_text().splitlines() if line.startswith("VmRSS")).split()[1]) * 1024
