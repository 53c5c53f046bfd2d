"""A stage's data folder: private to its owner, and damage to one thing loses nothing else."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import CloudError
from laptop import folder
from laptop.embedded import EmbeddedCloud
from tests.laptop.data_support import LETTERS, Filled, contents, copied, files
from tests.laptop.embedded_support import Bed, eventually, package
from tests.laptop.test_cloud_run import a_name, project, start_and_fail  # noqa: F401 - a fixture among them
from tests.support.stage import PASSWORD, RunningStage, environment_of, forget_settings, free_port, until

# Who may read it


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(path: Path) -> list[str]:
    there = [path, *(path.rglob("*") if path.is_dir() else [])]
    return [str(each) for each in there if not each.is_symlink() and each.lstat().st_mode & 0o077]


def test_nobody_else_reads_it() -> None:
    with umask(0):
        filled = Filled()
    try:
        assert (filled.bed.data / "tmp").is_dir()
        assert open_to_others(filled.bed.data) == []
    finally:
        filled.bed.close()


def test_what_was_open_is_closed(tmp_path: Path, template: Path) -> None:
    data = copied(template, tmp_path / "data")
    for path in [data, *data.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    cloud = EmbeddedCloud.start(data, free_port())
    cloud.stop()
    assert open_to_others(data) == []


def test_what_others_have_there_stays_theirs(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    (theirs / "note.txt").touch(mode=0o644)
    (tmp_path / "s3").symlink_to(theirs)
    folder.make(tmp_path)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path, theirs, theirs / "note.txt")] == [0o755, 0o755, 0o644]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[RunningStage]:  # noqa: F811
    """A whole run in a copy of the project: these tests also damage `.chalice`."""
    running = RunningStage(tmp_path_factory.mktemp("run"), name=a_name(), project=project)
    with umask(0):
        running.start()
    try:
        yield running
    finally:
        if running.process and running.process.poll() is None:
            running.stop()
        forget_settings(running.name)


def test_nobody_else_reads_what_a_run_keeps(stage: RunningStage) -> None:
    stage.sign_up()
    ours = [path for path in stage.data.iterdir() if path.name != "output.txt"]
    assert {path.name for path in ours} <= {*folder.KEPT, *folder.LOCKS}
    assert [each for path in ours for each in open_to_others(path)] == []
    secret = (stage.data / "root-secret").read_text()
    password = json.loads((stage.data / "demo.json").read_text())[0]["password"]
    told = list((stage.project / ".chalice").rglob("*.json"))
    assert not [path for path in told if secret in path.read_text() or password in path.read_text()]


# Damage


@pytest.fixture(scope="module")
def filled() -> Iterator[Filled]:
    made = Filled()
    try:
        yield made
    finally:
        made.bed.close()


@pytest.fixture(scope="module")
def template(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder after a stop."""
    filled.stop()
    return copied(filled.bed.data, tmp_path_factory.mktemp("template") / "data")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xffgarbage" * 1000)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def gone(path: Path) -> None:
    path.unlink()


