"""IAM as on AWS: policy variables are resolved, and the root key has to sign like any other."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import sts

from cloud.embedded.patching import Function, patch

VARIABLE = re.compile(r"\$\{([^}]+)\}")


@patch(iam_evaluator, "_principal_keys")
def with_cognito_identity(original: Function, credential: Any) -> dict[str, Any]:
    session = sts._sessions.get(credential.access_key_id) or {}
    identity = {"sub": session.get("_identity_id"), "aud": session.get("_identity_pool_id")}
    known = {f"cognito-identity.amazonaws.com:{key}": value for key, value in identity.items() if value}
    return {**original(credential), **known}


@patch(iam_evaluator, "_first_match")
def with_variables(original: Function, context: Any, statements: Sequence[Any], effect: str) -> Any:
    return original(context, [_resolved(statement, context) for statement in statements], effect)


def _resolved(statement: Any, context: Any) -> Any:
    return dataclasses.replace(
        statement,
        resources=_fill(statement.resources, context),
        not_resources=_fill(statement.not_resources, context),
        conditions=_fill(statement.conditions, context),
    )


def _fill(value: Any, context: Any) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: _variable(found, context), value) if "${" in value else value
    if isinstance(value, dict):
        return {key: _fill(inner, context) for key, inner in value.items()}
    return [_fill(inner, context) for inner in value] if isinstance(value, list) else value


def _variable(found: re.Match[str], context: Any) -> str:
    value = iam_evaluator._resolve_condition_key(found[1], context)
    return found[0] if value is None else str(value)  # one that is not known matches nothing


@patch(iam_evaluator, "_is_root_key")
def unsigned_only(original: Function, access_key_id: str) -> bool:
    """Whether to skip the signature check: never for a request that names a key."""
    return not access_key_id


@patch(iam_evaluator, "enforce")
def buckets_are_not_public(
    original: Function, access_key_id: str, iam_action: str, service: str, *rest: Any, **options: Any
) -> Any:
    """Refuse an unsigned request that no bucket's policy decides; ministack serves it as the root user's."""
    if not access_key_id and iam_action in ("s3:ListAllMyBuckets", "s3:CreateBucket"):
        return iam_evaluator.AuthError("AccessDenied", "Access Denied")
    return original(access_key_id, iam_action, service, *rest, **options)
