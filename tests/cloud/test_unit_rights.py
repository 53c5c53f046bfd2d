"""The functions' rights: features' declarations become one policy per function, as narrow as AWS allows."""

from __future__ import annotations

import re
from typing import Any

import pytest

import app
from chalicelib.core import rights as words
from cloud import rights
from cloud.errors import CloudError
from cloud.template import TABLES, of_type
from tests.aws.functions import of_chalice
from tests.support.outputs import outputs
from tests.support.template import template

DECLARED = rights.declared()["functions"]
FUNCTIONS = sorted(DECLARED)
STAGES = {
    "plain": outputs("prod"),
    "with a cache": outputs("prod", dax=True),
    "before its sockets": outputs("prod", sockets=False),
}
# Files of one bucket or a folder of it; a table's streams; an API's connections; one log's lines.
NARROW_ENOUGH = (
    r"arn:aws:s3:::commonplace-prod-\w+-\d+/([a-z]+/)?\*",
    r"arn:aws:dynamodb:\S+:table/commonplace-prod-\w+/stream/\*",
    r"arn:aws:execute-api:\S+:abcdef1234/api/(POST|DELETE)/@connections/\*",
    r"arn:aws:logs:\S+:log-group:/aws/lambda/commonplace-prod[\w-]*:\*",
)
# Mail to whomever, but from the stage's own address.
TO_ANYBODY = "arn:aws:ses:eu-central-1:123456789012:identity/*"
FROM_US = {"StringEquals": {"ses:FromAddress": "letters@example.com"}}
# They act on the request's content; AWS has no resource for that.
WITHOUT_RESOURCE = {"comprehend:DetectDominantLanguage", "polly:SynthesizeSpeech", "translate:TranslateText"}
# For every network: AWS can't restrict it before the network exists.
PLUGS = {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"}


def policy(function: str, stage: str = "plain") -> dict[str, Any]:
    return rights.policy(function, DECLARED[function]["grants"], STAGES[stage])


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def allowed(function: str, stage: str = "plain") -> set[tuple[str, str]]:
    """Each action with each resource."""
    return {
        (action, resource)
        for statement in policy(function, stage)["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def test_each_function_declares_what_it_may_and_none_is_left_over() -> None:
    functions = ["api_handler", *(source.name for source in app.app.event_sources)]
    functions += [function.name for function in app.app.pure_lambda_functions]
    functions += [handler.name for handler in app.app.websocket_handlers.values()]
    assert sorted(functions) == FUNCTIONS


def test_each_role_has_the_name_by_which_its_policy_is_put() -> None:
    roles = {function: model.role.role_name for function, model in of_chalice("prod", FUNCTIONS).items()}
    assert roles == {function: f"commonplace-prod-{function}" for function in FUNCTIONS}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_names_exactly_what_it_needs(function: str, stage: str) -> None:
    for statement in policy(function, stage)["Statement"]:
        is_open = statement["Resource"] == TO_ANYBODY
        assert statement.keys() - {"Condition"} == {"Effect", "Action", "Resource"}, "no NotAction, no NotResource"
        assert statement.get("Condition") == (FROM_US if is_open else None)
        assert statement["Effect"] == "Allow"
    for action, resource in allowed(function, stage):
        assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action)
        if resource == "*":
            assert action in WITHOUT_RESOURCE or (stage == "with a cache" and action in PLUGS)
            continue
        assert resource.startswith("arn:aws:") and resource.partition("{")[1] == ""
        assert (
            resource == TO_ANYBODY or "*" not in resource or any(re.fullmatch(each, resource) for each in NARROW_ENOUGH)
        ), resource


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sends_to_the_sockets_of_its_stage_alone(function: str) -> None:
    found = {resource for action, resource in allowed(function) if action == "execute-api:ManageConnections"}
    closes = function in ("erase_people", "sign_out_people")
    own = STAGES["plain"]["SocketsToCloseArn" if closes else "SocketsArn"]
    assert found <= {own}
    assert not [action for action, _ in allowed(function, "before its sockets") if action.startswith("execute-api:")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_may_neither_scan_nor_manage(function: str) -> None:
    # Functions in a network must attach themselves to it.
    actions = {action for action, _ in allowed(function, "with a cache")} - PLUGS
    verbs = {action.partition(":")[2] for action in actions if not action.startswith("logs:")}
    assert not {
        verb
        for verb in verbs
        if re.match("Scan|Create(?!Invalidation$)|Update[^I]|DeleteTable|Put(?!Item$|Object$)|Tag|Attach|Pass", verb)
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_table_and_index_that_is_named_exists(function: str) -> None:
    tables = {STAGES["plain"][name]: one["Properties"] for name, one in of_type(template(), *TABLES).items()}
    for _, resource in allowed(function):
        if found := re.match(r"arn:aws:dynamodb:[^/]+:table/([^/]+)(?:/index/(.+))?", resource):
            table = tables[found[1]]
            indexes = table.get("GlobalSecondaryIndexes", []) + table.get("LocalSecondaryIndexes", [])
            assert not found[2] or found[2] in {index["IndexName"] for index in indexes}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_bucket_topic_and_queue_that_is_named_exists(function: str) -> None:
    known = {*STAGES["plain"].values()}
    for _, resource in allowed(function):
        if resource.startswith(("arn:aws:s3:", "arn:aws:sns:", "arn:aws:sqs:")):
            assert resource.partition("/")[0] in known, resource


def test_what_may_be_done_alike_is_said_once() -> None:
    grants = [*words.get("a", "b"), *words.put("a"), *words.query("b/by-x"), *words.put("b"), *words.get("c")]
    statements = rights.policy("work", grants, STAGES["plain"])["Statement"]
    tables = "arn:aws:dynamodb:eu-central-1:123456789012:table/commonplace-prod"
    assert statements[:3] == [
        {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": f"{tables}-c"},
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": [f"{tables}-a", f"{tables}-b"],
        },
        {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": f"{tables}-b/index/by-x"},
    ]
    assert len(statements) == 4, "and its log"


def test_what_goes_through_the_cache_goes_there_only_where_there_is_one() -> None:
    through = {(action, resource) for action, resource in allowed("push_todos", "with a cache") if action[:4] == "dax:"}
    assert through == {("dax:PutItem", STAGES["with a cache"]["DaxArn"])}
    assert not [action for action, _ in allowed("push_todos") if action.startswith(("dax:", "ec2:"))]


def test_who_reads_through_the_cache_is_in_its_network() -> None:
    near = {name for name, one in DECLARED.items() if rights.settings(one, STAGES["with a cache"]).get("subnet_ids")}
    assert near == {"api_handler", "push_todos"}
    assert rights.settings(DECLARED["push_todos"], STAGES["with a cache"]) == {
        "lambda_timeout": 300,
        "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "security_group_ids": ["sg-0123456789abcdef0"],
    }
    assert rights.settings(DECLARED["push_todos"], STAGES["plain"]) == {"lambda_timeout": 300}


def test_what_a_function_gets() -> None:
    assert rights.settings(DECLARED["develop_photo"], STAGES["plain"]) == {
        "lambda_timeout": 120,
        "lambda_memory_size": 1769,
        "reserved_concurrency": 3,
        "layers": ["arn:aws:lambda:eu-central-1:123456789012:layer:commonplace-prod-photos"],
    }


def test_a_queue_waits_longer_than_the_function_that_reads_it_may_take() -> None:
    queue = template()["Resources"]["FolderChanges"]["Properties"]
    assert queue["VisibilityTimeout"] > DECLARED["keep_quota"]["seconds"]


def test_an_output_that_is_not_there_is_said() -> None:
    with pytest.raises(CloudError, match=r"asks for 'Missing', .* deploy --stage prod"):
        rights.policy("work", words.act("sns:Publish", "{Missing}"), STAGES["plain"])