DAMAGES = (emptied, cut_off, garbage, a_folder, gone)
# Each of these in every way; each other file in one way.
DEAR = ("dynamodb.json", "dynamodb.json.before", "cognito.json", "lambda.json", "items.sqlite", "root-secret")
DEAR_KINDS = (".pem", ".zip", "plain-files/a/b.txt", "plain-files/a/b.txt.meta.json")


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_lost_because_one_file_is_damaged(
    filled: Filled, template: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Either one sentence names it and all else is left as it is, or it was not needed and all is there."""
    turn = DAMAGES.index(damage)
    there = [path for path in files(template) if path.suffix != ".before" or path.name in DEAR]
    wanted = [
        path
        for number, path in enumerate(there)
        if path.name in DEAR or str(path).endswith(DEAR_KINDS) or number % len(DAMAGES) == turn
    ]
    assert len(wanted) > len(DEAR)
    for path in wanted:
        data = copied(template, tmp_path / "data")
        damage(data / path)
        before = contents(data)
        try:
            filled.start(data)
        except CloudError as error:
            said = str(error)
            assert str(data / path) in said and len(said.splitlines()) == 1, (path, said)
            assert contents(data) == before, path
        else:
            lost = filled.lost()
            filled.stop()
            assert lost == [], path
    shutil.rmtree(tmp_path / "data")
    filled.start(copied(template, tmp_path / "data"))
    assert filled.lost() == [], "put back, it is all there"
    filled.stop()


@pytest.mark.parametrize("name", ["dynamodb.json", "cognito.json"])
def test_the_copy_from_before_helps(filled: Filled, template: Path, tmp_path: Path, name: str) -> None:
    data = copied(template, tmp_path / "data")
    file = data / "state" / name
    cut_off(file)
    with pytest.raises(CloudError, match=f"put {name}.before in its place, a copy from 20"):
        filled.start(data)
    folder.copy_of(file).replace(file)
    filled.start(data)
    assert filled.lost() == []
    filled.stop()


def test_a_copy_after_a_kill(tmp_path: Path) -> None:
    """From before the last checkpoint."""
    bed = Bed()
    try:
        first, file = bed.table(), bed.data / "state" / "dynamodb.json"
        assert eventually(lambda: first in file.read_text())
        second = bed.table()
        assert eventually(lambda: second in file.read_text())
        bed.cloud._process.kill()
        bed.cloud._process.wait()
        assert first in folder.copy_of(file).read_text()
    finally:
        bed.close()


def test_items_of_an_unknown_table_are_kept(filled: Filled, template: Path, tmp_path: Path) -> None:
    """As when the state on disk predates the table."""
    data = copied(template, tmp_path / "data")
    file = data / "state" / "dynamodb.json"
    whole = file.read_text()
    state = json.loads(whole)
    tables = state["payload"]["tables"]["data"]
    tables.pop(next(place for place in tables if filled.table in place))
    file.write_text(json.dumps(state))
    filled.start(data)
    filled.stop()
    file.write_text(whole)
    filled.start(data)
    assert filled.letters == LETTERS
    filled.stop()


def test_items_of_a_deleted_table_go() -> None:
    bed = Bed()
    try:
        kept, dropped = bed.table(), bed.table()
        for table in (kept, dropped):
            bed.put(table, "a")
        assert rows(bed.data) == 2
        bed.client("dynamodb").delete_table(TableName=dropped)
        assert eventually(lambda: rows(bed.data) == 1)
    finally:
        bed.close()


def rows(data: Path) -> int:
    with closing(sqlite3.connect(data / "state" / "items.sqlite")) as store:
        found: int = store.execute("SELECT COUNT(*) FROM items").fetchone()[0]
        return found


def test_items_that_another_program_holds(filled: Filled, template: Path, tmp_path: Path) -> None:
    data = copied(template, tmp_path / "data")
    with closing(sqlite3.connect(data / "state" / "items.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CloudError, match=r"items\.sqlite can't be read \(another program holds it\)"):
            filled.start(data)


def test_a_kill_between_a_file_and_its_facts(filled: Filled, template: Path, tmp_path: Path) -> None:
    """The new content is in place but not its metadata, or only the metadata was moved aside for a deletion."""
    data = copied(template, tmp_path / "data")
    (body,) = [data / path for path in files(data) if path.match("plain-files/a/b.txt")]
    facts = body.with_name("b.txt.meta.json")
    fresh = {**json.loads(facts.read_text()), "size": 6}
    body.write_bytes(b"second")
    facts.with_name(facts.name + ".tmp").write_text(json.dumps(fresh))
    facts.write_text(json.dumps({**fresh, "size": 5}))
    gone_body = body.with_name("c.txt")
    gone_body.with_name("c.txt.meta.json.tmp").write_text(json.dumps({**fresh, "key": "a/c.txt"}))
    filled.start(data)
    assert filled.lost() == []
    listed = filled.bed.client("s3").list_objects_v2(Bucket="plain-files")["Contents"]
    assert [each["Key"] for each in listed] == ["a/b.txt"]
    filled.stop()


class Writers:
    """Threads that write in all ways until the cloud is gone, recording what was acknowledged."""

    def __init__(self, bed: Bed, table: str, bucket: str, function: str) -> None:
        self.bed, self.items, self.files = bed, set[str](), dict[str, bytes]()
        self.ways = (
            lambda number: self._item(table, f"{number}-{secrets.token_hex(4)}"),
            lambda number: self._file(bucket, f"folder/{number % 3}", os.urandom(100 + number % 7)),
            lambda number: self._short_lived(bucket, f"gone/{number % 3}"),
            lambda number: bed.sign_up(bed.people[1]) and bed.table() and None,
            lambda number: self._code(function, number),
        )

    def until_killed(self, enough: int) -> None:
        threads = [threading.Thread(target=self._repeat, args=(way,)) for way in self.ways]
        for thread in threads:
            thread.start()
        until(lambda: len(self.items) >= enough)
        self.bed.cloud._process.kill()
        for thread in threads:
            thread.join()

    def _repeat(self, way: Callable[[int], None]) -> None:
        with suppress(BotoCoreError, ClientError, OSError):  # the cloud is gone
            for number in itertools.count():
                way(number)

    def _item(self, table: str, name: str) -> None:
        self.bed.put(table, name)
        self.items.add(name)

    def _file(self, bucket: str, key: str, body: bytes) -> None:
        self.files.pop(key, None)  # either content is right until one is acknowledged
        self.bed.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        self.files[key] = body

    def _short_lived(self, bucket: str, key: str) -> None:
        self.bed.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x" * 10)
        self.bed.client("s3").delete_object(Bucket=bucket, Key=key)

    def _code(self, function: str, number: int) -> None:
        code = package(f"def handler(event, context): return {number}")
        self.bed.client("lambda").update_function_code(FunctionName=function, ZipFile=code)


def test_no_kill_is_taken_for_damage() -> None:
    """Whatever is being written when it is killed: it starts, with everything acknowledged."""
    bed = Bed()
    try:
        table, bucket, function = bed.streamed_table()[0], "many-writes", bed.answering
        bed.client("s3").create_bucket(Bucket=bucket)
        told = (bed.people[1], table, bucket, function)
        states = bed.data / "state"
        assert eventually(lambda: all(any(name in file.read_text() for file in states.glob("*.json")) for name in told))
        items: set[str] = set()
        for enough in (20, 45, 70, 95):
            writers = Writers(bed, table, bucket, function)
            writers.until_killed(enough)
            items |= writers.items
            bed.cloud._process.wait()
            bed.cloud = EmbeddedCloud.start(bed.data, bed.port)
            pages = bed.client("dynamodb").get_paginator("scan").paginate(TableName=table)
            assert items <= {item["sk"]["S"] for page in pages for item in page["Items"]}
            for key, body in writers.files.items():
                assert bed.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == body
            assert isinstance(bed.invoke(function), int | dict)
    finally:
        bed.close()


# What a whole run keeps


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_list_of_demo_people(stage: RunningStage, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    for name in ("demo.json", "demo.json.before"):
        shutil.copy2(stage.data / name, tmp_path / name)
    damage(tmp_path / "demo.json")
    said = start_and_fail("--data", str(tmp_path), *ports(), project=stage.project)
    assert f"{tmp_path}/demo.json " in said and "put demo.json.before in its place" in said


def ports() -> list[str]:
    return ["--port", str(free_port()), "--cloud-port", str(free_port())]


@pytest.mark.parametrize("name", ["run.lock", "speech.log", "environment.json", "root-secret", "s3", "state"])
def test_something_else_in_its_place(tmp_path: Path, project: Path, name: str) -> None:  # noqa: F811
    if name in ("s3", "state"):
        (tmp_path / name).write_text("a file")
    else:
        (tmp_path / name / "of somebody").mkdir(parents=True)
    said = start_and_fail("--data", str(tmp_path), *ports(), project=project)
    assert f"{tmp_path / name} " in said


def test_what_can_be_made_anew_is(stage: RunningStage) -> None:
    """Damage to files derived from the stage loses nothing: the stage comes up as it was."""
    user = stage.sign_up()
    assert stage.stop() == 0
    config, chalice = stage.config, stage.project / ".chalice"
    garbage(chalice / "config.json")
    cut_off(chalice / "deployed" / f"{stage.name}.json")
    for name in ("environment.json", "speech.log", "cloud.log"):
        garbage(stage.data / name)
    env = [sys.executable, "-m", "cloud", "env", "--stage", stage.name, "--data", str(stage.data)]
    without = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    told = subprocess.run(env, cwd=stage.project, env=without, capture_output=True, text=True, timeout=60)
    assert told.returncode == 1 and "environment.json can't be read" in told.stderr and "Traceback" not in told.stderr
    stage.start()
    assert stage.config == config
    assert stage.sign_in(user.email, PASSWORD).get("/me").status_code == 200
    assert json.loads((chalice / "config.json").read_text())["stages"][stage.name]
    assert environment_of(stage)["AWS_ENDPOINT_URL"]


def test_a_damaged_state_stops_a_run(stage: RunningStage) -> None:
    """As was once found: a table's state was truncated, and the start reported no problem."""
    album = stage.demo(0).get("/albums").json()["items"][0]
    assert stage.stop() == 0
    file = stage.data / "state" / "dynamodb.json"
    whole = file.read_bytes()
    os.truncate(file, len(whole) // 2)
    said = start_and_fail("--stage", stage.name, "--data", str(stage.data), *ports(), project=stage.project)
    assert str(file) in said and "dynamodb.json.before" in said
    file.write_bytes(whole)
    stage.start()
    assert stage.demo(0).get(f"/albums/{album['id']}").json() == album
    until(lambda: time.time() > file.stat().st_mtime)
