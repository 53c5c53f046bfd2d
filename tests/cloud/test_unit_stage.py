"""A stage's stack across updates: what is kept, what is forgotten, what has to be emptied."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cloud import deployment, remains, template
from cloud.errors import CloudError
from cloud.stage import Stage, outputs_of
from cloud.steps import Steps
from tests.support.unit import KEYS

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Stage: {Type: String}\n"
STATE = "Resources:\n  StateBucket:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: !Sub '${Stage}-state'}\n"
NOTES = (
    "Parameters:\n  Most: {Type: String, Default: '1'}\n  Least: {Type: String, Default: '0'}\n"
    "Resources:\n  Notes:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: !Sub '${Stage}-notes'}\n"
)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one feature, and its declarations."""
    monkeypatch.setattr(template, "PROJECT", tmp_path)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    common, feature = tmp_path / "cloud/resources.yaml", tmp_path / "chalicelib/notes/resources.yaml"
    for path, text in ((common, HEAD + STATE), (feature, NOTES)):
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    mock = mock_aws()
    mock.start(reset=False)  # one moto serves this whole process, and others store things there
    yield feature
    mock.stop(remove_data=False)


@pytest.fixture
def stage(notes: Path) -> Stage:
    return Stage(f"t{secrets.token_hex(4)}")  # moto takes "s3" in front for a service


def put(stage: Stage, **parameters: str) -> dict[str, str]:
    return stage.put(parameters, lambda _: None)


def sent_with_the_last_update(stage: Stage, monkeypatch: pytest.MonkeyPatch, **parameters: str) -> dict[str, Any]:
    sent: list[Any] = []
    monkeypatch.setattr(Stage, "_update", lambda _, address, given, progress: sent.append(given))
    stage.put(parameters, lambda _: None)
    return {one["ParameterKey"]: one.get("ParameterValue", "as it was") for one in sent[0]}


def test_what_is_set_stays_set(stage: Stage, notes: Path) -> None:
    assert put(stage, Most="7", Least="1")["Most"] == "7"
    outputs = put(stage, Least="2")
    assert (outputs["Most"], outputs["Least"]) == ("7", "2")


def test_a_parameter_that_is_gone_is_not_sent(stage: Stage, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(stage, Most="7")
    notes.write_text(NOTES.replace("  Least: {Type: String, Default: '0'}\n", ""), "utf-8")
    assert sent_with_the_last_update(stage, monkeypatch) == {"Stage": stage.name, "Most": "as it was"}


def test_what_is_not_in_the_template_is_for_aws_to_refuse(
    stage: Stage, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(stage)
    assert sent_with_the_last_update(stage, monkeypatch, Mots="7")["Mots"] == "7"


def test_all_buckets_are_emptied_also_those_of_a_feature_that_is_gone(stage: Stage, notes: Path) -> None:
    put(stage)
    notes.unlink()
    assert stage.buckets() == [f"{stage.name}-notes"], "the records go last"


def test_a_mistake_is_said_before_anything_is_made(stage: Stage, notes: Path) -> None:
    notes.write_text("Resources: [\n", "utf-8")
    with pytest.raises(CloudError, match="is not YAML"):
        put(stage)
    assert stage.describe() is None


def test_an_output_without_a_value_is_empty() -> None:
    """A stage without a cache has no address of one, and XML may leave out what is empty."""
    stack = {
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/commonplace-prod/1",
        "Outputs": [{"OutputKey": "DaxEndpoint"}, {"OutputKey": "SiteBucket", "OutputValue": "pages"}],
    }
    found = outputs_of(stack)
    assert (found["DaxEndpoint"], found["SiteBucket"]) == ("", "pages")


class Clouds:
    """A CloudFormation whose stack is in one state after the other."""

    def __init__(self, *states: str | None) -> None:
        self._states = [*states]
        self.called: list[str] = []

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        if state is None or (state == "DELETE_COMPLETE" and not StackName.startswith("arn:")):
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "It does not exist"}}, "DescribeStacks")
        mark = [{"Key": "application", "Value": "commonplace"}]
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return {"Stacks": [{"StackId": f"arn:{StackName}", "StackStatus": state, "Tags": mark, "CreationTime": at}]}

    def continue_update_rollback(self, **asked: str) -> None:
        self.called.append("continue")

    def delete_stack(self, **asked: str) -> None:
        self.called.append("delete")

    def create_stack(self, **asked: Any) -> dict[str, str]:
        self.called.append("create")
        return {"StackId": "arn:new"}

    def get_paginator(self, name: str) -> Any:
        key = "StackEvents" if name == "describe_stack_events" else "StackSummaries"
        return SimpleNamespace(paginate=lambda **_: [{key: []}])


