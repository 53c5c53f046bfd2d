"""People's attributes: enforces the pool's schema and the client's permissions; a new address must be verified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import cognito

from laptop.embedded.limits import code_refusal, sends_no_more
from laptop.embedded.patching import Function, patch

NEVER_THEIRS = {"sub", "email_verified", "phone_number_verified"}
STANDARD = set(cognito._STANDARD_ATTRIBUTES_BY_NAME)
EXISTS = "An account with the given email already exists."
Data = dict[str, Any]


@patch(cognito, "_sign_up")
def as_the_client_may(original: Function, data: Data) -> Any:
    pool, _ = cognito._pool_for_client(data.get("ClientId"))
    return (pool and _not_writable(pool, data["ClientId"], _names(data))) or original(data)


@patch(cognito, "_admin_create_user")
def created_by_the_schema(original: Function, data: Data) -> Any:
    return _not_in_the_schema(cognito._user_pools.get(data.get("UserPoolId")), _names(data)) or original(data)


@patch(cognito, "_admin_update_user_attributes")
def changed_by_the_schema(original: Function, data: Data) -> Any:
    pool = cognito._user_pools.get(data.get("UserPoolId"))
    return _not_in_the_schema(pool, _names(data)) or _immutable(pool, _names(data)) or original(data)


def _names(data: Data) -> list[str]:
    return [str(each.get("Name")) for each in data.get("UserAttributes") or []]


def _schema(pool: Any) -> dict[str, Any]:
    return {each["Name"]: each for each in cognito._ensure_schema_attributes(pool)["SchemaAttributes"]}


def _not_in_the_schema(pool: Any, names: Iterable[str]) -> Any:
    unknown = [name for name in names if name not in _schema(pool)] if pool else []
    return _invalid(f"{unknown[0]}: Attribute does not exist in the schema.") if unknown else None


def _immutable(pool: Any, names: Iterable[str]) -> Any:
    fixed = [name for name in names if not _schema(pool)[name]["Mutable"]] if pool else []
    return _invalid(f"Cannot modify the non-mutable attribute {fixed[0]}") if fixed else None


def _not_writable(pool: Any, client_id: str, names: list[str]) -> Any:
    """The refusal of attributes that a person may not write with this client."""
    writable = set(pool["_clients"].get(client_id, {}).get("WriteAttributes") or STANDARD) - NEVER_THEIRS
    unknown = _not_in_the_schema(pool, names)
    if unknown or writable.issuperset(names):
        return unknown
    return error_response_json("NotAuthorizedException", "A client attempted to write unauthorized attribute", 400)


def _invalid(message: str) -> Any:
    return error_response_json("InvalidParameterException", message, 400)


# Changed addresses


@patch(cognito, "_update_user_attributes")
def proved_before_it_counts(original: Function, data: Data) -> Any:
    user, pool = cognito._user_pool_for_access_token(data.get("AccessToken"))
    if not user:
        return original(data)
    client_id = cognito._token_claims(data["AccessToken"]).get("client_id")
    error = _not_writable(pool, client_id, _names(data)) or _immutable(pool, _names(data))
    known, given = (cognito._attr_list_to_dict(each) for each in (user["Attributes"], data.get("UserAttributes") or []))
    address = given.pop("email", None)
    is_new = address not in (None, known.get("email"))
    error = error or ((_unusable(pool, user, address) or sends_no_more(user)) if is_new else None)
    if error:
        return error
    if is_new and not _waits(pool):
        given |= {"email": address, "email_verified": "false"}
    if given.get("phone_number", known.get("phone_number")) != known.get("phone_number"):
        given["phone_number_verified"] = "false"
    if address is not None:
        _forget_code(user)
    response = original({**data, "UserAttributes": cognito._dict_to_attr_list(given)})
    if is_new and (_waits(pool) or "email" in (pool.get("AutoVerifiedAttributes") or [])):
        return json_response({"CodeDeliveryDetailsList": [_send_code(pool, user, address)]})
    return response


def _waits(pool: Any) -> bool:
    """Whether the old address stays until the new one is verified."""
    settings = pool.get("UserAttributeUpdateSettings") or {}
    return "email" in (settings.get("AttributesRequireVerificationBeforeUpdate") or [])


def _unusable(pool: Any, user: Any, address: Any) -> Any:
    if not cognito._USERNAME_EMAIL_RE.fullmatch(str(address)):
        return _invalid("Invalid email address format.")
    signs_in = "email" in [*(pool.get("UsernameAttributes") or []), *(pool.get("AliasAttributes") or [])]
    other = cognito._resolve_user(pool, address)[0] if signs_in else None
    taken = other is not None and other is not user
    return error_response_json("AliasExistsException", EXISTS, 400) if taken else None


def _send_code(pool: Any, user: Any, address: str) -> dict[str, str]:
    user["_unproved_address"] = address
    cognito._send_verification_email(pool, user["Username"], {"email": address}, "", "address")
    destination = cognito._masked_destination(address)
    return {"Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def _forget_code(user: Any) -> None:
    for name in "_unproved_address", "_address_code":
        user.pop(name, None)


def send_again(data: Data) -> Any:
    """GetUserAttributeVerificationCode."""
    user, pool = cognito._user_pool_for_access_token(data.get("AccessToken"))
    refusal = _not_about_an_address(user, data)
    if refusal:
        return refusal
    address = user.get("_unproved_address") or cognito._attr_list_to_dict(user["Attributes"]).get("email")
    if not address:
        return _invalid("The user has no email.")
    refusal = sends_no_more(user)
    return refusal or json_response({"CodeDeliveryDetails": _send_code(pool, user, address)})


def verify(data: Data) -> Any:
    """VerifyUserAttribute."""
    user, pool = cognito._user_pool_for_access_token(data.get("AccessToken"))
    refusal = _not_about_an_address(user, data) or code_refusal(user, "address", data.get("Code"))
    refusal = refusal or _unusable(pool, user, user["_unproved_address"])
    if refusal:
        return refusal
    proved = {"email": user["_unproved_address"], "email_verified": "true"}
    user["Attributes"] = cognito._merge_attributes(user["Attributes"], cognito._dict_to_attr_list(proved))
    user["UserLastModifiedDate"] = cognito._now_epoch()
    _forget_code(user)
    return json_response({})


def _not_about_an_address(user: Any, data: Data) -> Any:
    if not user:
        return error_response_json("NotAuthorizedException", "Invalid Access Token", 400)
    return None if data.get("AttributeName") == "email" else _invalid("Only email is verified by a code here.")


ACTIONS = {"VerifyUserAttribute": verify, "GetUserAttributeVerificationCode": send_again}
cognito._UNSIGNED_IDP_ACTIONS.update(ACTIONS)


@patch(cognito, "_dispatch_idp")
async def with_verification(original: Function, action: str, data: Data) -> Any:
    if action not in ACTIONS:
        return await original(action, data)
    return await cognito.run_reentrant(cognito._run_idp_handler, ACTIONS[action], action, data, thread_name=action)


@patch(cognito, "_fake_token")
def unverified_unless_proved(original: Function, *place: Any, user_attrs: Any = None, **options: Any) -> Any:
    """ministack takes an address of unknown state for verified; the token must say it is not."""
    said = {"email_verified": "false", **user_attrs} if "email" in (user_attrs or {}) else user_attrs
    return original(*place, user_attrs=said, **options)
