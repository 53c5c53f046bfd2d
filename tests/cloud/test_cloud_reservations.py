"""Reserved concurrency limits how often a function runs at once: what people trigger leaves the API its share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cloud import clients, functions, rights
from tests.laptop.embedded_support import Bed
from tests.support.cloud import root
from tests.support.stage import RunningStage

# Notes its start and end, and waits in between until released.
SLOW = """
import os, time

def handler(event, context):
    place = f"{event['folder']}/{event['number']}"
    open(place + ".began", "w").close()
    while not os.path.exists(f"{event['folder']}/go"):
        time.sleep(0.01)
    open(place + ".ended", "w").close()
"""


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    built = Bed()
    yield built
    built.close()


def noted(folder: Path, what: str) -> int:
    return len(list(folder.glob(f"*.{what}")))


def test_what_nobody_waits_for_comes_later_and_none_of_it_is_lost(bed: Bed) -> None:
    function, folder, client = bed.function(SLOW), bed.folder(), bed.client("lambda")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=2)
    for number in range(6):
        event = {"folder": str(folder), "number": number}
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
    assert bed.eventually(lambda: noted(folder, "began") == 2)
    assert bed.invoke(bed.function("def handler(event, context): return 'here'")) == "here", "the others go on"
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=function, Payload=json.dumps({"folder": str(folder), "number": 7}))
    assert noted(folder, "began") == 2
    (folder / "go").touch()
    assert bed.eventually(lambda: noted(folder, "ended") == 6)


def test_more_than_runs_on_this_machine_at_once_still_comes_to_an_end(bed: Bed) -> None:
    function, folder = bed.function(SLOW), bed.folder()
    (folder / "go").touch()
    with ThreadPoolExecutor(20) as threads:
        events = [{"folder": str(folder), "number": number} for number in range(20)]
        list(threads.map(lambda event: bed.invoke(function, event), events))
    assert noted(folder, "ended") == 20


def test_a_stage_reserves_what_is_declared(stage: RunningStage) -> None:
    wanted = {name: one["at_once"] for name, one in rights.declared()["functions"].items() if one["at_once"]}
    client = root(stage, "lambda")
    has = {
        name: client.get_function_concurrency(FunctionName=f"commonplace-{stage.name}-{name}")[
            "ReservedConcurrentExecutions"
        ]
        for name in wanted
    }
    assert has == wanted and {"keep_quota", "make_speech", "develop_photo"} <= wanted.keys()


def test_an_account_with_few_executions_reserves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Account:
        """An account with that many executions, of which a stage may have reserved some."""

        class exceptions:
            class ResourceNotFoundException(Exception):
                pass

        def __init__(self, free: int, own: dict[str, int]) -> None:
            self.free, self.own = free, own

        def get_account_settings(self) -> Any:
            return {"AccountLimit": {"UnreservedConcurrentExecutions": self.free}}

        def get_function_concurrency(self, FunctionName: str) -> Any:
            if FunctionName not in self.own:
                raise self.exceptions.ResourceNotFoundException
            return {"ReservedConcurrentExecutions": self.own[FunctionName]}

    special = {"work": {"lambda_timeout": 60, "reserved_concurrency": 20}, "other": {"lambda_timeout": 5}}
    bare = {"work": {"lambda_timeout": 60}, "other": {"lambda_timeout": 5}}
    for free, own, expected in (
        (1000, {}, special),
        (120, {}, special),
        (119, {}, bare),
        (10, {}, bare),
        (100, {"commonplace-prod-work": 20}, special),
    ):
        monkeypatch.setattr(clients, "of", lambda service, free=free, own=own: Account(free, own))
        assert functions.reserved(special, "prod") == expected, (free, own)
