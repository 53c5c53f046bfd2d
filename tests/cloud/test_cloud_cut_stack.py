"""A stack that is cut after any call of its deployment or destruction can be gone on with, and loses no data."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud import clients, remains, template
from cloud.errors import CloudError
from cloud.stage import Stage
from tests.cloud.cuts import Cuts
from tests.laptop.embedded_support import Bed, unique

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
        if stage.rested(silent):
            for bucket in stage.buckets():
                remains.empty(clients.of("s3"), bucket)
            stage.protect(is_protected=False)
            stage.delete(silent)
        remains.remove(stage.kept(stack), silent)


def held(name: str) -> dict[str, Any]:
    """What there is of a stage, and whether it is protected."""
    buckets = [one["Name"] for one in clients.of("s3").list_buckets()["Buckets"]]
    topics = [one["TopicArn"] for one in clients.of("sns").list_topics()["Topics"]]
    idp, found = clients.of("cognito-idp"), dict[str, Any]()
    for region in ("us-east-1", "eu-west-1"):
        dynamodb = clients.of("dynamodb", region)
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
        clients.of("s3").put_object(Bucket=f"{stage.name}-state", Key="x", Body=b"x")
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
    clients.of("dynamodb").put_item(TableName=f"{stage.name}-notes", Item={"id": {"S": "here"}})
    declared.write_text(RESOURCES["chalicelib/notes"].replace("NotesTable", "OtherTable"), "utf-8")
    with suppress(CloudError):
        put(stage)
    assert clients.of("dynamodb").scan(TableName=f"{stage.name}-notes")["Count"] == 1
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
    clients.of("s3", "us-west-2").create_bucket(
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


def test_what_a_template_left_out_is_there_still_and_the_error_says_so(declared: Path) -> None:
    """As after earlier code, and then the current one again."""
    stage = Stage(unique("left"))
    put(stage)
    _, _, after = RESOURCES["chalicelib/notes"].partition("  EverywhereTable:")
    declared.write_text(f"Resources:\n  EverywhereTable:{after}", "utf-8")
    put(stage)
    assert "us-east-1 it-notes" in held(stage.name)
    declared.write_text(RESOURCES["chalicelib/notes"], "utf-8")
    with pytest.raises(CloudError, match=r"NotesTable: .*already exists.* docs/way-back\.md"):
        put(stage)
    destroy(stage)
    assert not held(stage.name)
