"""Usernames of case-insensitive pools: one person, however their address is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

from laptop.embedded.patching import Function, patch


@patch(cognito, "_resolve_user")
def in_any_case(original: Function, pool: Any, username: Any) -> Any:
    found = original(pool, username)
    if found[0] or _case_counts(pool) or not isinstance(username, str):
        return found
    spellings = [name for name in _names(pool) if name.lower() == username.lower()]
    resolved = (original(pool, name) for name in spellings)
    return next((each for each in resolved if each[0]), found)


def _case_counts(pool: Any) -> bool:
    configuration = pool.get("UsernameConfiguration") or {}
    return str(configuration.get("CaseSensitive", True)).lower() == "true"


def _names(pool: Any) -> Iterator[str]:
    aliases = {*(pool.get("UsernameAttributes") or []), *(pool.get("AliasAttributes") or [])}
    for user in list(pool["_users"].values()):
        yield user["Username"]
        yield from (each["Value"] for each in user["Attributes"] if each["Name"] in aliases)


@patch(cognito, "_new_user_error")
def taken_in_any_case(original: Function, pool: Any, username: str, attributes: Any) -> Any:
    """Refuse a name that differs from another's only in case; ministack does so for addresses only."""
    error = original(pool, username, attributes)
    if error or _case_counts(pool) or pool.get("UsernameAttributes") or not cognito._resolve_user(pool, username)[0]:
        return error
    return error_response_json("UsernameExistsException", "User already exists.", 400)
