"""The one deployment path: resources, settings, Chalice's deploy, what it leaves out, the frontend."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from botocore.exceptions import BotoCoreError, ClientError

from cloud import (
    changes,
    clients,
    domain,
    function_logs,
    functions,
    health,
    layers,
    lock,
    network,
    preflight,
    remains,
    rights,
    runtimes,
    way_back,
)
from cloud.errors import CloudError
from cloud.runtimes import Runtime
from cloud.site import Site, client_config, policy_sources
from cloud.stage import Stage, has_bucket, in_words
from cloud.steps import Steps
from cloud.versions import Versions


def put_resources(steps: Steps, stage: Stage, runtime: Runtime, parameters: dict[str, str]) -> dict[str, str]:
    with steps.step("Resources from the template") as step:
        begun = stage.outputs(stage.begun(step.note))
        archives = layers.put(begun["StateBucket"], runtime, step.note)
        outputs = stage.put({**parameters, **runtime.parameters, **archives}, step.note)
        functions.write_settings(outputs)
        return outputs


def put_functions(
    steps: Steps, outputs: dict[str, str], try_out: Callable[[dict[str, str]], None] = lambda _: None
) -> None:
    """`try_out` may keep what Chalice made from being published."""
    with steps.step("Functions and API, by chalice deploy") as step:
        if not functions.reserves(outputs["Stage"]):
            step.note("nothing reserved: the account's concurrency is too low")
        functions.deploy(outputs)
        try_out(outputs)
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


def _checked(steps: Steps, name: str, parameters: dict[str, str], change_runtime: bool) -> tuple[Stage, Runtime]:
    """The stage, once it is said where it is, and that nothing stands in the way."""
    preflight.check_python()
    stage = Stage(name)
    steps.say(f"  {preflight.place()}")
    runtime = runtimes.chosen(stage, parameters, may_change=change_runtime)
    preflight.check_known(parameters)
    domain.follow(parameters)
    values = {**stage.parameters(), **parameters}
    preflight.check(stage, values)
    for warning in preflight.warnings(values):
        steps.say(f"  {warning}")
    return stage, runtime


def plan(steps: Steps, name: str, parameters: dict[str, str], *, change_runtime: bool = False) -> None:
    """What `deploy` would check and change."""
    stage, runtime = _checked(steps, name, parameters, change_runtime)
    changes.show(steps, stage, {**parameters, **runtime.parameters, **layers.parameters(runtime)})


def deploy(steps: Steps, name: str, parameters: dict[str, str], *, change_runtime: bool = False) -> None:
    stage, _ = _checked(steps, name, parameters, change_runtime)
    with steps.step("Stage") as step:
        begun = stage.outputs(stage.begun(step.note))
    with lock.held(begun["StateBucket"]):
        # Asked again: somebody else may have begun the stage meanwhile.
        runtime = runtimes.chosen(stage, parameters, may_change=change_runtime)
        versions = Versions(begun["StateBucket"])
        versions.begin()
        if not {**stage.parameters(), **parameters}.get("DaxNodeType"):
            _leave_the_cache(steps, begun)
        outputs = put_resources(steps, stage, runtime, parameters)
        try:
            outputs, site = _put_all(steps, stage, outputs)
        except health.SickError as error:
            raise _gone_back(steps, outputs, versions, error) from None
        with steps.step("What it takes to come back to this") as step:
            step.note(f"version {versions.add(way_back.take(outputs, versions, site))}")
            way_back.tidy(versions)
            layers.tidy_versions(name, outputs.values())
    steps.say()
    steps.say(f"Deployed  {outputs['SiteAddress']}/")
    steps.say(f"          {client_config(outputs)['api']}")
    for size in functions.sizes(outputs):
        steps.say(f"          {size}")
    if records := [*domain.records(outputs)]:
        steps.say("\nRecords in your domain's DNS that it needs, if they are not there yet:")
        for record in records:
            steps.say(f"  {record}")


def _put_all(steps: Steps, stage: Stage, outputs: dict[str, str]) -> tuple[dict[str, str], Site]:
    put_functions(steps, outputs, health.try_out)
    outputs = put_addresses(steps, stage, outputs)
    stage.protect()
    site = put_site(steps, outputs)
    with steps.step("The edge forgets the old pages"):
        site.invalidate()
    with steps.step("Does it answer?"):
        health.check(outputs)
    return outputs, site


def _gone_back(steps: Steps, outputs: dict[str, str], versions: Versions, error: health.SickError) -> CloudError:
    """What doesn't answer makes way for the version before, if there is one."""
    before, ill = versions.state.at, f"What was deployed is not well: {error}"
    if before is None:
        return CloudError(f"{ill} There is no version before to go back to.")
    try:
        way_back.put_back(steps, outputs, versions, before)
    except (CloudError, ClientError, BotoCoreError) as failed:
        why = str(failed) if isinstance(failed, CloudError) else in_words(failed)
        return CloudError(f"{ill} The way back to version {before} failed, too: {why}")
    return CloudError(f"{ill} The stage is back at version {before}; only its resources are as the template now says.")


def rollback(steps: Steps, name: str, wanted: int | None = None) -> None:
    """Back to the version before, or to another that is kept."""
    stage = Stage(name)
    steps.say(f"  {preflight.place()}")
    outputs = stage.outputs()
    with lock.held(outputs["StateBucket"]):
        versions = Versions(outputs["StateBucket"])
        number = versions.goal(wanted)
        functions.fetch_notes(outputs)
        way_back.put_back(steps, outputs, versions, number)
        with steps.step("Does it answer?"):
            health.check(outputs)
    steps.say(f"\nAt version {number} again, of {versions[number]['made']}")


def destroy(steps: Steps, name: str) -> None:
    """Delete the whole stage: functions, API, resources and all their data."""
    stage = Stage(name)
    stack = stage.last()
    outputs = stage.outputs(stack)
    with lock.held(outputs["StateBucket"]) if has_bucket(outputs) else nullcontext():
        with steps.step("Stage") as step:  # AWS deletes none that an interrupted command has left at work
            is_there = stage.rested(step.note)
        if "StateBucket" in outputs:
            _destroy_functions(steps, outputs)
        if is_there:
            _destroy_resources(steps, stage)
        with steps.step("What the resources held") as step:
            remains.remove(stage.kept(stack), step.note)
    functions.remove_settings(name)


def _leave_the_cache(steps: Steps, outputs: dict[str, str]) -> None:
    if outputs.get("CacheClients"):
        with steps.step("Out of the cache's network") as step:
            network.leave(outputs, step.note)


def _destroy_functions(steps: Steps, outputs: dict[str, str]) -> None:
    """They would keep the stack from going."""
    names = {*functions.kept_functions(outputs), *functions.declared_rights()["functions"]}
    own = [rights.function_name(outputs["Stage"], name) for name in names]
    functions.fetch_notes(outputs)
    functions.adopt(outputs)
    _leave_the_cache(steps, outputs)
    if functions.is_deployed(outputs["Stage"]):
        with steps.step("Functions and API"):
            functions.delete(outputs)
    function_logs.delete(own)


def _destroy_resources(steps: Steps, stage: Stage) -> None:
    with steps.step("Files") as step:
        for bucket in stage.buckets():
            step.note(bucket)
            remains.empty(clients.of("s3"), bucket)
    with steps.step("Resources") as step:
        layers.tidy_versions(stage.name)
        stage.protect(is_protected=False)
        stage.delete(step.note)
