"""`bin/check-aws` finds what AWS would refuse, and forgets no acceptance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.core.routes import operations
from cloud import api_document, rights, template
from laptop.embedded.stack_calls import CALLS, Calls
from tests.aws import calls, documents, functions, limits, policies, stack_calls, templates
from tests.aws.findings import Accepted, Result, accepted, sifted
from tests.support.outputs import outputs

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/commonplace-prod-albums"
LOG = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/commonplace-prod-work:*"
MAKES = 'table, queues, gateway = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("apigateway")\n'


def policy(action: str, resource: str = TABLE, **more: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}],
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (policy("dynamodb:FetchItem"), "there is no action dynamodb:FetchItem"),
        (policy("dynamobd:GetItem"), "there is no action dynamobd:GetItem"),
        (policy("s3:GetObject"), "RESOURCE_MISMATCH"),
        (policy("dynamodb:GetItem", "arn:aws:dynamodb:albums"), "INVALID_ARN"),
        (
            policy("dynamodb:GetItem", Condition={"StringEquals": {"ses:FromAddress": "a@example.com"}}),
            "dynamodb:GetItem knows no condition ses:FromAddress",
        ),
        (policy("dynamodb:GetItem", Condition={"StringIs": {"aws:SourceIp": "x"}}), "UNKNOWN_OPERATOR"),
    ],
    ids=["no such action", "no such service", "another's resource", "no ARN", "another's condition", "no operator"],
)
def test_a_policy_that_never_allows(wrong: dict[str, Any], said: str) -> None:
    assert policies.check({"work": policy("dynamodb:GetItem")}).found == []
    assert [one for one in policies.check({"work": wrong}).found if said in one]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("table.get_item(TableName='a', Keys={})", "GetItem has no parameter Keys; GetItem needs Key"),
        ("table.get_item(TableName='a')", "GetItem needs Key"),
        ("table.get_item(TableName=1, Key={})", "GetItem's TableName is no string"),
        ("table.get_item(TableName='a', Key=['a'])", "GetItem's Key is no map"),
        ("table.get_item(TableName='a', Key={'id': {'Z': '1'}})", "GetItem's Key.* has no Z"),
        ("table.query(TableName='a', Select='ALL')", "Query's Select can't be 'ALL'"),
        ("queues.list_queue()", "no service that is used has list_queue"),
        ("table.fetch_item(TableName='a')", "no service that is used has fetch_item"),
        ("boto3.client('sqs').send(queue='a')", "no service that is used has send"),
        ("gateway.get_stage(restApiId='a', stage='b')", "GetStage has no parameter stage; GetStage needs stageName"),
        ("partial(queues.delete_message, Queue='a')", "DeleteMessage has no parameter Queue"),
        ("gateway.get_paginator('get_resources').paginate(api='a')", "GetResources has no parameter api"),
        (
            "table.get_waiter('table_exists').wait(Table='a')",
            "DescribeTable has no parameter Table; DescribeTable needs TableName",
        ),
        ("table.get_waiter('table_done').wait(TableName='a')", "no service that is used has table_done"),
        ("self.albums.ask(Limits=1)", "Query has no parameter Limits"),
    ],
)
def test_a_call_that_botocore_does_not_know(call: str, said: str) -> None:
    assert calls.check({"work.py": MAKES + call}).found == [f"work.py:2: {said}"]


@pytest.mark.parametrize(
    "call",
    [
        "table.get_item(TableName='a', Key={'id': {'S': name}})",
        "table.get_item(**asked, ConsistentRead=True)",
        "table.query(TableName=name, Limit=limit, **rest)",
        "table.get_waiter('table_exists').wait(TableName=name, WaiterConfig=wait)",
        "queues.send_message(QueueUrl=url, MessageBody=f'{text}')",
        "site.publish()",
        "people.publish(1, to='them')",
        "Album(Title='x')",
    ],
)
def test_a_call_that_is_right_or_none(call: str) -> None:
    assert calls.check({"work.py": MAKES + call}).found == []


def test_every_call_is_seen() -> None:
    """Those of the signed client, of boto3's, and through what the code makes of them."""
    seen = calls.check(calls.sources(template.PROJECT))
    assert int(seen.many.split()[0]) >= 90 and seen.found == []


def test_a_log_under_another_name() -> None:
    written = policy("logs:PutLogEvents", LOG)
    assert functions.check({"work": written}, {"work": "commonplace-prod-work"}).found == []
    assert "its log is commonplace-prod" in functions.check({"work": written}, {"work": "commonplace-prod"}).found[0]
    assert functions.check({"work": policy("dynamodb:GetItem")}, {"work": "x"}).found == ["work: may not write its log"]
    assert functions.check({}, {"work": "x"}).found == ["work: has no policy"]
    assert functions.check({"work": written}, {}).found == ["work: the application has no such function"]


def test_a_template_that_cloudformation_refuses() -> None:
    said = templates.check(
        template.whole().replace("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 12096000")
    )
    assert [one for one in said.found if "Resources/Failures/Properties/MessageRetentionPeriod" in one]


