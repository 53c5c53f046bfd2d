"""A data folder with everything in it, and ways to check that it is all there."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from laptop.embedded import EmbeddedCloud
from tests.laptop.embedded_support import Bed

FLEETING = ("cloud.log", "cloud.log.1", "lock", "tmp")  # rewritten at each start
LETTERS = list("abcdefgh")


class Filled:
    """A cloud with things of every kind."""

    def __init__(self) -> None:
        self.bed = Bed()
        self.email = self.bed.person(self.bed.people[1])
        self.bed.tokens(self.bed.people[1], self.email)  # makes the signing keys
        self.table, self.stream = self.bed.streamed_table()
        for letter in LETTERS:
            self.bed.put(self.table, letter)
        self.bucket, self.versioned = self._buckets()
        self.queue, _ = self.bed.queue()
        self.bed.client("sqs").send_message(QueueUrl=self.queue, MessageBody='"waiting"')
        assert self.bed.invoke(self.bed.answering)["body"] == "good"

    def _buckets(self) -> tuple[str, str]:
        s3, names = self.bed.client("s3"), ("plain-files", "versioned-files")
        for name in names:
            s3.create_bucket(Bucket=name)
        on = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="versioned-files", VersioningConfiguration=on)
        for name in names:
            for text in (b"first", b"second"):
                s3.put_object(Bucket=name, Key="a/b.txt", Body=text, ContentType="text/plain")
        s3.put_object(Bucket="versioned-files", Key="gone", Body=b"gone")
        s3.delete_object(Bucket="versioned-files", Key="gone")
        return names

    def start(self, data: Path) -> None:
        """From now on the bed's cloud uses this folder."""
        self.bed._clients.cache_clear()  # another folder may have another secret
        self.bed.cloud = EmbeddedCloud.start(data, self.bed.port)

    def stop(self) -> None:
        self.bed.cloud.stop()

    @property
    def letters(self) -> list[str]:
        found = self.bed.client("dynamodb").scan(TableName=self.table)["Items"]
        return sorted(item["sk"]["S"] for item in found)

    def lost(self) -> list[str]:
        """What is missing."""
        checks: dict[str, Callable[[], bool]] = {
            "items": lambda: self.letters == LETTERS,
            "records": lambda: len(records(self.bed, self.stream)) == len(LETTERS),
            "people": lambda: "IdToken" in self.bed.tokens(self.bed.people[1], self.email),
            "files": lambda: self._file(self.bucket) == self._file(self.versioned) == (b"second", "text/plain"),
            "versions": lambda: self._versions() == ["a/b.txt", "a/b.txt", "gone"],
            "messages": self._waits,
            "functions": lambda: bool(self.bed.invoke(self.bed.answering)["body"] == "good"),
        }
        return [name for name, check in checks.items() if not _holds(check)]

    def _file(self, bucket: str) -> tuple[bytes, str]:
        found = self.bed.client("s3").get_object(Bucket=bucket, Key="a/b.txt")
        return found["Body"].read(), found["ContentType"]

    def _versions(self) -> list[str]:
        found = self.bed.client("s3").list_object_versions(Bucket=self.versioned)["Versions"]
        return sorted(each["Key"] for each in found)

    def _waits(self) -> bool:
        found = self.bed.client("sqs").receive_message(QueueUrl=self.queue, VisibilityTimeout=0)
        return [each["Body"] for each in found.get("Messages", [])] == ['"waiting"']


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever goes wrong, it is not there
        return False


def records(bed: Bed, stream: str, **place: Any) -> list[Any]:
    """The stream's records, from the oldest or from the given one."""
    client = bed.client("dynamodbstreams")
    shard = client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    given = place or {"ShardIteratorType": "TRIM_HORIZON"}
    iterator = client.get_shard_iterator(StreamArn=stream, ShardId=shard, **given)["ShardIterator"]
    found: list[Any] = []
    while page := (answer := client.get_records(ShardIterator=iterator))["Records"]:
        found += page
        iterator = answer["NextShardIterator"]
    return found


def copied(template: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(template, to, symlinks=True)
    return to


def files(data: Path) -> list[Path]:
    return sorted(path.relative_to(data) for path in data.rglob("*") if not path.is_dir())


def contents(data: Path) -> dict[str, str]:
    """Each file's content, except what every start rewrites."""
    kept = [path for path in files(data) if path.parts[0] not in FLEETING]
    return {str(path): hashlib.sha256((data / path).read_bytes()).hexdigest() for path in kept}
