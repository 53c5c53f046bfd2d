"""The one deployment path: resources, settings, Chalice's deploy, what it leaves out, the frontend."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

import boto3

from chalicelib.core import files
from cloud import changes, domain, functions, lock, preflight
from cloud.errors import CloudError
from cloud.site import Site, client_config, policy_sources
from cloud.stage import Stage, outputs_of
from cloud.steps import Steps


def put_resources(steps: Steps, stage: Stage, parameters: dict[str, str]) -> dict[str, str]:
    with steps.step("Resources from the template") as step:
        outputs = stage.put(parameters, step.note)
        functions.write_settings(outputs)
        return outputs


def put_functions(steps: Steps, outputs: dict[str, str]) -> None:
    with steps.step("Functions and API, by chalice deploy") as step:
        if not functions.reserves(outputs["Stage"]):
            step.note("nothing reserved: the account's concurrency is too low")
        functions.deploy(outputs)
    with steps.step("What Chalice leaves out"):
        functions.run_finish(outputs["Stage"])


def put_addresses(steps: Steps, stage: Stage, outputs: dict[str, str]) -> dict[str, str]:
    """Give the APIs' addresses, now that Chalice has run, to the edge, the pages' policy and the functions' rights."""
    with steps.step("The APIs at the edge, in policies and rights") as step:
        notes = functions.deployed(stage.name)
        ids = {
            "ApiId": notes["rest_api"]["rest_api_id"],
            "SocketApiId": notes["websocket_api"]["websocket_api_id"],
        }
        outputs = stage.put({**ids, **policy_sources(outputs)}, step.note)
        functions.write_settings(outputs)
        functions.put_rights(outputs)
        return outputs


def put_site(steps: Steps, outputs: dict[str, str], demo: list[dict[str, str]] | None = None) -> Site:
    with steps.step("Frontend") as step:
        site = Site(outputs)
        site.put_config(client_config(outputs, demo))
        step.note(f"{len(site.publish())} files")
        return site


def _checked(steps: Steps, name: str, parameters: dict[str, str]) -> Stage:
    """The stage, once it is said where it is, and that nothing stands in the way."""
    preflight.check_python()
    stage = Stage(name)
    steps.say(f"  {preflight.place()}")
    preflight.check_known(parameters)
    domain.follow(parameters)
    values = {**stage.parameters(), **parameters}
    preflight.check(stage, values)
    for warning in preflight.warnings(values):
        steps.say(f"  {warning}")
    return stage


def plan(steps: Steps, name: str, parameters: dict[str, str]) -> None:
    """What `deploy` would check and change."""
    changes.show(steps, _checked(steps, name, parameters), parameters)


def deploy(steps: Steps, name: str, parameters: dict[str, str]) -> None:
    stage = _checked(steps, name, parameters)
    with steps.step("Stage") as step:
        begun = outputs_of(stage.begun(step.note))
    with lock.held(begun["StateBucket"]):
        outputs = put_resources(steps, stage, parameters)
        put_functions(steps, outputs)
        outputs = put_addresses(steps, stage, outputs)
        site = put_site(steps, outputs)
        with steps.step("The edge forgets the old pages"):
            site.invalidate()
    steps.say()
    steps.say(f"Deployed  {outputs['SiteAddress']}/")
    steps.say(f"          {client_config(outputs)['api']}")
    if records := [*domain.records(outputs)]:
        steps.say("\nRecords in your domain's DNS that it needs, if they are not there yet:")
        for record in records:
            steps.say(f"  {record}")


def destroy(steps: Steps, name: str) -> None:
    """Delete the whole stage: functions, API, resources and all their data."""
    stage = Stage(name)
    outputs = stage.outputs()
    with lock.held(outputs["StateBucket"]) if _has_bucket(outputs) else nullcontext():
        if "StateBucket" in outputs:
            _destroy_contents(steps, stage, outputs)
        with steps.step("Resources") as step:
            stage.delete(step.note)
    functions.remove_settings(name)


def _has_bucket(outputs: dict[str, str]) -> bool:
    """It may have been deleted by an earlier try."""
    s3 = boto3.client("s3")
    with suppress(s3.exceptions.ClientError):
        return "StateBucket" in outputs and bool(s3.head_bucket(Bucket=outputs["StateBucket"]))
    return False


def _destroy_contents(steps: Steps, stage: Stage, outputs: dict[str, str]) -> None:
    """What would keep the stack from going: functions that use it, files in its buckets."""
    functions.fetch_notes(outputs)
    functions.adopt(outputs)
    if functions.is_deployed(stage.name):
        with steps.step("Functions and API"):
            functions.delete(outputs)
    with steps.step("Files") as step:
        for bucket in stage.buckets():
            step.note(bucket)
            try:
                empty(boto3.client("s3"), bucket)
            except files.UndeletedError as error:
                raise CloudError(f"{error}, in {bucket}.") from None


def empty(s3: Any, bucket: str) -> None:
    """With all versions: only an empty bucket can be deleted."""
    with suppress(s3.exceptions.NoSuchBucket):  # deleted by an earlier try
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            files.delete_all(s3, bucket, [*page.get("Versions", []), *page.get("DeleteMarkers", [])])
