"""What is protected from deletion, and what a template may not take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.laptop.closed import closes
from tests.laptop.embedded_support import Bed, unique


@closes("protection")
def a_protected_pool_is_not_deleted(bed: Bed) -> None:
    """Nor one that has a domain."""
    client = bed.client("cognito-idp")
    pool, _ = bed.pool(DeletionProtection="ACTIVE")
    with pytest.raises(ClientError, match="deletion protection is activated"):
        client.delete_user_pool(UserPoolId=pool)
    client.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    domain = unique("domain")
    client.create_user_pool_domain(UserPoolId=pool, Domain=domain)
    with pytest.raises(ClientError, match="has a domain"):
        client.delete_user_pool(UserPoolId=pool)
    client.delete_user_pool_domain(UserPoolId=pool, Domain=domain)
    client.delete_user_pool(UserPoolId=pool)


def _template(**resources: dict[str, Any]) -> str:
    return json.dumps({"Resources": resources})


def _table(name: str, kind: str = "Table", **more: Any) -> dict[str, Any]:
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    properties = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [key],
    }
    return {"Type": f"AWS::DynamoDB::{kind}", "Properties": {**properties, **more}}


def _ended(bed: Bed, stack: str, status: str) -> bool:
    found = bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    return str(found) == status


@closes("protection")
def a_stack_deletes_nothing_that_is_protected(bed: Bed) -> None:
    name, stack, cloud = unique("table"), unique("stack"), bed.client("cloudformation")
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {"DeletionProtection": "ACTIVE"}}
    replicas = [{"Region": bed.cloud.region, "DeletionProtectionEnabled": True}]
    streamed = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}, "Replicas": replicas}
    tables = {
        "Table": _table(name, DeletionProtectionEnabled=True),
        "Global": _table(f"{name}-global", "GlobalTable", **streamed),
    }
    cloud.create_stack(StackName=stack, TemplateBody=_template(Pool=pool, **tables))
    assert bed.eventually(lambda: _ended(bed, stack, "CREATE_COMPLETE"))
    cloud.delete_stack(StackName=stack)
    assert bed.eventually(lambda: _ended(bed, stack, "DELETE_FAILED"))
    there = bed.client("dynamodb").list_tables()["TableNames"]
    assert {name, f"{name}-global"} <= {*there}
    pools = bed.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    assert any(stack in one["Name"] for one in pools)


@closes("protection")
def a_stack_takes_no_table_that_is_there(bed: Bed) -> None:
    table, stack, cloud = bed.table(), unique("stack"), bed.client("cloudformation")
    bed.put(table, "kept")
    cloud.create_stack(StackName=stack, TemplateBody=_template(Table=_table(table)))
    assert bed.eventually(lambda: _ended(bed, stack, "ROLLBACK_COMPLETE"))
    assert bed.client("dynamodb").scan(TableName=table)["Count"] == 1
