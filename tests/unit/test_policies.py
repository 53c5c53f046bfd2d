"""The functions' policies: one for each function, and as narrow as AWS allows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import app
from tests.template import template

FOLDER = Path(__file__).resolve().parents[2] / ".chalice" / "policies"
POLICIES = sorted(FOLDER.glob("*.json"))
GIVEN = {"SocketEndpoint", "Stage", "Region", "AccountId", "Partition"}
SOCKETS = "arn:${Partition}:execute-api:${Region}:${AccountId}:*/api/POST/@connections/*"  # Chalice names the API
FILES = r"\$\{\w+BucketArn\}/\*"  # of one bucket
NARROW_ENOUGH = (r"\$\{\w+Arn\}/stream/\*", FILES, re.escape(SOCKETS))
# They act on what is sent with the request, and AWS knows no resource for that.
WITHOUT_RESOURCE = {"comprehend:DetectDominantLanguage", "polly:SynthesizeSpeech", "translate:TranslateText"}


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def statements(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["Statement"]
    return found


def stem(path: Path) -> str:
    return path.stem


def test_each_function_has_one_and_none_is_left_over() -> None:
    functions = ["api_handler", *(source.name for source in app.app.event_sources)]
    functions += [function.name for function in app.app.pure_lambda_functions]
    functions += [handler.name for handler in app.app.websocket_handlers.values()]
    assert sorted(functions) == [path.stem for path in POLICIES]


@pytest.mark.parametrize("path", POLICIES, ids=stem)
def test_names_exactly_what_it_needs(path: Path) -> None:
    for statement in statements(path):
        assert statement["Effect"] == "Allow"
        assert statement.keys() == {"Sid", "Effect", "Action", "Resource"}, "no NotAction, no NotResource"
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action) for action in as_list(statement["Action"]))
        if statement["Resource"] == "*":
            assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCE
            continue
        for resource in as_list(statement["Resource"]):
            assert "*" not in resource or any(re.fullmatch(each, resource) for each in NARROW_ENOUGH), resource
            assert resource.startswith(("${", "arn:${Partition}:")), resource


@pytest.mark.parametrize("path", POLICIES, ids=stem)
def test_may_neither_scan_nor_manage(path: Path) -> None:
    # In a network of its own a function has to plug itself in.
    ours = [statement for statement in statements(path) if statement["Resource"] != "${DaxNetwork}"]
    actions = {action for statement in ours for action in as_list(statement["Action"])}
    verbs = {action.partition(":")[2] for action in actions}
    assert not {
        verb
        for verb in verbs
        if re.match("Scan|Create|Update[^I]|DeleteTable|Put(?!Item$|Object$)|Tag|Attach|Pass", verb)
    }


@pytest.mark.parametrize("path", POLICIES, ids=stem)
def test_statements_are_named_once(path: Path) -> None:
    names = [statement["Sid"] for statement in statements(path)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", [*POLICIES, FOLDER.parent / "common.json"], ids=stem)
def test_every_placeholder_has_an_output(path: Path) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)\}", path.read_text("utf-8")))
    assert placeholders <= GIVEN | set(template()["Outputs"])


@pytest.mark.parametrize("path", POLICIES, ids=stem)
def test_every_index_that_is_named_exists(path: Path) -> None:
    for statement in statements(path):
        for resource in as_list(statement["Resource"]):
            if match := re.fullmatch(r"\$\{(\w+)Arn\}/index/(.+)", resource):
                table = template()["Resources"][match[1]]["Properties"]
                indexes = table.get("GlobalSecondaryIndexes", []) + table.get("LocalSecondaryIndexes", [])
                assert match[2] in {index["IndexName"] for index in indexes}
