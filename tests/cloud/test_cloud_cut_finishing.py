"""Finishing, pages, versions and rollbacks that are cut after any call can be gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.routes import Operation
from chalicelib.core.who import ANYONE, SIGNED_IN
from cloud import clients, function_logs, functions, remains, site, versions, way_back
from cloud.finish import finish
from cloud.steps import Steps
from tests.cloud.cuts import POLICY, Cuts, Project
from tests.laptop.embedded_support import Bed, package, unique

OPERATIONS = [
    Operation("index", "GET", "/", "", ANYONE, {200: None}),
    Operation("list_things", "GET", "/things", "", SIGNED_IN, {200: None}, caching="private, max-age=0"),
    Operation("add_thing", "POST", "/things", "", ANYONE, {201: None}, takes="core/health"),
]
CACHED = {"ApiCacheSize": "0.5", "ApiCacheSeconds": "60"}


@pytest.fixture
def project(places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """As Chalice leaves it."""
    made = Project(tmp_path, places)
    made.deploy()
    monkeypatch.setattr(functions, "deployed", lambda _: made.noted)
    yield made
    made.delete()


def finish_it(project: Project) -> None:
    outputs = {**project.outputs, **CACHED, "FailuresArn": project.places["Queue"], "LogDays": "30"}
    finish(project.stage, outputs, project.app(), OPERATIONS, {})


def unfinish(project: Project) -> None:
    """As a deployment by Chalice alone leaves it the first time."""
    rest, sockets = project.noted["rest_api"]["rest_api_id"], project.noted["websocket_api"]["websocket_api_id"]
    one, two, functions = clients.of("apigateway"), clients.of("apigatewayv2"), clients.of("lambda")
    one.put_rest_api(restApiId=rest, mode="overwrite", body=project.document)
    one.create_deployment(restApiId=rest, stageName="draft")
    if "api" in [stage["stageName"] for stage in one.get_stages(restApiId=rest)["item"]]:
        one.delete_stage(restApiId=rest, stageName="api")
    for stage in two.get_stages(ApiId=sockets)["Items"]:
        two.delete_stage(ApiId=sockets, StageName=stage["StageName"])
    two.create_stage(ApiId=sockets, StageName="draft")
    function_logs.delete(one["lambda_arn"].rpartition(":")[2] for one in project.noted.values() if "lambda_arn" in one)
    for note in project.noted.values():
        if "event_uuid" in note:
            functions.update_event_source_mapping(UUID=note["event_uuid"], FunctionResponseTypes=[])


def finished(project: Project) -> dict[str, Any]:
    rest, sockets = project.noted["rest_api"]["rest_api_id"], project.noted["websocket_api"]["websocket_api_id"]
    one, two, functions = clients.of("apigateway"), clients.of("apigatewayv2"), clients.of("lambda")
    stages = {stage["stageName"]: stage for stage in one.get_stages(restApiId=rest)["item"]}
    served = one.get_deployment(restApiId=rest, deploymentId=stages["api"]["deploymentId"])
    assert served["description"].startswith(f"finished {stages['draft']['deploymentId']} ")
    methods = {
        resource["path"]: resource.get("resourceMethods", {})
        for resource in one.get_resources(restApiId=rest, embed=["methods"])["items"]
    }
    authorizers = {each["id"]: each["name"] for each in one.get_authorizers(restApiId=rest)["items"]}
    sources = [note["event_uuid"] for note in project.noted.values() if "event_uuid" in note]
    kept = ("FunctionResponseTypes", "DestinationConfig", "MaximumRetryAttempts", "BisectBatchOnFunctionError")
    return {
        "settings": {name: stage.get("methodSettings") for name, stage in stages.items()},
        "cache": stages["api"]["cacheClusterEnabled"],
        "methods": {
            path: {
                verb: {
                    name: authorizers.get(value, value) if name == "authorizerId" else value
                    for name, value in method.items()
                    if name != "methodIntegration"
                }
                | {"keys": sorted(method["methodIntegration"].get("cacheKeyParameters", []))}
                | {"answers": method["methodIntegration"].get("integrationResponses")}
                for verb, method in every.items()
            }
            for path, every in methods.items()
        },
        "refusals": {each["responseType"]: each for each in one.get_gateway_responses(restApiId=rest)["items"]},
        "authorizers": [*authorizers.values()],
        "models": [each["name"] for each in one.get_models(restApiId=rest)["items"]],
        "sockets": [
            (stage["StageName"], stage["DefaultRouteSettings"]) for stage in two.get_stages(ApiId=sockets)["Items"]
        ],
        "sources": [[functions.get_event_source_mapping(UUID=uuid).get(name) for name in kept] for uuid in sources],
    }


def test_finishing_is_gone_on_with_wherever_it_was_cut(cuts: Cuts, project: Project) -> None:
    """After each call; finishing alone goes on, too."""
    calls = list(cuts.whole(lambda: finish_it(project)))
    wanted = finished(project)
    assert len(calls) > 25 and wanted["cache"] and wanted["methods"]["/things"]["GET"]["keys"]
    assert wanted["methods"]["/"].keys() == {"GET", "OPTIONS", "ANY"}
    for last in range(1, len(calls)):
        unfinish(project)
        where = cuts.after(last, lambda: finish_it(project))
        finish_it(project)
        assert finished(project) == wanted, where


# Versions and pages


@pytest.fixture
def outputs(bed: Bed, project: Project, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Of the finished project, with pages."""
    finish_it(project)
    names = ("notes/notes.html", "robots.txt", "index.html")
    monkeypatch.setattr(site, "linked", lambda _: {name: name.encode() for name in names})
    s3, bucket, state = bed.client("s3"), unique("site"), unique("state")
    for each in (bucket, state):
        s3.create_bucket(Bucket=each)
    origin = {"Id": "site", "DomainName": f"{bucket}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behavior = {"TargetOriginId": "site", "ViewerProtocolPolicy": "https-only", "CachePolicyId": CACHING}
    distribution = bed.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": bucket,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }
    )["Distribution"]
    found = {**project.outputs, "SiteBucket": bucket, "StateBucket": state, "SiteAddress": "https://x"}
    return {**found, "DistributionId": distribution["Id"]}


