"""CloudFormation: replicas, names that a template does not have, and updates that change nothing."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    Bed,
    unique,
)


@closes("replicas")
def a_template_makes_replicas(bed: Bed) -> None:
    name, stack, cloud = unique("global"), unique("stack"), bed.client("cloudformation")

    def template(*regions: str) -> str:
        properties = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "Replicas": [{"Region": region} for region in (bed.cloud.region, *regions)],
        }
        return json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}}})

    def replicas() -> list[str]:
        described = bed.client("dynamodb").describe_table(TableName=name)["Table"]
        return sorted(replica["RegionName"] for replica in described.get("Replicas", []))

    cloud.create_stack(StackName=stack, TemplateBody=template("eu-west-1"))
    assert bed.eventually(lambda: _status(bed, stack) == "CREATE_COMPLETE") and replicas() == ["eu-west-1"]
    cloud.update_stack(StackName=stack, TemplateBody=template("eu-west-1", "us-west-2"))
    assert bed.eventually(lambda: _status(bed, stack) == "UPDATE_COMPLETE") and replicas() == ["eu-west-1", "us-west-2"]
    cloud.update_stack(StackName=stack, TemplateBody=template())
    assert bed.eventually(lambda: not replicas())
    cloud.delete_stack(StackName=stack)


def _status(bed: Bed, stack: str) -> str:
    return str(bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])


@closes("templates")
def a_template_names_only_what_it_has(bed: Bed) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": unique("queue")}}
    template = {"Resources": {"Queue": queue}, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Nothing", "Arn"]}}}}
    with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[Nothing\] in the Outputs block"):
        bed.client("cloudformation").create_stack(StackName=unique("stack"), TemplateBody=json.dumps(template))


@closes("templates")
def only_parameters_that_a_template_has(bed: Bed) -> None:
    cloud, stack = bed.client("cloudformation"), unique("stack")
    template = json.dumps({"Parameters": {"Own": {"Type": "String", "Default": ""}}, "Resources": {"Queue": _queue()}})
    asked = {"StackName": stack, "TemplateBody": template}
    strange = [{"ParameterKey": "Strange", "ParameterValue": "1"}]
    with pytest.raises(ClientError, match=r"Parameters: \[Strange\] do not exist in the template"):
        cloud.create_stack(**asked, Parameters=strange)
    cloud.create_stack(**asked)
    assert bed.eventually(lambda: _status(bed, stack) == "CREATE_COMPLETE")
    for call, more in ((cloud.update_stack, {}), (cloud.create_change_set, {"ChangeSetName": "a-look"})):
        with pytest.raises(ClientError, match="do not exist in the template"):
            call(**asked, Parameters=strange, **more)
    with pytest.raises(ClientError, match="Cannot specify usePreviousValue"):
        later = template.replace("Own", "New")
        cloud.update_stack(
            StackName=stack, TemplateBody=later, Parameters=[{"ParameterKey": "New", "UsePreviousValue": True}]
        )


@closes("templates")
def an_update_changes_a_resource_or_an_output(bed: Bed) -> None:
    cloud, stack, queue = bed.client("cloudformation"), unique("stack"), _queue()

    def template(**more: object) -> str:
        return json.dumps({"Parameters": {"Own": {"Type": "String"}}, "Resources": {"Queue": queue}, **more})

    def own(value: str) -> list[dict[str, str]]:
        return [{"ParameterKey": "Own", "ParameterValue": value}]

    cloud.create_stack(StackName=stack, TemplateBody=template(), Parameters=own("1"))
    assert bed.eventually(lambda: _status(bed, stack) == "CREATE_COMPLETE")
    for body, value in ((template(), "1"), (template(), "2"), (template(Description="other"), "1")):
        with pytest.raises(ClientError, match="No updates are to be performed"):
            cloud.update_stack(StackName=stack, TemplateBody=body, Parameters=own(value))
    told = template(Outputs={"Own": {"Value": {"Ref": "Own"}}})
    for value in ("1", "2"):
        cloud.update_stack(StackName=stack, TemplateBody=told, Parameters=own(value))
        assert bed.eventually(lambda: _status(bed, stack) == "UPDATE_COMPLETE")
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloud.update_stack(StackName=stack, TemplateBody=told, Parameters=own("2"))


@closes("templates")
def a_change_set_has_what_there_will_be(bed: Bed) -> None:
    cloud, stack = bed.client("cloudformation"), unique("stack")
    template = {
        "Parameters": {"Two": {"Type": "String", "Default": ""}},
        "Conditions": {"HasTwo": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Two"}, ""]}]}},
        "Resources": {"One": _queue(), "Other": {**_queue(), "Condition": "HasTwo"}},
    }
    asked = {"StackName": stack, "TemplateBody": json.dumps(template), "ChangeSetType": "CREATE"}
    for value, names in (("", ["One"]), ("yes", ["One", "Other"])):
        given = [{"ParameterKey": "Two", "ParameterValue": value}]
        name = cloud.create_change_set(**asked, ChangeSetName=unique("look"), Parameters=given)["Id"]
        cloud.get_waiter("change_set_create_complete").wait(ChangeSetName=name)
        changes = cloud.describe_change_set(ChangeSetName=name)["Changes"]
        assert [one["ResourceChange"]["LogicalResourceId"] for one in changes] == names
    cloud.delete_stack(StackName=stack)


def _queue() -> dict[str, object]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": unique("queue")}}
