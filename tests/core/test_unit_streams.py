"""Stream records: whatever is wrong with one, those behind it are handled."""

from __future__ import annotations

from typing import Any

from chalicelib.core import log
from chalicelib.core.streams import Change, each_change, one_by_one
from tests.support.events import Batch, a_record


def test_a_bad_record_does_not_block_those_behind_it() -> None:
    done: list[str] = []

    def work(piece: str) -> None:
        if piece.startswith("bad"):
            raise ValueError(piece)
        done.append(piece)

    pieces = [("1", "a"), ("2", "bad secret"), ("3", "b"), ("4", "bad"), ("5", "c")]
    assert one_by_one(pieces, work) == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "4"}]}
    assert done == ["a", "b", "c"]
    assert log._failure and "ValueError" in log._failure and "secret" not in log._failure
    assert one_by_one([], work) == {"batchItemFailures": []}


def test_a_record_that_can_not_be_read_blocks_none_behind_it() -> None:
    unreadable = a_record(1, after={"id": "x"})
    unreadable["dynamodb"]["NewImage"]["tags"] = {"NS": ["1"]}
    seen: list[Change[Any]] = []
    records = [unreadable, a_record(2, after={"id": "y"}), a_record(3, before={"id": "z"})]
    assert each_change(Batch(*records), seen.append) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert seen == [("INSERT", None, {"id": "y"}), ("REMOVE", {"id": "z"}, None)]
