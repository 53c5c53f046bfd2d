"""`deploy --plan`: what would change, in a new stage and in a deployed one, and that nothing did."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from cloud import clients, layers, runtimes, template
from tests.laptop.embedded_support import Bed, package, unique
from tests.support.stage import PROJECT, forget_settings


@pytest.fixture(scope="module")
def name(bed: Bed) -> Iterator[str]:
    made = unique("plan")
    yield made
    forget_settings(made)


def cloud(name: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "cloud", "deploy", "--stage", name, *arguments]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ}, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def planned(name: str, *settings: str) -> dict[str, list[str]]:
    """The lines by their titles."""
    said = cloud(name, "--plan", *(part for setting in settings for part in ("--set", setting)))
    assert "not to AWS: account 000000000000" in said and "Nothing was changed" in said
    blocks = [block.strip().splitlines() for block in said.split("\n\n")[1:-1]]
    return {lines[0].partition(":")[0]: [line.strip() for line in lines[1:]] for lines in blocks}


def there(name: str) -> Any:
    """All that a plan could leave or change."""
    cloudformation = clients.of("cloudformation")
    stacks = cloudformation.get_paginator("describe_stacks").paginate().build_full_result()["Stacks"]
    mine = [one for one in stacks if name in one["StackName"]]
    sets = [one for stack in mine for one in cloudformation.list_change_sets(StackName=stack["StackName"])["Summaries"]]
    every = clients.of("lambda").get_paginator("list_functions").paginate().build_full_result()["Functions"]
    s3 = clients.of("s3")
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"] if name in one["Name"]]
    files = [
        (bucket, one["Key"], one["VersionId"])
        for bucket in buckets
        for one in s3.get_paginator("list_object_versions").paginate(Bucket=bucket).search("Versions[]")
        if one
    ]
    functions = [(one["FunctionName"], one["RevisionId"]) for one in every if name in one["FunctionName"]]
    return [(one["StackStatus"], one.get("LastUpdatedTime")) for one in mine], sets, functions, files


NOTHING: dict[str, list[str]] = {"Settings": [], "Resources": [], "Functions": [], "Pages": []}


def test_a_plan_of_a_stage_that_there_is_not(bed: Bed) -> None:
    fresh = unique("plan")
    found = planned(fresh)
    assert "+ Alarms, AWS::SNS::Topic" in found["Resources"] and "+ api_handler" in found["Functions"]
    assert found["Pages"] == ["+ all of them"] and there(fresh) == ([], [], [], [])


def test_a_plan_that_was_interrupted_holds_nobody_up(bed: Bed, name: str) -> None:
    """It leaves an empty stack."""
    asked = {"StackName": f"commonplace-{name}", "TemplateBody": template.compact(), "ChangeSetType": "CREATE"}
    here = runtimes.here()
    given = {"Stage": name, **here.parameters, **layers.parameters(here)}
    stage = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    iam = ["CAPABILITY_IAM"]
    clients.of("cloudformation").create_change_set(
        **asked, ChangeSetName=unique("left"), Parameters=stage, Capabilities=iam
    )
    assert there(name)[0][0][0] == "REVIEW_IN_PROGRESS"
    assert planned(name)["Resources"]
    clients.of("cloudformation").create_change_set(
        **asked, ChangeSetName=unique("left"), Parameters=stage, Capabilities=iam
    )
    assert "Deployed" in cloud(name)
    before = there(name)
    assert planned(name) == NOTHING and there(name) == before


def test_what_would_change(bed: Bed, name: str) -> None:
    function, site = f"commonplace-{name}", f"commonplace-{name}-site-000000000000"
    clients.of("lambda").update_function_configuration(FunctionName=f"{function}-develop_photo", Timeout=3)
    clients.of("iam").delete_role_policy(RoleName=f"{function}-erase_people", PolicyName=f"{function}-erase_people")
    s3 = clients.of("s3")
    s3.put_object(Bucket=site, Key="gone.html", Body=b"")
    s3.put_object(Bucket=site, Key="index.html", Body=b"")
    s3.delete_object(Bucket=site, Key="robots.txt")
    before = there(name)
    found = planned(name, "SpeechADay=7", "OtherSite=https://example.com")
    assert "~ SpeechADay: 100000 → 7" in found["Settings"]
    assert any("FilesBucket, AWS::S3::Bucket (CorsConfiguration)" in line for line in found["Resources"])
    *shown, rest = found["Functions"]
    assert rest.startswith("… and ")  # all of them change
    functions = dict(line.removeprefix("~ ").rstrip(")").split(" (") for line in shown)
    assert "SPEECH_A_DAY" in functions["api_handler"]
    assert "Timeout" in functions["develop_photo"] and "rights" in functions["erase_people"]
    assert found["Pages"] == ["- gone.html", "~ index.html", "+ robots.txt"]
    assert there(name) == before


def test_other_code(bed: Bed, name: str) -> None:
    clients.of("lambda").update_function_code(FunctionName=f"commonplace-{name}", ZipFile=package(""))
    assert "~ the code of all of them" in planned(name)["Functions"]


def test_a_template_fits_into_a_request() -> None:
    assert len(template.compact().encode()) <= 51_200
    compact, whole = template.parsed(template.compact()), template.parsed(template.whole())
    assert not any(name.endswith("Description") for one in compact["Parameters"].values() for name in one)
    for parameter in whole["Parameters"].values():  # what people read; nothing that CloudFormation would compare
        parameter.pop("Description", None)
        parameter.pop("ConstraintDescription", None)
    whole.pop("Outputs")
    assert compact == whole
