"""A harmless call for everything any function is granted, and for a few things that none may ever do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cloud import rights
from cloud.template import TABLES, of_type
from tests.support.credentials import Clients
from tests.support.template import template

DECLARED = rights.declared()["functions"]
Grant = tuple[str, str]  # an action and its resource
Attempts = dict[Grant, Callable[[], Any]]
# For one topic a message about nothing, for the other no socket at all. What fails would fill the failures queue.
NOTHING = '{"person": "-", "id": "-", "slug": "-", "connections": [], "text": "-"}'
_NEVER = {"ConditionExpression": "attribute_exists(neverThere)"}
# Functions consume what is sent here, so nothing else should; or it has no resource and costs money.
_UNTRIED = {
    "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
    "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage",
    "comprehend:DetectDominantLanguage", "polly:SynthesizeSpeech", "translate:TranslateText",
}  # fmt: skip


def granted(function: str, outputs: dict[str, str]) -> list[Grant]:
    statements = rights.policy(function, DECLARED[function]["grants"], outputs)["Statement"]
    return [
        (action, resource)
        for statement in statements
        for action in _all(statement["Action"])
        for resource in _all(statement["Resource"])
    ]


def attempts(clients: Clients, outputs: dict[str, str]) -> Attempts:
    """Each once, whoever may do it; a `*` stands for something that doesn't exist."""
    every = {grant for function in DECLARED for grant in granted(function, outputs)}
    found = {(action, resource.replace("*", "nothing")) for action, resource in every if action not in _UNTRIED}
    made = {(action, resource): _attempt(clients, action, resource, outputs) for action, resource in sorted(found)}
    return {grant: call for grant, call in made.items() if call}


def _all(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _attempt(clients: Clients, action: str, resource: str, outputs: dict[str, str]) -> Callable[[], Any] | None:
    service, _, operation = action.partition(":")
    match service:
        case "dynamodb":
            return _on_a_table(clients("dynamodb"), operation, *_table_in(resource))
        case "s3":
            return _on_files(clients("s3"), operation, *resource.rpartition(":")[2].partition("/")[::2])
        case "sns":
            return lambda: clients("sns").publish(TopicArn=resource, Message=NOTHING)
        case "sqs":
            queue = resource.rpartition(":")[2]
            address = outputs["FailuresUrl"].rpartition("/")[0] + f"/{queue}"
            return lambda: clients("sqs").get_queue_attributes(QueueUrl=address, AttributeNames=["All"])
        case "execute-api":
            return _on_a_socket(clients, *resource.split(":")[5].split("/")[:3])
        case "cloudfront":
            paths = {"Paths": {"Quantity": 1, "Items": ["/nothing"]}, "CallerReference": "a-test"}
            distribution = outputs["DistributionId"]
            return lambda: clients("cloudfront").create_invalidation(
                DistributionId=distribution, InvalidationBatch=paths
            )
        case "cognito-idp":
            return lambda: clients(service).admin_delete_user(UserPoolId=outputs["UserPoolId"], Username="nobody")
        case "ses":
            return _mail(clients, outputs["MailSender"]) if ":identity/" in resource else None
    return None


def _mail(clients: Clients, sender: str) -> Callable[[], Any]:
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["nobody@example.com"]}
    return lambda: clients("sesv2").send_email(FromEmailAddress=sender, Destination=to, Content=content)


def _table_in(resource: str) -> tuple[str, str]:
    name, _, index = resource.partition(":table/")[2].partition("/index/")
    return name, index


def _on_a_table(dynamodb: Any, operation: str, table: str, index: str) -> Callable[[], Any]:
    described = _described(table)
    key = _dummy(described, described["KeySchema"])
    asked = {"TableName": table, "Key": key}
    match operation:
        case "GetItem":
            return lambda: dynamodb.get_item(**asked)
        case "BatchGetItem":
            return lambda: dynamodb.batch_get_item(RequestItems={table: {"Keys": [key]}})
        case "Query":
            return lambda: dynamodb.query(**_query(described, table, index))
        case "PutItem":
            return lambda: dynamodb.put_item(TableName=table, Item=key, **_NEVER)
        case "UpdateItem":
            return lambda: dynamodb.update_item(**asked, UpdateExpression="REMOVE neverThere", **_NEVER)
        case "DeleteItem":
            return lambda: dynamodb.delete_item(**asked)
        case "ConditionCheckItem":
            return lambda: dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": {**asked, **_NEVER}}])
    raise AssertionError(f"no attempt for {operation}")


def _described(table: str) -> dict[str, Any]:
    """As in the template, by the end of its name."""
    ending = {f"-{one['Properties']['TableName']['Sub'].rpartition('-')[2]}": one for one in _tables()}
    described: dict[str, Any] = next(one for end, one in ending.items() if table.endswith(end))["Properties"]
    return described


