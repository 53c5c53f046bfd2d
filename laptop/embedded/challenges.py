"""Sign-in challenges: only the person who was challenged may answer, and only that challenge."""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

from laptop.embedded.patching import Function, patch

NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"
ASKED_AFTER_A_PASSWORD = (NEW_PASSWORD, "SOFTWARE_TOKEN_MFA", "MFA_SETUP")
LIFETIME = 180.0
_asked: dict[str, tuple[str, str, str]] = {}  # by session: the challenge, the client, the person
_ends: dict[str, float] = {}


@patch(cognito, "_password_auth_result")
def remembered(original: Function, pool: Any, pool_id: str, client_id: str, user: Any, *rest: Any, **more: Any) -> Any:
    response = original(pool, pool_id, client_id, user, *rest, **more)
    answer = json.loads(response[2])
    if "Session" in answer:
        _asked[answer["Session"]] = (answer["ChallengeName"], client_id, user["Username"])
        _ends[answer["Session"]] = time.monotonic() + LIFETIME
    return response


@patch(cognito, "_respond_to_auth_challenge")
def only_who_was_asked(original: Function, data: dict[str, Any]) -> Any:
    """ministack lets anybody answer for anybody, and gives them that person's tokens."""
    challenge, session = data.get("ChallengeName"), str(data.get("Session"))
    if challenge not in ASKED_AFTER_A_PASSWORD:
        return original(data)
    _forget_old_ones()
    pool, _ = cognito._pool_for_client(data.get("ClientId"))
    given = data.get("ChallengeResponses") or {}
    user = cognito._resolve_user(pool, given.get("USERNAME"))[0] if pool else None
    if not user or _asked.get(session) != (challenge, data["ClientId"], user["Username"]):
        return error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
    unfit = cognito._validate_password(pool, given.get("NEW_PASSWORD", "")) if challenge == NEW_PASSWORD else None
    response = unfit or original(data)
    if response[0] == 200:
        _asked.pop(session, None)
    return response


def _forget_old_ones() -> None:
    for session in [session for session, end in list(_ends.items()) if end < time.monotonic()]:
        _asked.pop(session, None)
        _ends.pop(session, None)
