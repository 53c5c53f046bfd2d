"""IAM as on AWS: policy variables are resolved, the root key must sign like any other, and anonymous is not root."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from ministack import app as ministack
from ministack.core import iam_evaluator
from ministack.services import sts

from laptop.embedded.patching import Function, patch

VARIABLE = re.compile(r"\$\{([^}]+)\}")
NOBODY = iam_evaluator.AuthError("MissingAuthenticationToken", "Request is missing Authentication Token")


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
    return found[0] if value is None else str(value)  # an unknown one matches nothing


@patch(iam_evaluator, "_is_root_key")
def unsigned_only(original: Function, access_key_id: str) -> bool:
    """Whether to skip the signature check: never for a request that names a key."""
    return not access_key_id


@patch(iam_evaluator, "resolve_principal")
def nobody_is_root(original: Function, access_key_id: str, *rest: Any) -> Any:
    """ministack treats requests without a key, in whatever spelling, as the root user's."""
    return original(access_key_id, *rest) if access_key_id else NOBODY


@patch(iam_evaluator, "enforce")
def unsigned_where_it_may_be(
    original: Function, access_key_id: str, iam_action: str, service: str, *rest: Any, **options: Any
) -> Any:
    """`signatures` lets few unsigned requests through to here, and their services decide on them."""
    if access_key_id or iam_evaluator._signed_request.get():
        return original(access_key_id, iam_action, service, *rest, **options)
    decides_itself = service == "s3" or iam_action == "execute-api:Invoke"
    return None if decides_itself or iam_evaluator._served_unsigned(service, iam_action) else NOBODY


@patch(iam_evaluator, "_fnmatch_compile")
def over_all_letters(original: Function, pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A star also matches a newline, as file names may contain one."""
    found: re.Pattern[str] = original(pattern, ignore_case)
    return re.compile(found.pattern.removesuffix("$") + r"\Z", found.flags | re.DOTALL)


@patch(ministack, "pin_request_origin")
def as_if_over_tls(original: Function, address: str, is_over_tls: bool) -> None:
    """This machine's own address needs no TLS, and a policy that demands it would let nobody in."""
    original(address, True)