def the_document() -> api_document.Document:
    function = "arn:aws:lambda:eu-central-1:123456789012:function:commonplace-prod"
    return api_document.document(app.app, operations, function, 1024)


@pytest.mark.parametrize(
    ("name", "model", "said"),
    [
        ("new-album", {"type": "object"}, "the model new-album has a name of more than letters and digits"),
        ("Album", {"type": "objects"}, "the model Album is not draft 4: 'objects' is not valid"),
        ("Album", {"type": ["string", "null"]}, "the model Album has a field of several types, which AWS can't export"),
        ("Album", {"properties": {"id": {"readOnly": True}}}, "the model Album has readOnly, which AWS doesn't read"),
        ("Album", {"items": {"oneOf": []}}, "the model Album has oneOf, which AWS doesn't read"),
    ],
)
def test_a_model_that_aws_does_not_take(name: str, model: dict[str, Any], said: str) -> None:
    document = the_document()
    assert documents.check(document).found == []
    document["components"]["schemas"][name] = model
    assert [one for one in documents.check(document).found if one.startswith(said)]


def test_an_integration_that_answers_what_its_method_does_not() -> None:
    document = the_document()
    answers = {"default": {"statusCode": "200"}, "4..": {"statusCode": "404", "responseParameters": {"x": "'y'"}}}
    document["paths"]["/albums"]["post"]["x-amazon-apigateway-integration"]["responses"] = answers
    document["paths"]["/albums"]["post"]["responses"]["404"] = {"description": "Not Found"}
    assert documents.check(document).found == [
        "/albums: post has no response 200, which its integration gives",
        "/albums: post has no x in its response 404",
    ]


def test_a_document_that_aws_does_not_take() -> None:
    document = the_document()
    item = document["paths"].pop("/albums")
    document["paths"]["/albums:all"] = {"get": {}}
    found = documents.check(document).found
    assert {"/albums:all: AWS takes no albums:all", "/albums:all: no integration of get"} <= {*found}
    assert [one for one in found if '"responses" is a required property' in one]
    many = {f"/albums/{number}": item for number in range(301)}
    over = limits.check(documents.limits({**document, "paths": many})).found
    assert over == ["the API's resources: 303 of 300"]


def test_what_is_over_a_limit_or_too_near_to_one() -> None:
    fits, over = limits.Limit("names", 3, 4), limits.Limit("letters", 5, 4)
    near = limits.Limit("bytes", 3, 4, reserved=0.5)
    result = limits.check([fits, over, near])
    assert result.found == ["letters: 5 of 4", "bytes: 3 of 4, of which 50% stay free"]
    assert result.left.startswith("letters -25%; ")


def test_long_names_and_variables_count() -> None:
    declared = rights.declared()
    many = {**declared, "variables": {f"VARIABLE_{number}": "x" * 40 for number in range(40)}}
    long = {**declared, "functions": {"f" * 40: declared["functions"]["api_handler"]}}
    longest = outputs("s" * 20)
    assert [one for one in limits.check(limits.of_functions(many, longest)).found if "environment" in one]
    assert [one for one in limits.check(limits.of_functions(long, longest)).found if "letters of fff" in one]


def test_a_right_that_only_awss_schemas_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of creating, one of reading, one of tagging, one of deleting, and a type that nobody thought of."""
    lost = {"AWS::SQS::Queue: sqs:" + one for one in ("CreateQueue", "GetQueueAttributes", "TagQueue", "DeleteQueue")}
    assert stack_calls.check(["AWS::SQS::Queue"]).found == []
    monkeypatch.setitem(CALLS, "AWS::SQS::Queue", Calls([("sqs:SetQueueAttributes", "*")], []))
    assert lost <= {*stack_calls.check(["AWS::SQS::Queue"]).found}
    assert (
        "AWS::SQS::QueueInlinePolicy: sqs:SetQueueAttributes"
        in stack_calls.check(["AWS::SQS::QueueInlinePolicy"]).found
    )


def test_a_reason_of_several_findings(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    path.write_text("- {check: policies, finding: ['work: a', 'work: b'], why: because}\n", "utf-8")
    assert [one.finding for one in accepted(path)] == ["work: a", "work: b"]


def test_an_acceptance_takes_its_finding_away() -> None:
    results = [Result("policies", "2", ["work: a", "work: b"])]
    kept, acceptances = sifted(results, [Accepted("policies", "work: a", "because")])
    assert kept.found == ["work: b"] and acceptances.found == []


def test_an_acceptance_of_nothing_fails() -> None:
    *_, acceptances = sifted([Result("policies", "2", ["work: b"])], [Accepted("limits", "work: b", "because")])
    assert acceptances.found == ["'work: b' of limits is no longer found: remove it"]


def test_an_acceptance_needs_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    path.write_text("- {check: policies, finding: 'work: a', why: ''}\n", "utf-8")
    with pytest.raises(ValueError, match="without a reason"):
        accepted(path)
    assert all(one.why for one in accepted())
