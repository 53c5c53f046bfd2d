"""Functions leave the cache's network before AWS is asked to delete it."""

from __future__ import annotations

from typing import Any

import pytest

from cloud import network
from cloud.errors import CloudError

OUTPUTS = {"CacheClients": "sg-1"}


class Aws:
    """Lambda and EC2, which unplugs what left a while later."""

    def __init__(self, slow: int = 2) -> None:
        self.slow, self.now = slow, 0
        self.functions = {
            "inside": {"VpcConfig": {"SubnetIds": ["s"], "SecurityGroupIds": ["sg-1"]}},
            "elsewhere": {"VpcConfig": {"SubnetIds": ["t"], "SecurityGroupIds": ["sg-2"]}},
            "outside": {},
        }
        self.changed: list[dict[str, Any]] = []

    def __call__(self, _: str) -> Aws:
        return self

    def get_paginator(self, operation: str) -> Aws:
        self._asked = operation
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        if self._asked == "list_functions":
            variables = {"Variables": {"DAX_ENDPOINT": "daxs://cache", "STAGE": "prod"}}
            return [
                {"Functions": [{"FunctionName": one, "Environment": variables, **self.functions[one]}]}
                for one in self.functions
            ]
        assert asked == {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]}
        is_plugged = self.functions["inside"]["VpcConfig"]["SubnetIds"] or self.now < self.slow
        return [{"NetworkInterfaces": ["eni"] if is_plugged else []}]

    def update_function_configuration(self, **changes: Any) -> None:
        self.changed.append(changes)
        self.functions[changes["FunctionName"]]["VpcConfig"] = changes["VpcConfig"]

    def sleep(self, _: float) -> None:
        self.now += 1


def leave(aws: Aws, monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str] | None = None) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr("cloud.clients.of", aws)
    network.leave(OUTPUTS if outputs is None else outputs, said.append, aws.sleep)
    return said


def test_only_its_functions_leave_and_they_go_on_without_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws()
    said = leave(aws, monkeypatch)
    assert aws.changed == [
        {
            "FunctionName": "inside",
            "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
            "Environment": {"Variables": {"STAGE": "prod"}},
        }
    ]
    assert aws.now == aws.slow == len(said) and "1 left" in said[0]


def test_it_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(slow=10_000)
    with pytest.raises(CloudError, match="repeat this in an hour"):
        leave(aws, monkeypatch)
    aws.slow = 0
    assert leave(aws, monkeypatch) == [] and len(aws.changed) == 1


@pytest.mark.parametrize("outputs", [{}, {"CacheClients": ""}])
def test_a_stage_without_a_cache_asks_nothing(outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: str) -> None:
        raise AssertionError

    monkeypatch.setattr("cloud.clients.of", nobody)
    network.leave(outputs, print)
