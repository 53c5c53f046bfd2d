"""Functions' settings: what can't be computed from the stage's name, and what the code computes."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import settings
from cloud import rights
from cloud.template import BUCKET, TABLES, of_type
from tests.support.outputs import outputs
from tests.support.template import template

NAME_PROPERTIES = {"AWS::SNS::Topic": "TopicName", "AWS::SQS::Queue": "QueueName", BUCKET: "BucketName"}
LONGEST = outputs("s" * 20, region="ap-southeast-4", dax=True)


def told(found: dict[str, str]) -> dict[str, str]:
    return rights.environment(rights.declared()["variables"], found)


@pytest.fixture
def prod(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A stage's outputs; its environment is set in this process."""
    found = outputs("prod")
    for name, value in told(found).items():
        monkeypatch.setenv(name, value)
    return found


@pytest.mark.parametrize("resource", of_type(template(), *TABLES))
def test_a_table_and_its_stream(resource: str, prod: dict[str, str]) -> None:
    name = resource.removesuffix("Table")
    assert settings.table(name.lower()) == prod[resource]
    if f"{name}Stream" in prod:
        assert settings.stream(name.lower()) == prod[f"{name}Stream"]


@pytest.mark.parametrize("resource", of_type(template(), BUCKET))
def test_a_bucket(resource: str, prod: dict[str, str]) -> None:
    assert settings.bucket(resource.removesuffix("Bucket").lower()) == prod[resource]


def test_what_else_is_called_after_the_stage(prod: dict[str, str]) -> None:
    assert settings.topic("fan-out") == prod["FanOutArn"]
    assert settings.topic("new-speech") == prod["NewSpeechArn"]
    assert settings.topic("mail-events") == prod["MailEventsArn"]
    assert settings.named("keep_quota") == prod["FolderChangesArn"].rpartition(":")[2]
    assert settings.named("letters") == prod["MailSet"]
    assert settings.user_pool_arn() == prod["UserPoolArn"]


def test_one_variable_puts_another_table_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("ALBUMS_TABLE", "other")
    assert (settings.table("albums"), settings.table("notes")) == ("other", "commonplace-prod-notes")


def test_what_a_stage_does_not_have_is_not_told(prod: dict[str, str]) -> None:
    assert "DAX_ENDPOINT" not in told(prod) and told(LONGEST)["DAX_ENDPOINT"].startswith("daxs://")


def test_an_environment_says_nothing_twice(prod: dict[str, str]) -> None:
    values: Any = [value for value in told(prod).values() if not value.isdigit()]
    assert len(values) == len(set(values)) and not any("commonplace-" in value for value in values)
