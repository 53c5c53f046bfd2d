"""What holds data is not lost: CloudFormation, too, is refused what is protected, and takes no table that is there."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito, dynamodb
from ministack.services.cloudformation import provisioners

from laptop.embedded.patching import Function, patch

OF_A_TABLE = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
)
OF_A_POOL = (
    "The user pool cannot be deleted because deletion protection is activated. "
    "Deletion protection must be inactivated first."
)
WITH_A_DOMAIN = "User pool cannot be deleted. It has a domain configured that should be deleted first."
Properties = dict[str, Any]


@patch(cognito, "_delete_user_pool")
def unless_protected(original: Function, data: Any) -> Any:
    pool = cognito._user_pools.get(data.get("UserPoolId"), {})
    if pool.get("DeletionProtection") == "ACTIVE":
        return error_response_json("InvalidParameterException", OF_A_POOL, 400)
    if pool.get("Domain") or pool.get("CustomDomain"):
        return error_response_json("InvalidParameterException", WITH_A_DOMAIN, 400)
    return original(data)


@patch(provisioners, "_cognito_user_pool_delete")
def of_a_stack(original: Function, pool: str, properties: Properties) -> None:
    if cognito._user_pools.get(pool, {}).get("DeletionProtection") == "ACTIVE":
        raise ValueError(OF_A_POOL)
    original(pool, properties)


@patch(provisioners, "_ddb_delete")
def of_a_table(original: Function, name: str, properties: Properties) -> None:
    if dynamodb._tables.get(name, {}).get("DeletionProtectionEnabled"):
        raise ValueError(OF_A_TABLE)
    original(name, properties)


@patch(provisioners, "_ddb_create")
def unless_there(original: Function, logical_id: str, properties: Properties, stack: str) -> Any:
    """ministack would put an empty one in its place."""
    if (name := properties.get("TableName")) in dynamodb._tables:
        raise ValueError(f"{name} already exists")
    return original(logical_id, properties, stack)


# The handlers were looked up by name before they were replaced.
provisioners._RESOURCE_HANDLERS["AWS::Cognito::UserPool"]["delete"] = provisioners._cognito_user_pool_delete
provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"].update(
    create=provisioners._ddb_create, delete=provisioners._ddb_delete
)
