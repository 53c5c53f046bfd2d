"""A deployment by Chalice that is cut after any kind of call can be gone on with, and taken down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from chalice.app import Chalice, Cron
from chalice.awsclient import TypedAWSClient
from chalice.config import Config
from chalice.deploy.deployer import BaseDeployStep, create_default_deployer, create_deletion_deployer
from chalice.deploy.models import DeploymentPackage
from chalice.utils import UI

from chalicelib.core.routes import Operation, signed_in
from chalicelib.core.who import ANYONE, SIGNED_IN
from cloud import addresses, adoption, functions, remains, site, template, versions, way_back
from cloud.errors import CloudError
from cloud.finish import finish, follow_streams
from cloud.stage import Stage
from cloud.steps import Steps
from cloud.template import layered
from tests.laptop.embedded_support import Bed, package, unique
from tests.laptop.handlers import ECHO
from tests.support.stage import PROJECT, forget_settings

FUNCTIONS = ("api_handler", "heard", "uploaded", "changed", "taken", "ticked", "websocket_connect", "websocket_message")
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
READS = ("Get", "List", "Describe", "Head")


_loader = botocore.session.get_session().get_component("data_loader")  # it reads each service's model once


def a_session() -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", _loader)
    return session


class CutError(BaseException):
    """Not an Exception: nothing on the way handles it, as when the process is killed."""


class Packed(BaseDeployStep):
    """In place of Chalice's packager, which would run pip."""

    def __init__(self, package: Path) -> None:
        self._package = str(package)

    def handle_deploymentpackage(self, config: Config, resource: DeploymentPackage) -> None:
        resource.filename = self._package


class Project:
    """An application with every kind of handler, on a stage of its own."""

    def __init__(self, folder: Path, places: dict[str, str]) -> None:
        self.stage, self.places = unique("cut"), places
        self.folder = folder / self.stage
        self.folder.mkdir()
        self._package = self.folder / "package.zip"
        with zipfile.ZipFile(self._package, "w") as files:
            files.writestr("app.py", "")
        self.notes = self.folder / ".chalice" / "deployed" / f"{self.stage}.json"
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / ".chalice" / "policy.json").write_text(json.dumps(POLICY))

    @property
    def outputs(self) -> dict[str, str]:
        return {**self.places, "Stage": self.stage}

    @property
    def noted(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in json.loads(self.notes.read_text())["resources"]}

    def _config(self) -> Config:
        disk = {
            "app_name": "commonplace",
            "version": "2.0",
            "autogen_policy": False,
            "automatic_layer": True,
            "minimum_compression_size": 1024,
            "api_gateway_endpoint_type": "REGIONAL",
            "api_gateway_stage": addresses.DRAFT_STAGE,
            "stages": {self.stage: {"lambda_functions": {name: {} for name in FUNCTIONS}}},
            "iam_policy_file": "policy.json",
        }
        return Config(
            self.stage,
            config_from_disk=disk,
            user_provided_params={"chalice_app": self.app(), "project_dir": str(self.folder)},
        )

    def app(self) -> Chalice:
        app = Chalice("commonplace", configure_logs=False)
        app.experimental_feature_flags.add("WEBSOCKETS")

        def handler(event: Any) -> None: ...

        app.route("/", name="index", cors=True)(lambda: {})
        things = {"name": "things", "cors": True, "authorizer": signed_in}
        app.route("/things", methods=["GET", "POST"], **things)(lambda: {})
        app.on_sns_message(self.places["Topic"], name="heard")(handler)
        app.on_s3_event(self.places["Bucket"], name="uploaded")(handler)
        app.on_dynamodb_record(self.places["Stream"], name="changed")(handler)
        app.on_sqs_message(queue_arn=self.places["Queue"], name="taken")(handler)
        app.schedule(Cron(0, 0, "*", "*", "?", "*"), name="ticked")(handler)
        app.on_ws_connect(name="websocket_connect")(handler)
        app.on_ws_message(name="websocket_message")(handler)
        return app

    def deploy(self, calls: int = 1000) -> list[str]:
        """Cut when that many calls were made. Returns their names."""
        made: list[str] = []

        def count(model: Any, params: Any, **_: Any) -> None:
            if model.name == "ImportRestApi":
                self.document = params["body"]
            if not model.name.startswith(READS):
                if len(made) == calls:
                    raise CutError
                made.append(model.name)

        session = a_session()
        session.register("before-call", count)
        deployer = create_default_deployer(session, self._config(), UI())
        deployer._build_stage._steps[1] = Packed(self._package)
        deployer.deploy(self._config(), self.stage)
        return made

    def adopt(self) -> None:
        noted = json.loads(self.notes.read_text())["resources"] if self.notes.exists() else []
        found = adoption.notes(self.outputs, FUNCTIONS, noted)
        self.notes.write_text(json.dumps({"resources": found, "schema_version": "2.0", "backend": "api"}))

    def delete(self) -> None:
        self.adopt()
        create_deletion_deployer(TypedAWSClient(a_session()), UI()).deploy(self._config(), self.stage)


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
            for page in boto3.client(service).get_paginator(operation).paginate()
            for one in next(value for value in page.values() if isinstance(value, list))
            if stage in str(one[name])
        )
        for service, operation, name in looks
    }
    apis = boto3.client("apigateway").get_rest_apis()["items"]
    found["rest"] = [one["name"] for one in apis if adoption._leads_to(stage, one["id"])]
    layer = f"commonplace-{stage}-managed-layer"
    found["versions"] = ["one" for _ in boto3.client("lambda").list_layer_versions(LayerName=layer)["LayerVersions"]]
    return found


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    built = Bed()
    with built.behind_boto3():
        yield built
    built.close()


