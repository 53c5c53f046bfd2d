"""A real full disk: what is acknowledged is stored, and everything continues once there is space."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from laptop.embedded import EmbeddedCloud
from laptop.embedded.disk import AGAIN
from tests.laptop.data_support import records
from tests.laptop.embedded_support import PASSWORD, Bed, eventually, package, unique
from tests.laptop.test_cloud_run import a_name
from tests.support.stage import RunningStage, forget_settings, until

FULL = "The disk is full: nothing is stored until there is space again."


class Disk:
    """A small file system, and a file that fills it."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if sys.platform != "linux" or os.geteuid() or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a file system of a few megabytes can't be mounted by this person on this machine")

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def give_back(self, size: int) -> None:
        os.truncate(self._filler, self._filler.stat().st_size - size)

    def clear(self) -> None:
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path, "24m")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def bed(disk: Disk) -> Iterator[Bed]:
    made = Bed(folder=disk.folder)
    try:
        yield made
    finally:
        disk.clear()
        made.close()


def refusal(call: functools.partial[Any]) -> tuple[int, str]:
    """The refusal, if any."""
    try:
        call()
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return 200, ""


def letters(bed: Bed, table: str) -> set[str]:
    pages = bed.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["sk"]["S"] for page in pages for item in page["Items"]}


def put(bed: Bed, table: str, name: str) -> bool:
    """Whether it is acknowledged."""
    answer = refusal(functools.partial(bed.put, table, name, text="x" * 3000))
    assert answer in ((200, ""), (500, "InternalServerError")), answer
    return answer[0] == 200


def test_what_is_acknowledged_is_stored(bed: Bed, disk: Disk) -> None:
    table, stream = bed.streamed_table()
    app, bucket = bed.people[1], unique("files")
    bed.client("s3").create_bucket(Bucket=bucket)
    bed.client("s3").put_object(Bucket=bucket, Key="a", Body=b"before", ContentType="text/plain")
    acknowledged = {name for name in map(str, range(5)) if put(bed, table, name)}
    assert len(acknowledged) == 5
    disk.fill()

    names = [f"full-{number}" for number in range(100)]
    refused = {name for name in names if not put(bed, table, name)}
    acknowledged |= set(names) - refused
    assert len(refused) > 50
    assert letters(bed, table) == acknowledged, "memory is as the disk"
    in_the_stream = {record["dynamodb"]["Keys"]["sk"]["S"] for record in records(bed, stream)}
    assert in_the_stream == acknowledged, "nobody is told of what was refused"
    many_ways_are_refused_as_a_whole(bed, table, acknowledged)
    files_are_refused(bed, bucket)
    email = bed.person(app)  # in memory only, so far
    assert eventually(lambda: told(bed.cloud) == [FULL])

    disk.clear()
    assert eventually(lambda: told(bed.cloud) == [FULL, AGAIN])
    assert (bed.data / "cloud.log").read_text().count(FULL) == 1
    assert {name for name in refused if put(bed, table, name)} == refused
    bed.client("s3").put_object(Bucket=bucket, Key="b", Body=b"after")
    assert eventually(lambda: email in (bed.data / "state" / "cognito.json").read_text())
    assert not list((bed.data / "state").rglob("*.new")) and not list((bed.data / "s3").rglob("*.tmp"))
    bed.kill_and_start_again()
    assert letters(bed, table) == acknowledged | refused
    assert "IdToken" in bed.tokens(app, email, PASSWORD)
    assert bed.client("s3").get_object(Bucket=bucket, Key="b")["Body"].read() == b"after"


_told: dict[int, list[str]] = {}


def told(cloud: EmbeddedCloud) -> list[str]:
    """Everything the cloud has reported by itself; its log says the same, each once."""
    said = _told.setdefault(id(cloud), [])
    said += cloud.news()
    return said


def many_ways_are_refused_as_a_whole(bed: Bed, table: str, there: set[str]) -> None:
    client = bed.client("dynamodb")
    items = [{"pk": {"S": "one"}, "sk": {"S": f"many-{number}"}, "text": {"S": "x" * 9000}} for number in range(20)]
    changed = {"pk": {"S": "one"}, "sk": {"S": "0"}}
    for call in (
        functools.partial(
            client.transact_write_items,
            TransactItems=[
                {"Delete": {"TableName": table, "Key": changed}},
                *({"Put": {"TableName": table, "Item": item}} for item in items),
            ],
        ),
        functools.partial(
            client.batch_write_item, RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]}
        ),
        functools.partial(
            client.update_item,
            TableName=table,
            Key=changed,
            UpdateExpression="SET #text = :much",
            ExpressionAttributeNames={"#text": "text"},
            ExpressionAttributeValues={":much": {"S": "y" * 300_000}},
        ),
    ):
        assert refusal(call) == (500, "InternalServerError")
        assert letters(bed, table) == there
    kept = client.get_item(TableName=table, Key=changed, ConsistentRead=True)["Item"]
    assert kept["text"] == {"S": "x" * 3000}


def files_are_refused(bed: Bed, bucket: str) -> None:
    client = bed.client("s3")
    for key in ("a", "new"):
        put_it = functools.partial(client.put_object, Bucket=bucket, Key=key, Body=b"x" * 100_000)
        assert refusal(put_it) == (500, "InternalError")
    listed = client.list_objects_v2(Bucket=bucket)["Contents"]
    assert [(each["Key"], each["Size"]) for each in listed] == [("a", 6)]
    found = client.get_object(Bucket=bucket, Key="a")
    assert (found["Body"].read(), found["ContentType"]) == (b"before", "text/plain")


def test_a_kill_while_it_is_full(bed: Bed, disk: Disk) -> None:
    """What was refused is missing afterwards, too, and what was stored before is there."""
    table, function = bed.table(), bed.answering
    assert eventually(lambda: function in (bed.data / "state" / "lambda.json").read_text())
    assert eventually(lambda: table in (bed.data / "state" / "dynamodb.json").read_text())
    disk.fill()
    acknowledged = {name for name in map(str, range(60)) if put(bed, table, name)}
    disk.give_back(100_000)  # room for code, but not for the state that names it
    for answer in "ab":  # what the state on disk names has to stay until the state is rewritten
        code = package(f"def handler(event, context): return {answer!r}")
        bed.client("lambda").update_function_code(FunctionName=function, ZipFile=code)
        file = bed.data / "state" / "lambda-blobs" / f"{hashlib.sha256(code).hexdigest()}.zip"
        assert eventually(file.exists)
    bed.cloud._process.kill()
    bed.cloud._process.wait()
    disk.clear()
    bed.cloud = EmbeddedCloud.start(bed.data, bed.port)
    assert letters(bed, table) == acknowledged
    assert bed.invoke(function)["body"] == "good"


def test_the_terminal_says_so(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    output = tmp_path_factory.mktemp("output") / "output.txt"
    output.touch()
    disk = Disk(tmp_path, "400m")
    data = tmp_path / "data"
    data.mkdir()
    (data / "output.txt").symlink_to(output)  # messages must be readable meanwhile
    stage = RunningStage(data, name=a_name(), options=("--no-demo",))
    try:
        stage.start()
        disk.fill()
        stage.for_client("SignUp", Username="somebody@example.com", Password=PASSWORD)
        until(lambda: FULL in stage.output)
        disk.clear()
        until(lambda: AGAIN in stage.output)
        assert stage.output.count(FULL) == 1 and "Traceback" not in stage.output
    finally:
        disk.clear()
        if stage.process and stage.process.poll() is None:
            stage.stop(signal.SIGTERM)
        forget_settings(stage.name)
        disk.close()