def begun(monkeypatch: pytest.MonkeyPatch, *states: str | None) -> list[str]:
    monkeypatch.setattr("time.sleep", lambda _: None)
    stage, clouds = Stage("t"), Clouds(*states)
    vars(stage)["_cloudformation"] = clouds
    stage.begun(lambda _: None)
    return clouds.called


@pytest.mark.parametrize(
    ("states", "called"),
    [
        (["UPDATE_COMPLETE"], []),
        (["IMPORT_IN_PROGRESS", "IMPORT_IN_PROGRESS", "IMPORT_COMPLETE"], []),
        (["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"], []),
        (["UPDATE_ROLLBACK_FAILED"] * 2 + ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"], ["continue"]),
        (["DELETE_IN_PROGRESS"] * 2 + [None] * 2 + ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"], ["create"]),
        (["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"] + [None] * 2 + ["CREATE_COMPLETE"], ["delete", "create"]),
    ],
)
def test_a_deployment_goes_on_wherever_the_stack_was_left(
    notes: Path, monkeypatch: pytest.MonkeyPatch, states: list[str | None], called: list[str]
) -> None:
    assert begun(monkeypatch, *states) == called


def test_what_it_can_not_go_on_from_is_said(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CloudError, match=r"is in UPDATE_ROLLBACK_FAILED .*: let it finish"):
        begun(monkeypatch, "UPDATE_ROLLBACK_FAILED")


def test_a_plan_removes_no_stack_but_its_own(stage: Stage, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(self: Stage, asked: dict[str, str]) -> list[dict[str, Any]]:
        self._cloudformation.delete_stack(StackName=self.stack)
        put(Stage(self.name))
        return []

    monkeypatch.setattr(Stage, "_described", meanwhile)
    stage.changes(None, {})
    assert stage.existing()["StackStatus"] == "UPDATE_COMPLETE"


def test_one_that_was_imported_has_its_bucket_and_no_outputs(stage: Stage, notes: Path) -> None:
    put(stage)
    described = {name: value for name, value in stage.existing().items() if name not in ("Outputs", "Parameters")}
    outputs = stage.outputs(described)
    assert (outputs["StateBucket"], outputs["Stage"]) == (f"{stage.name}-state", stage.name)


def test_what_an_interrupted_update_is_at_ends_before_anything_is_destroyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """AWS deletes no stack in UPDATE_IN_PROGRESS, and the functions would be gone by then."""
    done: list[str] = []
    at = "arn:aws:cloudformation:eu-west-1:123456789012:stack/commonplace-t/1"
    stack = {"StackId": at, "Outputs": [{"OutputKey": "StateBucket", "OutputValue": "state"}]}
    monkeypatch.setattr(Stage, "last", lambda _: stack)

    def rested(*_: object) -> dict[str, Any]:
        done.append("rest")
        return stack

    monkeypatch.setattr(Stage, "rested", rested)
    monkeypatch.setattr(Stage, "kept", lambda *_: [])
    monkeypatch.setattr(deployment, "has_bucket", lambda _: False)
    monkeypatch.setattr(deployment, "_destroy_functions", lambda *_: done.append("functions"))
    monkeypatch.setattr(deployment, "_destroy_resources", lambda *_: done.append("resources"))
    monkeypatch.setattr(remains, "remove", lambda *_: done.append("remains"))
    deployment.destroy(Steps(StringIO()), "t")
    assert done == ["rest", "functions", "resources", "remains"]
