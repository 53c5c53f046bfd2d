"""Identity pools: only a person's own valid token opens their identity."""

from __future__ import annotations

import time
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito, sts

from laptop.embedded.patching import Function, patch

ISSUER = "cognito-identity.amazonaws.com"
NO_GUESTS = "Unauthenticated access is not supported for this identity pool."
NO_ROLE = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
NO_CLASSIC_FLOW = "Basic (classic) flow is not enabled, please use enhanced flow."
Data = dict[str, Any]


@patch(cognito, "_identity_logins_error")
def known_people_only(original: Function, pool: Any, identity_id: str | None, logins: Any) -> Any:
    error = original(pool, identity_id, logins)
    if error:
        return error
    if not logins:
        return None if _is_on(pool, "AllowUnauthenticatedIdentities") else _not_authorized(NO_GUESTS)
    ended = [provider for provider, token in logins.items() if _has_ended(pool, provider, token)]
    return _not_authorized("Invalid login token. The user or the session is gone.") if ended else None


def _is_on(settings: Any, name: str) -> bool:
    return str(settings.get(name)).lower() == "true"


def _not_authorized(message: str) -> Any:
    return error_response_json("NotAuthorizedException", message, 400)


def _has_ended(pool: Any, provider: str, token: str) -> bool:
    """Whether the user pool, if it is asked (`ServerSideTokenCheck`), says the session has ended."""
    asked = [each for each in pool.get("CognitoIdentityProviders") or [] if each.get("ProviderName") == provider]
    if not any(_is_on(each, "ServerSideTokenCheck") for each in asked):
        return False
    claims = cognito._token_claims(token)
    people = cognito._get_pool_unscoped(provider.rpartition("/")[2]) or {}
    user = people.get("_users", {}).get(claims.get("cognito:username"))
    return not user or not user.get("Enabled", True) or claims.get("origin_jti") in cognito._revoked_tokens


@patch(cognito, "_get_credentials_for_identity")
def of_a_known_identity(original: Function, data: Data) -> Any:
    """Give what the pool's role for this person gives; ministack invents identities and roles that don't exist."""
    identity_id, logins = data.get("IdentityId"), data.get("Logins") or {}
    pool = _pool_of(identity_id)
    if pool is None:
        return error_response_json("ResourceNotFoundException", f"Identity '{identity_id}' not found.", 400)
    refusal = cognito._identity_logins_error(pool, identity_id, logins)
    if refusal:
        return refusal
    role = (pool.get("_roles") or {}).get("authenticated" if logins else "unauthenticated")
    if not role or _is_not_trusted(role, pool, identity_id, logins):
        return error_response_json("InvalidIdentityPoolConfigurationException", NO_ROLE, 400)
    return original(data)


def _pool_of(identity_id: Any) -> Any:
    pools = list(cognito._identity_pools.values())
    return next((pool for pool in pools if str(identity_id) in pool["_identities"]), None)


def _is_not_trusted(role: str, pool: Any, identity_id: Any, logins: Any) -> bool:
    """Whether the role's trust policy excludes this identity of the pool."""
    claims = {
        "iss": f"https://{ISSUER}",
        "aud": pool["IdentityPoolId"],
        "sub": identity_id,
        "amr": cognito._identity_login_fields(logins)[0],
        "exp": time.time() + 60,
    }
    asked = {"WebIdentityToken": [cognito._signed_jwt(claims)]}
    return sts._web_identity_trust_denied(role, asked, True) is not None


@patch(cognito, "_get_open_id_token")
def in_the_classic_flow_only(original: Function, data: Data) -> Any:
    pool = _pool_of(data.get("IdentityId"))
    if pool and not _is_on(pool, "AllowClassicFlow"):
        return error_response_json("InvalidParameterException", NO_CLASSIC_FLOW, 400)
    return original(data)


@patch(sts, "_web_identity_trust_denied")
def by_a_signed_token(original: Function, role_arn: str, params: Any, use_json: bool) -> Any:
    """Assume a role with a token that was issued here; ministack believes any token."""
    token = sts._p(params, "WebIdentityToken")
    expires = cognito._token_claims(token).get("exp")
    good = cognito._signature_valid(token) and isinstance(expires, int | float) and time.time() < expires
    return original(role_arn, params if good else {}, use_json)
