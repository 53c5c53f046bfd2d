"""What the embedded cloud still knows after being killed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests

from tests.laptop.embedded_support import (
    PATIENCE,
    Bed,
    package,
    recorded,
    unique,
)
from tests.laptop.handlers import FAIL, recorder, seen

Kept = dict[str, Callable[[], bool]]


def build_what_is_kept(bed: Bed) -> Kept:
    """Give the cloud some state; each of the returned tests checks one piece of it."""
    pool, app = bed.people
    email = bed.person(app)
    tokens = bed.tokens(app, email)
    function = bed.answering
    api, url = bed.rest_api(function, pool)
    topic = bed.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    queue, _ = bed.queue()
    bed.client("sqs").send_message(QueueUrl=queue, MessageBody='"waiting"')
    session = bed.client("sts").assume_role(RoleArn=bed.everything, RoleSessionName="kept")["Credentials"]
    assumed = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    (table, stream), signals = bed.streamed_table(), bed.folder()
    reader = bed.function(FAIL)
    bed.feed(reader, stream)
    bed.eventually(lambda: bed.client("lambda").list_event_source_mappings()["EventSourceMappings"])
    stack, stacked = make_stack(bed)
    bucket = unique("files")
    bed.client("s3").create_bucket(Bucket=bucket)
    written = {name: recorded(bed, name) for name in write_in_every_way(bed)}
    told = [email, api, topic, "waiting", session["AccessKeyId"], reader, stream, stack, "CREATE_COMPLETE", bed.table()]
    bed.eventually(lambda: is_written(bed, told))
    bed.put(table, "last")  # but items and files are stored at once
    bed.put(stacked, "last")
    bed.client("s3").put_object(
        Bucket=bucket, Key="a.txt", Body=b"kept", ContentType="text/plain", Metadata={"by": "ada"}
    )

    def events_arrive() -> bool:
        bed.client("lambda").update_function_code(FunctionName=reader, ZipFile=package(recorder(signals)))
        return bed.eventually(lambda: seen(signals)) == ["last"]

    return {
        "items": lambda: recorded(bed, table) == ["last"],
        "all writes": lambda: {name: recorded(bed, name) for name in written} == written,
        "unread events": events_arrive,
        "people": lambda: "IdToken" in bed.tokens(app, email),
        "tokens": lambda: answers(url, tokens["IdToken"]),
        "code": lambda: bed.invoke(function)["body"] == "good",
        "files": lambda: file_is_kept(bed, bucket),
        "stacks": lambda: stack_is_kept(bed, stack) and recorded(bed, stacked) == ["last"],
        "mails": lambda: email in [mail["to"] for mail in bed.cloud.mailbox()],
        "messages": lambda: bed.messages(queue) == ["waiting"],
        "topics": lambda: topic in [each["TopicArn"] for each in bed.client("sns").list_topics()["Topics"]],
        "sessions": lambda: "TableNames" in bed.client("dynamodb", **assumed).list_tables(),
    }


def is_written(bed: Bed, told: list[str]) -> bool:
    """Whether the cloud's state files contain all of this."""
    text = "".join(path.read_text() for path in (bed.data / "state").glob("*.json"))
    return all(each in text for each in told)


def make_stack(bed: Bed) -> tuple[str, str]:
    """A stack with a table; returns their names."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    table = {
        "KeySchema": keys,
        "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        "BillingMode": "PAY_PER_REQUEST",
    }
    template = {
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}},
        "Outputs": {"Table": {"Value": {"Ref": "Table"}}},
    }
    stack = unique("stack")
    bed.client("cloudformation").create_stack(StackName=stack, TemplateBody=json.dumps(template))
    bed.client("cloudformation").get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    described = bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return stack, described["Outputs"][0]["OutputValue"]


def stack_is_kept(bed: Bed, stack: str) -> bool:
    described = bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return bool(described["StackStatus"] == "CREATE_COMPLETE")


def file_is_kept(bed: Bed, bucket: str) -> bool:
    found = bed.client("s3").get_object(Bucket=bucket, Key="a.txt")
    return (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"kept", "text/plain", {"by": "ada"})


def write_in_every_way(bed: Bed) -> list[str]:
    """Names of tables whose items came, changed and went in different ways."""
    client, plain, dropped = bed.client("dynamodb"), bed.table(), bed.table()
    for name in "abcde":
        bed.put(plain, name)
        bed.put(dropped, name)
    keys = {name: {"pk": {"S": "one"}, "sk": {"S": name}} for name in "abcdefg"}
    client.delete_item(TableName=plain, Key=keys["a"])
    client.update_item(
        TableName=plain,
        Key=keys["f"],
        UpdateExpression="SET made = :by",
        ExpressionAttributeValues={":by": {"S": "update"}},
    )
    client.batch_write_item(RequestItems={plain: [{"DeleteRequest": {"Key": keys["b"]}}]})
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": plain, "Item": keys["g"]}},
            {"Delete": {"TableName": plain, "Key": keys["c"]}},
        ]
    )
    description = client.describe_table(TableName=dropped)["Table"]
    client.delete_table(TableName=dropped)
    client.create_table(
        TableName=dropped,
        KeySchema=description["KeySchema"],
        AttributeDefinitions=description["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    bed.put(dropped, "new")
    assert (recorded(bed, plain), recorded(bed, dropped)) == (["d", "e", "f", "g"], ["new"])
    return [plain, dropped]


def answers(url: str, token: str) -> bool:
    return requests.get(f"{url}/x", headers={"Authorization": token}, timeout=PATIENCE).text == "good"


@pytest.fixture(scope="module")
def after_a_kill(bed: Bed) -> Kept:
    return killed(bed)


@pytest.fixture(scope="module")
def stock_after_a_kill(stock: Bed) -> Kept:
    return killed(stock)


def killed(bed: Bed) -> Kept:
    kept = build_what_is_kept(bed)
    bed.kill_and_start_again()
    return kept


KEPT = [
    "items",
    "all writes",
    "unread events",
    "people",
    "tokens",
    "code",
    "stacks",
    "mails",
    "messages",
    "topics",
    "sessions",
]


KEPT_BY_MINISTACK = ["files"]


@pytest.mark.parametrize("what", [*KEPT, *KEPT_BY_MINISTACK])
def test_survives_a_kill(after_a_kill: Kept, what: str) -> None:
    assert after_a_kill[what]()


@pytest.mark.parametrize("what", KEPT)
def test_keeping_is_still_needed(stock_after_a_kill: Kept, what: str) -> None:
    try:
        known = stock_after_a_kill[what]()
    except Exception:  # any error shows that it is forgotten
        return
    assert not known, "ministack does this by itself now: see laptop/embedded/checkpoints.py and item_store.py"
