"""A deployment by Chalice that is cut after any kind of call can be gone on with, and taken down."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud import adoption, clients
from cloud.finish import follow_streams
from cloud.template import layered
from tests.cloud.cuts import CutError, Project
from tests.laptop.embedded_support import Bed, package, unique
from tests.laptop.handlers import ECHO
from tests.support.stage import PROJECT, forget_settings


def there(stage: str) -> dict[str, list[str]]:
    """What a stage has on the cloud, by names that don't change from one try to the next."""
    looks: list[tuple[str, str, str]] = [
        ("lambda", "list_functions", "FunctionName"),
        ("lambda", "list_layers", "LayerName"),
        ("lambda", "list_event_source_mappings", "FunctionArn"),
        ("iam", "list_roles", "RoleName"),
        ("events", "list_rules", "Name"),
        ("apigatewayv2", "get_apis", "Name"),
    ]
    found = {
        operation: sorted(
            str(one[name]).replace(stage, "it")
            for page in clients.of(service).get_paginator(operation).paginate()
            for one in next(value for value in page.values() if isinstance(value, list))
            if stage in str(one[name])
        )
        for service, operation, name in looks
    }
    apis = clients.of("apigateway").get_rest_apis()["items"]
    found["rest"] = [one["name"] for one in apis if adoption._leads_to(stage, one["id"])]
    layer = f"commonplace-{stage}-managed-layer"
    found["versions"] = ["one" for _ in clients.of("lambda").list_layer_versions(LayerName=layer)["LayerVersions"]]
    return found


@pytest.fixture(scope="module")
def whole(bed: Bed, places: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Any]:
    """The calls of a deployment that nothing cuts, and what is there then."""
    project = Project(tmp_path_factory.mktemp("whole"), places)
    calls = project.deploy()
    found = there(project.stage)
    project.delete()
    assert not any(there(project.stage).values())
    return calls, found


def test_a_first_deployment_is_gone_on_with_wherever_it_was_cut(
    places: dict[str, str], whole: tuple[list[str], Any], tmp_path: Path
) -> None:
    """After the first call of each kind, and before the last of all."""
    calls, wanted = whole
    kinds = {name: calls.index(name) + 1 for name in calls}
    assert len(kinds) > 15 and all(wanted.values())
    for cut in sorted({*kinds.values(), len(calls) - 1}):
        project = Project(tmp_path, places)
        with pytest.raises(CutError):
            project.deploy(cut)
        project.adopt()
        project.deploy()
        assert there(project.stage) == wanted, f"cut after {calls[cut - 1]}, call {cut}"
        project.delete()
        assert not any(there(project.stage).values()), f"cut after {calls[cut - 1]}, call {cut}"


# Streams


def test_a_function_follows_a_table_to_its_new_stream(bed: Bed) -> None:
    """As it happens when the template names another view; also after an interruption between its two steps."""
    client, function = bed.client("lambda"), bed.function(ECHO)
    table, before = bed.streamed_table()
    bed.feed(function, before, BatchSize=7)
    for is_interrupted in (False, True):
        bed.client("dynamodb").update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
        other = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        bed.client("dynamodb").update_table(TableName=table, StreamSpecification=other)
        after = bed.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
        [old] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        if is_interrupted:
            bed.feed(function, after, BatchSize=7)
        note = {"resource_type": "dynamodb_event", "name": "changed-dynamodb-event-source", "event_uuid": old["UUID"]}
        notes = {"changed-dynamodb-event-source": note}
        assert after != old["EventSourceArn"] and follow_streams(notes, {"changed": after})
        [new] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        assert (new["EventSourceArn"], new["BatchSize"], new["UUID"]) == (after, 7, note["event_uuid"])
        assert not follow_streams(notes, {"changed": after})


# Runs in every Python of a deployment; what is to happen to Chalice's calls is in the environment.
FAILING = """
import os, sys

if "chalice.cli" in " ".join(sys.orig_argv) and "FAIL_AT" in os.environ:
    import botocore.client
    from botocore.exceptions import ClientError

    call = botocore.client.BaseClient._make_api_call

    def failing(self, operation, given):
        if operation != os.environ["FAIL_AT"]:
            return call(self, operation, given)
        if message := os.environ.get("FAIL_ONCE_WITH"):
            if not os.path.exists(os.environ["FAILED"]):
                open(os.environ["FAILED"], "w").close()
                raise ClientError({"Error": {"Code": "InvalidParameterValueException", "Message": message}}, operation)
            return call(self, operation, given)
        call(self, operation, given)
        os._exit(9)

    botocore.client.BaseClient._make_api_call = failing
"""


@pytest.fixture
def name(bed: Bed) -> Iterator[str]:
    made = unique("cut")
    yield made
    forget_settings(made)


def cloud(name: str, command: str, folder: Path, *more: str, **settings: str) -> subprocess.CompletedProcess[str]:
    (folder / "sitecustomize.py").write_text(FAILING)
    return subprocess.run(
        [sys.executable, "-m", "cloud", command, "--stage", name, *more],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(folder), **settings},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_a_stage_is_gone_on_with_and_taken_down(bed: Bed, name: str, tmp_path: Path) -> None:
    """Killed in the first deployment, refused once in the next, killed in an update: it never takes a hand."""
    broken = cloud(name, "deploy", tmp_path, FAIL_AT="ImportRestApi")
    assert broken.returncode == 1 and len(there(name)["rest"]) == 1 and not there(name)["get_apis"]
    passing = {"FAIL_ONCE_WITH": "Cannot access stream x. Please ensure the role can perform the GetRecords"}
    again = cloud(name, "deploy", tmp_path, FAIL_AT="CreateApi", FAILED=str(tmp_path / "failed"), **passing)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (tmp_path / "failed").exists()
    found = there(name)
    assert {one: len(found[one]) for one in ("rest", "get_apis", "versions")} == {
        "rest": 1,
        "get_apis": 1,
        "versions": 1,
    }
    for own in (f"commonplace-{name}-{path.parent.name}" for path in layered()):
        assert len(clients.of("lambda").list_layer_versions(LayerName=own)["LayerVersions"]) == 1
    assert len(found["list_event_source_mappings"]) == len({*found["list_event_source_mappings"]}) > 10
    assert cloud(name, "deploy", tmp_path, FAIL_AT="PutRestApi").returncode == 1
    left = f"commonplace-{name}-{layered()[0].parent.name}"  # as a rollback may leave it
    clients.of("lambda").publish_layer_version(LayerName=left, Content={"ZipFile": package(ECHO)})
    gone = cloud(name, "destroy", tmp_path, "--yes", name)
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert not any(there(name).values())
