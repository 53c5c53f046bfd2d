"""Challenges of a sign-in: only who was asked may answer, with the session of that question."""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

from cloud.embedded.patching import Function, patch

ASKED_WITH_A_SESSION = ("NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP")
LIFETIME = 180.0
_asked: dict[str, tuple[str, str, float]] = {}


@patch(cognito, "_password_auth_result")
def remembered(original: Function, pool: Any, pool_id: str, client_id: str, user: Any, *rest: Any, **more: Any) -> Any:
    response = original(pool, pool_id, client_id, user, *rest, **more)
    session = json.loads(response[2]).get("Session")
    if session:
        _asked[session] = (client_id, user["Username"], time.monotonic() + LIFETIME)
    return response


@patch(cognito, "_respond_to_auth_challenge")
def only_who_was_asked(original: Function, data: dict[str, Any]) -> Any:
    """ministack takes anybody's word for whose challenge he answers, and gives him that person's tokens."""
    if data.get("ChallengeName") not in ASKED_WITH_A_SESSION:
        return original(data)
    given = data.get("ChallengeResponses") or {}
    session = str(data.get("Session"))
    client_id, username, end = _asked.get(session, ("", "", 0.0))
    pool, _ = cognito._pool_for_client(data.get("ClientId"))
    user = cognito._resolve_user(pool, given.get("USERNAME"))[0] if pool else None
    if not user or user["Username"] != username or data["ClientId"] != client_id or time.monotonic() > end:
        return error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
    error = _unfit_password(pool, data["ChallengeName"], given)
    response = error or original(data)
    if response[0] == 200:
        _asked.pop(session, None)
    return response


def _unfit_password(pool: Any, challenge: str, given: dict[str, Any]) -> Any:
    return (
        cognito._validate_password(pool, given.get("NEW_PASSWORD", ""))
        if challenge == "NEW_PASSWORD_REQUIRED"
        else None
    )