CACHING = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def publish(outputs: dict[str, str]) -> site.Site:
    pages = site.Site(outputs)
    pages.put_config({"api": "here"})
    pages.publish()
    pages.invalidate()
    return pages


def seen(outputs: dict[str, str]) -> dict[str, str]:
    listed = clients.of("s3").list_objects_v2(Bucket=outputs["SiteBucket"]).get("Contents", [])
    return {one["Key"]: one["ETag"] for one in listed}


def test_pages_are_gone_on_with_wherever_it_was_cut(cuts: Cuts, outputs: dict[str, str]) -> None:
    def left_over() -> None:
        remains.empty(clients.of("s3"), outputs["SiteBucket"])
        clients.of("s3").put_object(Bucket=outputs["SiteBucket"], Key="old.html", Body=b"")

    left_over()
    calls = list(cuts.whole(lambda: publish(outputs)))
    wanted = seen(outputs)
    assert len(wanted) == 4 and len(calls) == 6
    for last in range(1, len(calls)):
        left_over()
        where = cuts.after(last, lambda: publish(outputs))
        publish(outputs)
        assert seen(outputs) == wanted, where


def test_a_version_is_whole_or_not_there(cuts: Cuts, outputs: dict[str, str]) -> None:
    """The next deployment makes it then."""
    pages = publish(outputs)
    kept = versions.Versions(outputs["StateBucket"])

    def keep() -> None:
        kept.begin()
        kept.add(way_back.take(outputs, kept, pages))
        way_back.tidy(kept)

    def is_whole(number: int) -> bool:
        return all(kept.content(name) for name in versions.contents(kept[number]))

    calls = list(cuts.whole(keep))
    assert kept.state == versions.State(1) and is_whole(1)
    for last in range(1, len(calls)):
        remains.empty(clients.of("s3"), outputs["StateBucket"])
        where = cuts.after(last, keep)
        assert all(is_whole(number) for number in kept.numbers()), where
        keep()
        state = kept.state
        assert state.at == kept.numbers()[-1] and state.towards is None and is_whole(state.at), where
    for _ in range(versions.MOST + 1):
        keep()
    assert len(kept.numbers()) == versions.MOST


def test_a_rollback_is_gone_on_with_wherever_it_was_cut(cuts: Cuts, project: Project, outputs: dict[str, str]) -> None:
    """After each call; the next one needs no other word."""
    pages = publish(outputs)
    kept = versions.Versions(outputs["StateBucket"])
    for _ in range(2):
        kept.begin()
        kept.add(way_back.take(outputs, kept, pages))
    wanted = {**kept[1], "before": None, "made": None}

    def now() -> dict[str, Any]:
        return {**way_back.take(outputs, kept, pages), "before": None, "made": None}

    def back() -> None:
        way_back.put_back(Steps(StringIO()), outputs, kept, kept.goal())

    def anew() -> None:
        spoil(project, outputs)
        kept._go(versions.State(2))

    anew()
    assert now() != wanted
    calls = list(cuts.whole(back))
    assert now() == wanted and kept.state == versions.State(1) and len(calls) >= 12
    for last in range(1, len(calls)):
        anew()
        where = cuts.after(last, back)
        back()
        assert now() == wanted and kept.state == versions.State(1), where


def spoil(project: Project, outputs: dict[str, str]) -> None:
    """As another version may have it."""
    functions, iam, gateway = clients.of("lambda"), clients.of("iam"), clients.of("apigateway")
    for name in (f"commonplace-{project.stage}", f"commonplace-{project.stage}-heard"):
        functions.update_function_code(FunctionName=name, ZipFile=package("x = 1"))
        functions.update_function_configuration(FunctionName=name, Timeout=7, Layers=[])
    role = f"commonplace-{project.stage}-heard"
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(POLICY).replace("Allow", "Deny"))
    rest, sockets = project.noted["rest_api"]["rest_api_id"], project.noted["websocket_api"]["websocket_api_id"]
    gateway.create_deployment(restApiId=rest, stageName="api")
    rate = {"op": "replace", "path": "/~1things/POST/throttling/rateLimit", "value": "1"}
    gateway.update_stage(restApiId=rest, stageName="api", patchOperations=[rate])
    other = clients.of("apigatewayv2").create_deployment(ApiId=sockets)["DeploymentId"]
    clients.of("apigatewayv2").update_stage(ApiId=sockets, StageName="api", DeploymentId=other)
    for key in ("index.html", "another.html"):
        clients.of("s3").put_object(Bucket=outputs["SiteBucket"], Key=key, Body=b"another")
