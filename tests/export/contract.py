"""The promises of exports: all of it, in one zip, in steps that go on after any interruption, and nobody else's."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.export import File
from chalicelib.core.streams import Change
from chalicelib.export.exports import KEPT_SECONDS, MAKING, READY, Export, ExportingError, Exports
from tests.support.clock import at
from tests.support.persons import ADA, BOB
from tests.support.tables import Tables

NOON = 1_800_000_000.0
MEGABYTE = 1024 * 1024
NAMES = ("a.bin", "b/../c.bin", "d.bin", "ü.bin")
CONTENT = {name: bytes([number]) * 3 * MEGABYTE for number, name in enumerate(NAMES)}
POSTS: list[dict[str, Any]] = [{"id": "1", "text": "Hello"}, {"id": "2", "text": "Ünïcode", "tags": {"b", "a"}}]


def found(exports: Exports, person: str) -> Export:
    row = exports.find(person)
    assert row
    return row


class ExportsContract:
    """Subclasses provide the tables in a fixture `tables`, and `place`: S3 and an empty bucket."""

    @pytest.fixture
    def exports(self, tables: Tables, place: tuple[Any, str]) -> Exports:
        s3, bucket = place
        for name, content in CONTENT.items():
            s3.put_object(Bucket=bucket, Key=f"files/{name}", Body=content)

        def files_of(person: str, after: str) -> Iterator[File]:
            keys = sorted(f"files/{name}" for name in (*CONTENT, "gone"))
            for key in keys if person == ADA else ():
                if key > after:
                    yield File(key.removeprefix("files/"), bucket, key)

        rows = {"posts": lambda person: iter(POSTS if person == ADA else ()), "todos": lambda person: []}
        table = tables.new("ExportsTable")
        # Less than a piece must have, so that there are several: each has two files.
        return Exports(tables.database, table, s3, bucket, rows, {"files": files_of}, 5 * MEGABYTE, lambda: NOON)

    def test_all_of_it_in_one_zip(self, exports: Exports) -> None:
        exports.begin(ADA)
        row = self.made(exports)
        assert row["steps"] == 3 and row["bytes"] == len(self.zip(exports, row))
        with zipfile.ZipFile(io.BytesIO(self.zip(exports, row))) as archive:
            assert archive.testzip() is None
            content = {name: archive.read(name) for name in archive.namelist()}
        named = {f"files/{name.replace('..', '_')}": held for name, held in CONTENT.items()}
        assert {name: held for name, held in content.items() if name in named} == named
        assert json.loads(content["posts.json"]) == [POSTS[0], {**POSTS[1], "tags": ["a", "b"]}]
        assert json.loads(content["todos.json"]) == [] and len(content) == len(named) + 2
        assert [file["Key"] for file in exports.of_person(ADA) if "Key" in file] == [row["state"]], "pieces are gone"

    def test_steps_that_run_twice_or_break_off(self, exports: Exports) -> None:
        first = exports.begin(ADA)
        for _ in range(2):
            exports.step(first)  # both from the same row
        with pytest.raises(Exception, match="ResourceNotFound"):
            replace(exports, table="nowhere").step(found(exports, ADA))  # a piece, of which no row tells
        row = self.made(exports)
        with zipfile.ZipFile(io.BytesIO(self.zip(exports, row))) as archive:
            assert archive.testzip() is None and len(archive.namelist()) == len(set(archive.namelist())) == 6
        assert row["steps"] == 3

    def test_told_once(self, exports: Exports) -> None:
        exports.begin(BOB)
        told: list[str] = []
        for _ in range(4):
            exports.follow(Change("MODIFY", None, found(exports, BOB)), lambda row: told.append(row["person"]))
        assert told == [BOB]

    def test_one_at_a_time(self, exports: Exports) -> None:
        assert exports.find(ADA) is None
        exports.begin(ADA)
        with pytest.raises(ExportingError):
            exports.begin(ADA)
        exports.begin(BOB)
        hung = at(NOON + 25 * 3600, exports).begin(ADA)
        assert hung["status"] == MAKING
        made = self.made(exports, BOB)
        assert made["expiresAt"] == NOON + KEPT_SECONDS
        assert exports.begin(BOB)["id"] != made["id"]
        self.made(exports, BOB)
        assert at(NOON + KEPT_SECONDS + 1, exports).find(BOB) is None

    def test_goes_with_its_person(self, exports: Exports) -> None:
        exports.begin(ADA)
        exports.step(found(exports, ADA))
        row = found(exports, ADA)
        for _ in range(2):
            exports.erase(ADA)
            assert list(exports.of_person(ADA)) == []
        with pytest.raises(exports.s3.exceptions.NoSuchKey):
            exports.step(row)

    @staticmethod
    def made(exports: Exports, person: str = ADA) -> Export:
        for _ in range(9):
            row = found(exports, person)
            if row["status"] == READY:
                return row
            exports.step(row)
        raise AssertionError("it takes too many steps")

    @staticmethod
    def zip(exports: Exports, row: Export) -> bytes:
        content: bytes = exports.s3.get_object(Bucket=exports.bucket, Key=row["state"])["Body"].read()
        return content
