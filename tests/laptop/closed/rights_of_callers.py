"""CloudFormation and Lambda do nothing that their caller may not; what a call asks for has AWS's names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.laptop.closed import closes
from tests.laptop.embedded_support import Bed, package, unique


def somebody(bed: Bed, *allowed: tuple[str, str], passed_to: str = "") -> dict[str, str]:
    """Credentials of a user with these actions on these resources, and roles passed to one service only."""
    iam, name = bed.client("iam"), unique("user")
    only = {"Condition": {"StringEquals": {"iam:PassedToService": passed_to}}} if passed_to else {}
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resource, **(only if action == "iam:PassRole" else {})}
        for action, resource in allowed
    ]
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


@closes("stack_rights")
def a_stack_has_the_rights_of_its_maker(bed: Bed) -> None:
    def made(*allowed: tuple[str, str]) -> tuple[str, str]:
        stack = unique("commonplace")
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": stack}}
        cloud = bed.client("cloudformation", **somebody(bed, ("cloudformation:*", "*"), *allowed))
        cloud.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"Queue": queue}}))

        def status() -> str:
            found: str = cloud.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            return "" if found.endswith("IN_PROGRESS") else found

        ended = bed.eventually(status)
        events = cloud.describe_stack_events(StackName=stack)["StackEvents"]
        return ended, " ".join(event.get("ResourceStatusReason", "") for event in events)

    ended, why = made(("sqs:CreateQueue", "*"))
    assert ended == "ROLLBACK_COMPLETE" and "is not authorized to perform: sqs:GetQueueAttributes" in why
    assert made(("sqs:*", "arn:aws:sqs:*:*:commonplace-*"))[0] == "CREATE_COMPLETE"


@closes("stack_rights")
def a_function_gets_a_role_from_who_may_pass_it(bed: Bed) -> None:
    def function(**credentials: str) -> Any:
        return bed.client("lambda", **credentials).create_function(
            FunctionName=unique("function"),
            Runtime="python3.11",
            Role=bed.everything,
            Handler="main.handler",
            Code={"ZipFile": package("")},
        )

    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        function(**somebody(bed, ("lambda:*", "*")))
    function(**somebody(bed, ("lambda:*", "*"), ("iam:PassRole", bed.everything)))
    function(**somebody(bed, ("lambda:*", "*"), ("iam:PassRole", bed.everything), passed_to="lambda.amazonaws.com"))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        function(**somebody(bed, ("lambda:*", "*"), ("iam:PassRole", bed.everything), passed_to="ec2.amazonaws.com"))


@closes("actions")
def each_of_lambdas_operations_is_an_action(bed: Bed) -> None:
    granted = somebody(bed, ("lambda:GetFunctionConcurrency", "*"))
    reader, name = bed.client("lambda", **granted), bed.answering
    reader.get_function_concurrency(FunctionName=name)
    with pytest.raises(ClientError, match="lambda:PutFunctionConcurrency"):
        reader.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    with pytest.raises(ClientError, match="lambda:ListLayerVersions"):
        reader.list_layer_versions(LayerName="any")


@closes("actions")
def a_rule_of_the_default_bus_is_named_without_it(bed: Bed) -> None:
    own, name = somebody(bed, ("events:*", "arn:aws:events:*:*:rule/own-*")), unique("own")
    events = bed.client("events", **own)
    events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": bed.arn(bed.answering)}])
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)
    with pytest.raises(ClientError, match="not authorized"):
        events.put_rule(Name=unique("other"), ScheduleExpression="rate(1 day)")
