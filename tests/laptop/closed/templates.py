"""CloudFormation: replicas, and names that a template does not have."""

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
