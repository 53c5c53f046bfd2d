"""CloudFormation creates and deletes the replicas that a global table names."""

from __future__ import annotations

from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from laptop.embedded.patching import Function, patch

KIND = "AWS::DynamoDB::GlobalTable"
Properties = dict[str, Any]


@patch(provisioners, "_ddb_global_table_create")
def with_replicas(original: Function, logical_id: str, properties: Properties, stack: str) -> Any:
    name, attributes = original(logical_id, properties, stack)
    _settle(name, properties)
    _protect(name, properties)
    return name, attributes


@patch(provisioners, "_ddb_global_table_update")
def with_other_replicas(original: Function, name: str, before: Properties, after: Properties, stack: str) -> Any:
    result = original(name, before, after, stack)
    _settle(name, after)
    _protect(name, after)
    return result


@patch(provisioners, "_ddb_global_table_delete")
def with_all_replicas(original: Function, name: str, properties: Properties) -> None:
    if name in dynamodb._tables:
        _settle(name, {})
    original(name, properties)


def _settle(name: str, properties: Properties) -> None:
    """In these regions in addition to its own, and no others."""
    here, table = dynamodb.get_region(), dynamodb._tables[name]
    wanted = {replica["Region"] for replica in properties.get("Replicas") or []} - {here}
    there = set(dynamodb._replica_group(table)) - {here}
    updates = [{"Create": {"RegionName": region}} for region in sorted(wanted - there)]
    updates += [{"Delete": {"RegionName": region}} for region in sorted(there - wanted)]
    refused = dynamodb._apply_replica_updates(name, table, updates) if updates else None
    if refused:
        raise ValueError(f"{name} can't be kept in those regions: {refused[2]!r}")


def _protect(name: str, properties: Properties) -> None:
    """From being deleted here; each region has a flag of its own."""
    here = [one for one in properties.get("Replicas") or [] if one["Region"] == dynamodb.get_region()]
    is_protected = any(one.get("DeletionProtectionEnabled") for one in here)
    dynamodb._tables[name]["DeletionProtectionEnabled"] = is_protected


# The handlers were looked up by name before they were replaced.
provisioners._RESOURCE_HANDLERS[KIND].update(
    create=provisioners._ddb_global_table_create,
    update=provisioners._ddb_global_table_update,
    delete=provisioners._ddb_global_table_delete,
)
