"""The one deployment path: resources, settings, Chalice's deploy, what it leaves out, the frontend."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import boto3

from cloud import functions
from cloud.errors import CloudError
from cloud.site import Site, client_config
from cloud.stage import Stage
from cloud.steps import Steps


def put_resources(steps: Steps, stage: Stage, parameters: dict[str, str]) -> dict[str, str]:
    with steps.step("Resources from the template") as step:
        outputs = stage.put(parameters, step.note)
        functions.write_settings(outputs)
        return outputs


def put_functions(steps: Steps, outputs: dict[str, str]) -> None:
    with steps.step("Functions and API, by chalice deploy"):
        functions.deploy(outputs)
    with steps.step("What Chalice leaves out"):
        functions.run_finish(outputs["Stage"])


def put_site(steps: Steps, outputs: dict[str, str], demo: list[dict[str, str]] | None = None) -> Site:
    with steps.step("Frontend") as step:
        site = Site(outputs)
        site.put_config(client_config(outputs, demo))
        step.note(f"{len(site.publish())} files")
        return site


def deploy(steps: Steps, name: str, settings: dict[str, str]) -> None:
    stage = Stage(name)
    outputs = put_resources(steps, stage, settings)
    put_functions(steps, outputs)
    site = put_site(steps, outputs)
    with steps.step("The edge forgets the old pages"):
        site.invalidate()
    steps.say()
    steps.say(f"Deployed  https://{outputs['DistributionDomain']}/")
    steps.say(f"          {client_config(outputs)['api']}")


def destroy(steps: Steps, name: str) -> None:
    """Everything of the stage: functions, API, resources, and all data in them."""
    stage = Stage(name)
    outputs = stage.outputs()
    if "StateBucket" in outputs:
        _destroy_contents(steps, name, outputs)
    with steps.step("Resources") as step:
        stage.delete(step.note)
    functions.remove_settings(name)


def _destroy_contents(steps: Steps, name: str, outputs: dict[str, str]) -> None:
    """What would keep the stack from going: functions that use it, files in its buckets."""
    functions.write_settings(outputs)
    functions.fetch_notes(outputs)
    if functions.is_deployed(name):
        with steps.step("Functions and API"):
            functions.run_chalice("delete", "--stage", name)
    with steps.step("Files") as step:
        for bucket in (outputs["SiteBucket"], outputs["FilesBucket"], outputs["SpeechBucket"], outputs["StateBucket"]):
            step.note(bucket)
            _empty(bucket)


def _empty(bucket: str) -> None:
    """With all versions: a bucket that holds anything can't be deleted."""
    s3: Any = boto3.client("s3")
    with suppress(s3.exceptions.NoSuchBucket):  # gone by an earlier try
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            _delete(s3, bucket, page)


def _delete(s3: Any, bucket: str, page: dict[str, Any]) -> None:
    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    if found:
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors")
        if refused:
            raise CloudError(f"{refused[0]['Key']} in {bucket} can't be deleted: {refused[0]['Message']}")