def _tables() -> Iterator[dict[str, Any]]:
    yield from of_type(template(), *TABLES).values()


def _dummy(described: dict[str, Any], schema: list[dict[str, str]]) -> dict[str, Any]:
    kinds = {one["AttributeName"]: one["AttributeType"] for one in described["AttributeDefinitions"]}
    names = [part["AttributeName"] for part in schema]
    return {name: {"N": "99"} if kinds[name] == "N" else {"S": "nothing"} for name in names}


def _query(described: dict[str, Any], table: str, index: str) -> dict[str, Any]:
    indexes = described.get("GlobalSecondaryIndexes", []) + described.get("LocalSecondaryIndexes", [])
    schemas = {one["IndexName"]: one["KeySchema"] for one in indexes}
    [(name, value)] = _dummy(described, [(schemas[index] if index else described["KeySchema"])[0]]).items()
    return {
        "TableName": table,
        **({"IndexName": index} if index else {}),
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": name},
        "ExpressionAttributeValues": {":key": value},
    }


def _on_files(s3: Any, operation: str, bucket: str, key: str) -> Callable[[], Any]:
    match operation:
        case "GetObject":
            return lambda: s3.get_object(Bucket=bucket, Key=key)
        case "PutObject":
            return lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"")
        case "DeleteObject":
            return lambda: s3.delete_object(Bucket=bucket, Key=key)
        case "ListBucket":
            return lambda: s3.list_objects_v2(Bucket=bucket, Prefix="nothing/")
        case "ListBucketMultipartUploads":
            return lambda: s3.list_multipart_uploads(Bucket=bucket)
        case "AbortMultipartUpload":
            return lambda: s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId="nothing")
    raise AssertionError(f"no attempt for {operation}")


def _on_a_socket(clients: Clients, api: str, stage: str, method: str) -> Callable[[], Any]:
    def call() -> Any:
        gateway = clients("apigatewaymanagementapi", f"/_aws/execute-api/{api}/{stage}")
        if method == "DELETE":
            return gateway.delete_connection(ConnectionId="nothing=")
        return gateway.post_to_connection(ConnectionId="nothing=", Data=b"{}")

    return call


def forbidden(clients: Clients, outputs: dict[str, str]) -> dict[str, Callable[[], Any]]:
    """What no function may do, whatever is declared. A short, hand-kept list."""
    db, idp, s3, pool = clients("dynamodb"), clients("cognito-idp"), clients("s3"), outputs["UserPoolId"]
    sockets = outputs["SocketsArn"].split(":")[5].partition("/")[0]
    role = {"RoleArn": "arn:aws:iam::000000000000:role/any", "RoleSessionName": "a-test"}
    return {
        "scan the albums": lambda: db.scan(TableName=outputs["AlbumsTable"], Limit=1),
        "scan the people": lambda: db.scan(TableName=outputs["PeopleTable"], Limit=1),
        "list tables": lambda: db.list_tables(),
        "delete a table": lambda: db.delete_table(TableName=outputs["PeopleTable"]),
        "delete a person": lambda: db.delete_item(TableName=outputs["PeopleTable"], Key={"id": {"S": "nothing"}}),
        "make a curator": lambda: idp.admin_add_user_to_group(UserPoolId=pool, Username="x", GroupName="curators"),
        "set a password": lambda: idp.admin_set_user_password(UserPoolId=pool, Username="x", Password="Abcdefg1x"),
        "list people": lambda: idp.list_users(UserPoolId=pool),
        "list buckets": lambda: s3.list_buckets(),
        "read a person's file": lambda: s3.get_object(Bucket=outputs["FilesBucket"], Key="x/y"),
        "put a file into a person's folder": lambda: s3.put_object(
            Bucket=outputs["FilesBucket"], Key="nothing/x", Body=b""
        ),
        "change the pages": lambda: s3.put_object(Bucket=outputs["SiteBucket"], Key="index.html", Body=b""),
        "change what is deployed": lambda: s3.put_object(Bucket=outputs["StateBucket"], Key="x", Body=b""),
        "write beside the uploads": lambda: s3.put_object(Bucket=outputs["UploadsBucket"], Key="nothing", Body=b""),
        "read what failed": lambda: clients("sqs").receive_message(QueueUrl=outputs["FailuresUrl"]),
        "call a function": lambda: clients("lambda").invoke(FunctionName="commonplace"),
        "list roles": lambda: clients("iam").list_roles(),
        "take on a role": lambda: clients("sts").assume_role(**role),
        "send mail as somebody else": _mail(clients, "a@example.com"),
        "send to a socket of another API": _on_a_socket(clients, "another123", "api", "POST"),
        "send to a socket of another stage": _on_a_socket(clients, sockets, "other", "POST"),
    }