@pytest.fixture(scope="module")
def places(bed: Bed) -> dict[str, str]:
    topic = bed.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    bucket = unique("bucket")
    bed.client("s3").create_bucket(Bucket=bucket)
    return {"Topic": topic, "Bucket": bucket, "Stream": bed.streamed_table()[1], "Queue": bed.queue()[1]}


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


class Cuts:
    """Counts the calls that change something, and cuts right after one of them, while AWS may be at it still."""

    def __init__(self) -> None:
        self._turn = Lock()
        self.made: list[str] = []
        self._last = 0

    def __call__(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(READS):
            with self._turn:
                self.made.append(model.name)
                is_cut = len(self.made) == self._last
            if is_cut:
                raise CutError

    def whole(self, step: Callable[[], object]) -> list[str]:
        """The calls it makes."""
        self.made, self._last = [], 0
        step()
        return self.made

    def after(self, calls: int, step: Callable[[], object]) -> str:
        """Returns the last call's name."""
        self.made, self._last = [], calls
        with pytest.raises(CutError):
            step()
        self._last = 0
        return f"cut after {self.made[calls - 1]}, call {calls}"


@pytest.fixture(scope="module")
def cuts(bed: Bed) -> Cuts:
    made = Cuts()
    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("after-call", made)
    return made


# The stack


RESOURCES = {
    "cloud": """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
  Known: {Type: String, Default: ""}
Resources:
  StateBucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${Stage}-state", VersioningConfiguration: {Status: Enabled}}
  People:
    Type: AWS::Cognito::UserPool
    Properties: {UserPoolName: !Sub "${Stage}"}
""",
    "chalicelib/notes": """
Resources:
  NotesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${Stage}-notes"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  EverywhereTable:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: !Sub "${Stage}-everywhere"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      Replicas: [{Region: !Ref AWS::Region}, {Region: eu-west-1}]
  News:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Sub "${Stage}-news"}
""",
}


@pytest.fixture
def declared(bed: Bed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Of a small application: the folder with its declarations."""
    monkeypatch.setattr(template, "PROJECT", tmp_path)
    for folder, text in RESOURCES.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "resources.yaml").write_text(text, "utf-8")
    return tmp_path / "chalicelib/notes/resources.yaml"


def silent(_: str) -> None: ...


def put(stage: Stage) -> None:
    """As a deployment does it: what it learns from Chalice comes with a second update."""
    stage.put({}, silent)
    stage.put({"Known": "api"}, silent)
    stage.protect()


def destroy(stage: Stage) -> None:
    """As a whole deployment does it, which here has no functions."""
    with suppress(CloudError):
        stack = stage.last()
        if stage.describe():
            for bucket in stage.buckets():
                remains.empty(boto3.client("s3"), bucket)
            stage.protect(is_protected=False)
            stage.delete(silent)
        remains.remove(stage.kept(stack), silent)


def held(name: str) -> dict[str, Any]:
    """What there is of a stage, and whether it is protected."""
    buckets = [one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]]
    topics = [one["TopicArn"] for one in boto3.client("sns").list_topics()["Topics"]]
    idp, found = boto3.client("cognito-idp"), dict[str, Any]()
    for region in ("us-east-1", "eu-west-1"):
        dynamodb = boto3.client("dynamodb", region_name=region)
        for table in dynamodb.list_tables()["TableNames"]:
            described = dynamodb.describe_table(TableName=table)["Table"]
            found[f"{region} {table}"] = described.get("DeletionProtectionEnabled", False)
    for pool in idp.list_user_pools(MaxResults=60)["UserPools"]:
        found[pool["Name"]] = idp.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["DeletionProtection"]
    found |= dict.fromkeys((*buckets, *topics))
    return {key.replace(name, "it"): value for key, value in found.items() if name in key}


def test_a_stack_is_gone_on_with_wherever_it_was_cut(cuts: Cuts, declared: Path) -> None:
    """After each call of its deployment; what protects its data is there at the end, and destroying leaves nothing."""
    whole = Stage(unique("stack"))
    calls = list(cuts.whole(lambda: put(whole)))
    wanted = held(whole.name)
    assert {one: wanted[one] for one in wanted if "table" not in one} and len(wanted) == 6
    protected = {"us-east-1 it-notes": True, "us-east-1 it-everywhere": True, "eu-west-1 it-everywhere": False}
    assert protected.items() <= wanted.items() and wanted["commonplace-it" if "commonplace-it" in wanted else "it"]
    destroy(whole)
    assert not held(whole.name)
    for last in range(1, len(calls)):
        for is_gone_on_with in (True, False):
            stage = Stage(unique("stack"))
            where = cuts.after(last, partial(put, stage))
            if is_gone_on_with:
                put(stage)
                assert held(stage.name) == wanted, where
                assert stage.existing()["EnableTerminationProtection"], where
            destroy(stage)
            assert not held(stage.name), where


def test_a_destruction_is_gone_on_with_wherever_it_was_cut(cuts: Cuts, declared: Path) -> None:
    def a_stage() -> Stage:
        stage = Stage(unique("gone"))
        put(stage)
        boto3.client("s3").put_object(Bucket=f"{stage.name}-state", Key="x", Body=b"x")
        return stage

    whole = a_stage()
    calls = list(cuts.whole(lambda: destroy(whole)))
    assert not held(whole.name) and len(calls) > 8
    for last in range(1, len(calls)):
        stage = a_stage()
        where = cuts.after(last, partial(destroy, stage))
        destroy(stage)
        assert not held(stage.name), where


def test_a_deleted_stack_leaves_its_data(bed: Bed, declared: Path) -> None:
    """Nobody deletes it by mistake; who does it still loses nothing, and is told so instead of beginning anew."""
    stage = Stage(unique("lost"))
    put(stage)
    before = held(stage.name)
    cloudformation = bed.client("cloudformation")
    with pytest.raises(ClientError, match="TerminationProtection"):
        cloudformation.delete_stack(StackName=stage.stack)
    for table in ("notes", "everywhere"):
        with pytest.raises(ClientError, match="protected"):
            bed.client("dynamodb").delete_table(TableName=f"{stage.name}-{table}")
    stage.protect(is_protected=False)
    stage.delete(silent)
    assert {*before} - {*held(stage.name)} == {"arn:aws:sns:us-east-1:000000000000:it-news"}
    with pytest.raises(CloudError, match="what it held is still there"):
        put(stage)
    destroy(stage)
    assert not held(stage.name)
    put(stage)
    destroy(stage)


def test_what_is_renamed_in_the_template_stays(declared: Path) -> None:
    stage = Stage(unique("name"))
    put(stage)
    boto3.client("dynamodb").put_item(TableName=f"{stage.name}-notes", Item={"id": {"S": "here"}})
    declared.write_text(RESOURCES["chalicelib/notes"].replace("NotesTable", "OtherTable"), "utf-8")
    with suppress(CloudError):
        put(stage)
    assert boto3.client("dynamodb").scan(TableName=f"{stage.name}-notes")["Count"] == 1
    destroy(stage)
    assert not held(stage.name)


def test_a_failed_update_leaves_no_new_table_in_the_way(declared: Path) -> None:
    """A protected one could not be taken back, and the next update would find its name taken."""
    stage = Stage(unique("fail"))
    put(stage)
    more = RESOURCES["chalicelib/notes"] + (
        "  MoreTable:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: !Sub '${Stage}-more'\n"
        "      BillingMode: PAY_PER_REQUEST\n      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
        "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n"
    )
    taken = "  Taken:\n    Type: AWS::S3::Bucket\n    DependsOn: MoreTable\n    Properties: {BucketName: taken}\n"
    boto3.client("s3", region_name="us-west-2").create_bucket(
        Bucket="taken", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    declared.write_text(more + taken, "utf-8")
    with pytest.raises(CloudError):
        put(stage)
    assert "us-east-1 it-more" not in held(stage.name)
    declared.write_text(more, "utf-8")
    put(stage)
    assert held(stage.name)["us-east-1 it-more"] is True
    destroy(stage)
    assert not held(stage.name)


# Finishing


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
    one, two, functions = boto3.client("apigateway"), boto3.client("apigatewayv2"), boto3.client("lambda")
    one.put_rest_api(restApiId=rest, mode="overwrite", body=project.document)
    one.create_deployment(restApiId=rest, stageName="draft")
    if "api" in [stage["stageName"] for stage in one.get_stages(restApiId=rest)["item"]]:
        one.delete_stage(restApiId=rest, stageName="api")
    for stage in two.get_stages(ApiId=sockets)["Items"]:
        two.delete_stage(ApiId=sockets, StageName=stage["StageName"])
    two.create_stage(ApiId=sockets, StageName="draft")
    for note in project.noted.values():
        if "event_uuid" in note:
            functions.update_event_source_mapping(UUID=note["event_uuid"], FunctionResponseTypes=[])


def finished(project: Project) -> dict[str, Any]:
    rest, sockets = project.noted["rest_api"]["rest_api_id"], project.noted["websocket_api"]["websocket_api_id"]
    one, two, functions = boto3.client("apigateway"), boto3.client("apigatewayv2"), boto3.client("lambda")
    stages = {stage["stageName"]: stage for stage in one.get_stages(restApiId=rest)["item"]}
    served = one.get_deployment(restApiId=rest, deploymentId=stages["api"]["deploymentId"])
    assert served["description"].startswith(f"finished {stages['draft']['deploymentId']} ")
    methods = {
        resource["path"]: resource.get("resourceMethods", {})
        for resource in one.get_resources(restApiId=rest, embed=["methods"])["items"]
    }
    sources = [note["event_uuid"] for note in project.noted.values() if "event_uuid" in note]
    kept = ("FunctionResponseTypes", "DestinationConfig", "MaximumRetryAttempts", "BisectBatchOnFunctionError")
    return {
        "settings": {name: stage.get("methodSettings") for name, stage in stages.items()},
        "cache": stages["api"]["cacheClusterEnabled"],
        "methods": {
            path: {
                verb: {name: value for name, value in method.items() if name != "methodIntegration"}
                | {"keys": sorted(method["methodIntegration"].get("cacheKeyParameters", []))}
                | {"answers": method["methodIntegration"].get("integrationResponses")}
                for verb, method in every.items()
            }
            for path, every in methods.items()
        },
        "refusals": {each["responseType"]: each for each in one.get_gateway_responses(restApiId=rest)["items"]},
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


def publish(outputs: dict[str, str]) -> None:
    pages = site.Site(outputs)
    pages.put_config({"api": "here"})
    pages.publish()
    pages.invalidate()


def seen(outputs: dict[str, str]) -> dict[str, str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=outputs["SiteBucket"]).get("Contents", [])
    return {one["Key"]: one["ETag"] for one in listed}


def test_pages_are_gone_on_with_wherever_it_was_cut(cuts: Cuts, outputs: dict[str, str]) -> None:
    def left_over() -> None:
        remains.empty(boto3.client("s3"), outputs["SiteBucket"])
        boto3.client("s3").put_object(Bucket=outputs["SiteBucket"], Key="old.html", Body=b"")

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
    publish(outputs)
    kept = versions.Versions(outputs["StateBucket"])

    def keep() -> None:
        kept.begin()
        kept.add(way_back.take(outputs, kept))
        way_back.tidy(kept)

    def is_whole(number: int) -> bool:
        return all(kept.content(name) for name in versions.contents(kept[number]))

    calls = list(cuts.whole(keep))
    assert kept.state == versions.State(1) and is_whole(1)
    for last in range(1, len(calls)):
        remains.empty(boto3.client("s3"), outputs["StateBucket"])
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
    publish(outputs)
    kept = versions.Versions(outputs["StateBucket"])
    for _ in range(2):
        kept.begin()
        kept.add(way_back.take(outputs, kept))
    wanted = {**kept[1], "before": None, "made": None}

    def now() -> dict[str, Any]:
        return {**way_back.take(outputs, kept), "before": None, "made": None}

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
    functions, iam, gateway = boto3.client("lambda"), boto3.client("iam"), boto3.client("apigateway")
    for name in (f"commonplace-{project.stage}", f"commonplace-{project.stage}-heard"):
        functions.update_function_code(FunctionName=name, ZipFile=package("x = 1"))
        functions.update_function_configuration(FunctionName=name, Timeout=7, Layers=[])
    role = f"commonplace-{project.stage}-heard"
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(POLICY).replace("Allow", "Deny"))
    rest, sockets = project.noted["rest_api"]["rest_api_id"], project.noted["websocket_api"]["websocket_api_id"]
    gateway.create_deployment(restApiId=rest, stageName="api")
    rate = {"op": "replace", "path": "/~1things/POST/throttling/rateLimit", "value": "1"}
    gateway.update_stage(restApiId=rest, stageName="api", patchOperations=[rate])
    other = boto3.client("apigatewayv2").create_deployment(ApiId=sockets)["DeploymentId"]
    boto3.client("apigatewayv2").update_stage(ApiId=sockets, StageName="api", DeploymentId=other)
    for key in ("index.html", "another.html"):
        boto3.client("s3").put_object(Bucket=outputs["SiteBucket"], Key=key, Body=b"another")


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
        assert len(boto3.client("lambda").list_layer_versions(LayerName=own)["LayerVersions"]) == 1
    assert len(found["list_event_source_mappings"]) == len({*found["list_event_source_mappings"]}) > 10
    assert cloud(name, "deploy", tmp_path, FAIL_AT="PutRestApi").returncode == 1
    left = f"commonplace-{name}-{layered()[0].parent.name}"  # as a rollback may leave it
    boto3.client("lambda").publish_layer_version(LayerName=left, Content={"ZipFile": package(ECHO)})
    gone = cloud(name, "destroy", tmp_path, "--yes", name)
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert not any(there(name).values())
