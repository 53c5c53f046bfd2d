"""Cognito as on AWS: random codes, verified addresses, its trigger, and ID tokens only at the gateway."""

from __future__ import annotations

import json
import secrets
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import apigateway_v1, cognito, lambda_svc

from laptop.embedded.patching import Function, patch

NO_ADDRESS = "Cannot reset password for the user as there is no registered/verified email or phone_number"
CODES = {"email": "_confirmation_code", "password": "_reset_code", "address": "_address_code"}
Data = dict[str, Any]

_signed_in_at: ContextVar[int | None] = ContextVar("signed_in_at", default=None)


@patch(cognito, "_send_verification_email")
def with_a_code_of_its_own(
    original: Function, pool: Any, username: str, attributes: Any, code: str, attribute_name: str = "email"
) -> Any:
    """Replace the constant code by a random one, in the mail and where it is checked."""
    user, _ = cognito._resolve_user(pool, username)
    if user:
        code = f"{secrets.randbelow(1_000_000):06}"
        user[CODES[attribute_name]] = code
    return original(pool, username, attributes, code, attribute_name)


@patch(cognito, "_confirm_sign_up")
def with_verified_address(original: Function, data: Data) -> Any:
    response = original(data)
    if response[0] == 200:
        user = _user(data)
        verified = [{"Name": "email_verified", "Value": "true"}]
        user["Attributes"] = cognito._merge_attributes(user["Attributes"], verified)
        _call_trigger(data, user)
    return response


def _call_trigger(data: Data, user: Any) -> None:
    pool, pool_id = cognito._pool_for_client(data["ClientId"])
    arn = (pool.get("LambdaConfig") or {}).get("PostConfirmation")
    if arn:
        attributes = cognito._attr_list_to_dict(user["Attributes"])
        source = "PostConfirmation_ConfirmSignUp"
        event = cognito._build_presignup_event(pool_id, data["ClientId"], user["Username"], attributes, source)
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        execution = lambda_svc._execution_record_for_config(function, config)
        lambda_svc._execute_function_with_config_scope(execution, {**event, "response": {}})


@patch(cognito, "_resend_confirmation_code")
def only_before_confirmation(original: Function, data: Data) -> Any:
    user = _user(data)
    if user and user["UserStatus"] == "CONFIRMED":
        return error_response_json("InvalidParameterException", "User is already confirmed.", 400)
    return original(data)


@patch(cognito, "_forgot_password")
def only_to_a_verified_address(original: Function, data: Data) -> Any:
    user = _user(data)
    if user and cognito._attr_list_to_dict(user["Attributes"]).get("email_verified") != "true":
        return error_response_json("InvalidParameterException", NO_ADDRESS, 400)
    return original(data)


def _user(data: Data) -> Any:
    pool, _ = cognito._pool_for_client(data.get("ClientId"))
    return cognito._resolve_user(pool, data.get("Username"))[0] if pool else None


@patch(cognito, "_oauth2_token")
def with_groups_after_a_refresh(original: Function, *request: Any, **options: Any) -> Any:
    """Refresh hosted sign-ins like all others: ministack's own way for them loses the groups."""
    status, headers, body = original(*request, **options)
    if status == 200:
        cognito._refresh_tokens.pop(json.loads(body).get("refresh_token"), None)
    return status, headers, body


@patch(cognito, "_refresh_auth_result")
def of_the_same_sign_in(original: Function, pool: Any, pool_id: str, client_id: str, refresh_token: str) -> Any:
    """Renewed tokens say when the person signed in, not when they were renewed."""
    before = _signed_in_at.set(cognito._token_claims(refresh_token).get("iat"))
    try:
        return original(pool, pool_id, client_id, refresh_token)
    finally:
        _signed_in_at.reset(before)


@patch(cognito, "_apply_pretoken_trigger")
def with_the_time_of_the_sign_in(original: Function, *, claims: Data, **given: Any) -> Any:
    if (at := _signed_in_at.get()) and "auth_time" in claims:
        claims["auth_time"] = at
    return original(claims=claims, **given)


@patch(apigateway_v1, "_validate_cognito_authorizer")
async def id_tokens_only(original: Function, authorizer: Any, method: Any, *request: Any) -> Any:
    claims, error = await original(authorizer, method, *request)
    if claims and not method.get("authorizationScopes") and claims.get("token_use") != "id":
        return None, apigateway_v1._gw_error("UNAUTHORIZED", "Unauthorized")
    return claims, error
