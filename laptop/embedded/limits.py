"""Limits attempts with passwords and codes and the number of codes sent, and expires codes."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

from laptop.embedded import attempts
from laptop.embedded.identity import CODES
from laptop.embedded.patching import Function, patch

CLOCK = os.environ.get("EMBEDDED_CLOCK")  # a file that holds the time, for tests of what takes hours
WRONG = "Incorrect username or password."
CLOSED = "Password attempts exceeded"
SPENT = "Attempt limit exceeded, please try after some time."
EXPIRED = "Invalid code provided, please request a code again."
MISMATCH = "Invalid verification code provided, please try again."
BY_PASSWORD = ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
MOST_UNKNOWN = 10_000
Data = dict[str, Any]
_one_at_a_time = threading.RLock()  # a burst of guesses counts like a series
_of_unknown: OrderedDict[tuple[str, str], Data] = OrderedDict()  # unknown names look like all others


def now() -> float:
    return float(Path(CLOCK).read_text()) if CLOCK else time.time()


def _tries(pool: Any, username: Any) -> Data:
    """A person's attempts, stored with the person so that a restart doesn't reset them."""
    user = cognito._resolve_user(pool, username)[0] if pool else None
    return _tries_of(user) if user else _tries_of_nobody(pool, str(username))


def _tries_of(user: Any) -> Data:
    tries: Data = user.setdefault("_tries", {})
    return tries


def _tries_of_nobody(pool: Any, username: str) -> Data:
    key = (pool["Id"] if pool else "", username.lower()[:256])
    tries = _of_unknown.setdefault(key, {})
    _of_unknown.move_to_end(key)
    while len(_of_unknown) > MOST_UNKNOWN:
        _of_unknown.popitem(last=False)
    return tries


# Passwords


def _password_refusal(pool: Any, username: Any, given: Any) -> Any:
    """Before checking a password: the refusal after too many wrong ones. This attempt already counts."""
    user = cognito._resolve_user(pool, username)[0]
    if user and (user.get("UserStatus") == "UNCONFIRMED" or not user.get("Enabled", True)):
        return None  # is refused whatever the password
    is_right = user is not None and (not user.get("_password") or user["_password"] == given)
    return None if _counted(_tries(pool, username), is_right) else _closed()


def _counted(tries: Data, is_right: bool) -> bool:
    """Whether this one counts: none does while the account is locked."""
    with _one_at_a_time:
        kept = tries.setdefault("passwords", {})
        if attempts.is_closed(kept, now()):
            return False
        if is_right:
            kept.clear()
        else:
            attempts.count_wrong(kept, now())
        return True


def _closed() -> Any:
    return error_response_json("NotAuthorizedException", CLOSED, 400)


@patch(cognito, "_initiate_auth")
def by_password(original: Function, data: Data) -> Any:
    return _refusal_of_flow(cognito._pool_for_client(data.get("ClientId"))[0], data) or original(data)


@patch(cognito, "_admin_initiate_auth")
def by_password_for_somebody(original: Function, data: Data) -> Any:
    return _refusal_of_flow(cognito._user_pools.get(data.get("UserPoolId")), data) or original(data)


def _refusal_of_flow(pool: Any, data: Data) -> Any:
    if not pool or data.get("AuthFlow") not in BY_PASSWORD:
        return None
    given = data.get("AuthParameters") or {}
    return _password_refusal(pool, given.get("USERNAME"), given.get("PASSWORD"))


@patch(cognito, "_authenticate_hosted_ui_user")
def on_the_hosted_page(original: Function, pool: Any, username: Any, password: Any) -> Any:
    return (None, f"{CLOSED}.") if _password_refusal(pool, username, password) else original(pool, username, password)


@patch(cognito, "_srp_proof_valid")
def by_proof(original: Function, pool_id: str, user: Any, *rest: Any) -> Any:
    is_right = bool(original(pool_id, user, *rest))
    return _counted(_tries_of(user), is_right) and is_right


@patch(cognito, "_respond_to_password_verifier")
def closed_to_proofs_too(original: Function, data: Data, client_id: str) -> Any:
    block = (data.get("ChallengeResponses") or {}).get("PASSWORD_CLAIM_SECRET_BLOCK") or data.get("Session")
    session = cognito._get_challenge_session(block)[0] if block else None
    pool = cognito._user_pools.get(session["pool_id"]) if session else None
    if not session or not pool:
        return original(data, client_id)
    tries = _tries(pool, session["username"])
    if attempts.is_closed(tries.get("passwords", {}), now()):
        return _closed()
    if not cognito._resolve_user(pool, session["username"])[0]:
        _counted(tries, is_right=False)  # there is nothing to check
    return original(data, client_id)


@patch(cognito, "_change_password")
def with_the_right_one_before(original: Function, data: Data) -> Any:
    user, _ = cognito._user_pool_for_access_token(data.get("AccessToken"))
    previous = data.get("PreviousPassword")
    if user and previous and _is_spent(_tries_of(user), "changes", previous == user.get("_password")):
        return _spent()
    return original(data)


# Codes


def _is_spent(tries: Data, what: str, is_right: bool = False) -> bool:
    """Whether there were too many tries lately. If not, this one counts, or clears earlier ones if it is right."""
    with _one_at_a_time:
        times = tries.setdefault(what, [])
        if attempts.is_spent(times, now()):
            return True
        if is_right:
            times.clear()
        else:
            times.append(now())
        return False


def _spent() -> Any:
    return error_response_json("LimitExceededException", SPENT, 400)


@patch(cognito, "_confirmation_code_error")
def before_a_code_is_taken(original: Function, action: str, data: Data) -> Any:
    kind = {"ConfirmSignUp": "email", "ConfirmForgotPassword": "password"}.get(action)
    pool = cognito._pool_for_client(data.get("ClientId"))[0] if kind else None
    if not kind or not pool:
        return original(action, data)
    user = cognito._resolve_user(pool, data.get("Username"))[0]
    if not user:
        return _spent() if _is_spent(_tries(pool, data.get("Username")), kind) else original(action, data)
    if kind == "email" and user.get("UserStatus") != "UNCONFIRMED":
        return original(action, data)
    return code_refusal(user, kind, data.get("ConfirmationCode"))


def code_refusal(user: Any, kind: str, given: Any) -> Any:
    """Why this code is refused, or None."""
    code = user.get(CODES[kind])
    is_right = bool(code) and given == code
    if _is_spent(_tries_of(user), kind, is_right):
        return _spent()
    if not code or attempts.has_expired(kind, user.get("_sent", {}).get(kind, 0.0), now()):
        return error_response_json("ExpiredCodeException", EXPIRED, 400)
    return None if is_right else error_response_json("CodeMismatchException", MISMATCH, 400)


@patch(cognito, "_send_verification_email")
def from_now_on(original: Function, pool: Any, username: str, *rest: Any, **named: Any) -> Any:
    """A code's lifetime begins when it is sent."""
    sent = original(pool, username, *rest, **named)
    kind = named.get("attribute_name") or (rest[2] if len(rest) > 2 else "email")
    user = cognito._resolve_user(pool, username)[0]
    if user:
        user.setdefault("_sent", {})[kind] = now()
    return sent


@patch(cognito, "_resend_confirmation_code")
def again_so_often(original: Function, data: Data) -> Any:
    return _refusal_to_send(data, "sent again") or original(data)


@patch(cognito, "_forgot_password")
def forgotten_so_often(original: Function, data: Data) -> Any:
    return _refusal_to_send(data, "sent for a password") or original(data)


def _refusal_to_send(data: Data, what: str) -> Any:
    pool = cognito._pool_for_client(data.get("ClientId"))[0]
    return _spent() if pool and _is_spent(_tries(pool, data.get("Username")), what) else None


def sends_no_more(user: Any) -> Any:
    """The refusal to send another code for a new address, or None."""
    return _spent() if _is_spent(_tries_of(user), "sent for an address") else None
