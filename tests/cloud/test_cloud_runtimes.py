"""A stage keeps to the Python and the processor that it began with, and its layers are those of both."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cloud import clients, deployment, layers, runtimes, wheels
from cloud.errors import CloudError
from cloud.runtimes import Runtime
from cloud.stage import Stage
from cloud.steps import Steps
from tests.laptop.embedded_support import Bed, unique
from tests.laptop.handlers import ECHO

HERE = runtimes.here()
OTHER = Runtime((3, 14) if HERE.python != (3, 14) else (3, 13), HERE.architecture)


def stack(**parameters: str) -> Stage:
    """A stage of which only the memory exists."""
    stage = Stage(unique("s"))
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": stage.name}}
    kinds = {name: {"Type": "String"} for name in parameters}
    clients.of("cloudformation").create_stack(
        StackName=stage.stack,
        TemplateBody=json.dumps({"Parameters": kinds, "Resources": {"Queue": queue}}),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Tags=[{"Key": "application", "Value": "commonplace"}],
    )
    return stage


def test_a_new_stage_takes_the_python_that_deploys(bed: Bed) -> None:
    stage = Stage(unique("s"))
    assert runtimes.chosen(stage, {}) == HERE
    assert runtimes.chosen(stage, {}, running=OTHER) == OTHER
    assert runtimes.chosen(stage, {"Architecture": "arm64"}).architecture == "arm64"
    assert runtimes.chosen(stage, {"Architecture": "x86_64"}).architecture == "x86_64"


def test_another_python_is_refused_unless_it_may_change(bed: Bed) -> None:
    stage = stack(Runtime=OTHER.name, Architecture="arm64")
    with pytest.raises(CloudError) as refusal:
        runtimes.chosen(stage, {})
    ours, theirs = (one.name.replace("python", "Python ") for one in (HERE, OTHER))
    assert all(each in str(refusal.value) for each in (stage.name, ours, theirs, "--change-runtime"))
    assert runtimes.chosen(stage, {}, running=OTHER) == Runtime(OTHER.python, "arm64")
    assert runtimes.chosen(stage, {}, may_change=True) == Runtime(HERE.python, "arm64")
    assert runtimes.chosen(stage, {"Architecture": "x86_64"}, may_change=True) == Runtime(HERE.python, "x86_64")


def test_it_is_refused_before_anything_is_touched(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = stack(Runtime=OTHER.name, Architecture=OTHER.architecture)
    called: list[str] = []
    for name in ("begun", "put"):
        monkeypatch.setattr(Stage, name, lambda *_, name=name: called.append(name))
    said = StringIO()
    with pytest.raises(CloudError, match="--change-runtime"):
        deployment.deploy(Steps(said), stage.name, {})
    assert called == [] and "account 000000000000" in said.getvalue()


def test_a_stage_from_before_is_asked_for_its_function(bed: Bed) -> None:
    """Its stack remembers nothing."""
    stage = stack()
    bed.function(ECHO, FunctionName=stage.stack, Runtime=OTHER.name, Architectures=["arm64"])
    with pytest.raises(CloudError, match="--change-runtime"):
        runtimes.chosen(stage, {})
    assert runtimes.chosen(stage, {}, running=OTHER) == Runtime(OTHER.python, "arm64")


def test_a_rollback_may_have_put_the_python_back(bed: Bed) -> None:
    """Its stack remembers the one that was left."""
    stage = stack(Runtime=HERE.name, Architecture="arm64")
    bed.function(ECHO, FunctionName=stage.stack, Runtime=OTHER.name, Architectures=["arm64"])
    with pytest.raises(CloudError, match="--change-runtime"):
        runtimes.chosen(stage, {})
    assert runtimes.chosen(stage, {}, running=OTHER) == Runtime(OTHER.python, "arm64")


def test_on_aws_functions_run_on_the_cheaper_processor(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = stack(Runtime=HERE.name)
    stage.describe()  # with a client that knows where the stage is
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setattr(runtimes, "_of_the_function", lambda _: {})  # AWS itself is not asked
    assert runtimes.chosen(stage, {}).architecture == "arm64"


@pytest.mark.parametrize("given", [{"Runtime": "python3.13"}, {"Architecture": "riscv"}])
def test_what_can_not_be_set(bed: Bed, given: dict[str, str]) -> None:
    [name] = given
    with pytest.raises(CloudError, match=f"{name} can't be"):
        runtimes.chosen(Stage(unique("s")), given)


# Layers


@pytest.fixture
def bucket(bed: Bed) -> str:
    name = unique("state")
    s3 = clients.of("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the only layer holds, and a way to make it without a package index."""
    path = tmp_path / "notes" / "requirements.txt"
    path.parent.mkdir()
    path.write_text("a==1\n", "utf-8")
    monkeypatch.setattr(layers, "layered", lambda: [path])
    monkeypatch.setattr(layers, "CHALICE", tmp_path)
    monkeypatch.setattr(wheels, "install", _install)
    return path


def _install(requirements: Path, target: Path, runtime: Any) -> None:
    target.mkdir()
    (target / "a.py").write_text(requirements.read_text("utf-8") + str(runtime), "utf-8")


def archives(bucket: str) -> dict[str, int]:
    """With how many versions each has."""
    found = clients.of("s3").list_object_versions(Bucket=bucket)
    keys = [one["Key"] for one in (*found.get("Versions", []), *found.get("DeleteMarkers", []))]
    return {key: keys.count(key) for key in keys}


def test_only_what_changed_is_sent_and_the_rest_goes(bed: Bed, bucket: str, requirements: Path) -> None:
    clients.of("s3").put_object(Bucket=bucket, Key="template.yaml", Body=b"")
    seen = []
    for runtime, content in ((HERE, "a==1\n"), (HERE, "a==1\n"), (HERE, "a==2\n"), (OTHER, "a==2\n")):
        requirements.write_text(content, "utf-8")
        parameters = layers.put(bucket, runtime, lambda _: None)
        assert archives(bucket) == {"template.yaml": 1, parameters["NotesPackages"]: 1}
        seen.append(parameters["NotesPackages"])
    assert seen[0] == seen[1] and len({*seen}) == 3 and all(each.startswith("layers/notes-python3") for each in seen)


def test_the_same_packages_make_the_same_archive(bed: Bed, bucket: str, requirements: Path) -> None:
    s3, tags = clients.of("s3"), []
    for _ in range(2):
        key = layers.put(bucket, HERE, lambda _: None)["NotesPackages"]
        tags.append(s3.head_object(Bucket=bucket, Key=key)["ETag"])
        s3.delete_object(Bucket=bucket, Key=key, VersionId=s3.head_object(Bucket=bucket, Key=key)["VersionId"])
        for built in requirements.parent.parent.glob("deployments/*.zip"):
            built.unlink()
    assert tags[0] == tags[1]


def test_elsewhere_than_on_linux_an_embedded_cloud_gets_this_machines_packages(
    bed: Bed, bucket: str, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambdas = layers.put(bucket, HERE, lambda _: None)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert layers.put(bucket, HERE, lambda _: None) != lambdas
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert layers._name(requirements, HERE) in lambdas["NotesPackages"]
