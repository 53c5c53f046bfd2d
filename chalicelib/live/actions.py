"""What a client can ask for on its socket: features register actions like routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.core import aws, bounds, log, schemas
from chalicelib.core.errors import BadRequestError, ProblemError, UnauthorizedError, UnavailableError
from chalicelib.core.person import SignIn
from chalicelib.core.who import parameters

MOST_BYTES = 32 * 1024
_LONGEST_CLIENT_ID = 64

Action = Callable[..., dict[str, Any] | None]


class _Registered(NamedTuple):
    takes: str
    bound: bounds.Bound
    do: Action


_actions: dict[str, _Registered] = {}


def action(name: str, takes: str, bound: bounds.Bound) -> Callable[[Action], Action]:
    """The function gets the person's id and the checked body, and the `permit` if it takes one, to put into its own
    transaction. What it returns, if anything, is the answer.
    """

    def register(do: Action) -> Action:
        _actions[name] = _Registered(takes, bound, do)
        return do

    return register


def handle(text: str, sign_in_of: Callable[[], SignIn | None]) -> dict[str, Any] | None:
    """The answer to any message. No message closes the client's socket."""
    asked: dict[str, Any] = {}
    try:
        asked = _read(text)
        if asked.get("action") == "ping":
            return {"type": "pong"}
        return _do(asked, sign_in_of)
    except ProblemError as problem:
        return _error(problem, asked)
    except Exception as error:
        log.failure(error)
        if isinstance(error, aws.Failure) and aws.is_throttled(error):
            return _error(UnavailableError("Too much is going on right now: try again in a moment."), asked)
        return _error(ProblemError("Something went wrong on our side; it was not your request."), asked)


def _do(asked: dict[str, Any], sign_in_of: Callable[[], SignIn | None]) -> dict[str, Any] | None:
    registered = _actions.get(str(asked.get("action")))
    if not registered:
        known = ", ".join(["ping", *_actions])
        raise BadRequestError(f"There is no such action. Actions: {known}.")
    body = {name: value for name, value in asked.items() if name != "action"}
    schemas.check(registered.takes, body)
    sign_in = sign_in_of()
    if not sign_in:
        raise UnauthorizedError("This socket is no longer valid: open a new one with a new ticket.")
    permit, asks = bounds.once(sign_in, registered.bound), "permit" in parameters(registered.do)
    with bounds.counted(permit, by_itself=not asks):
        return registered.do(sign_in.person, body, permit) if asks else registered.do(sign_in.person, body)


def _read(text: str) -> dict[str, Any]:
    if len(text) > MOST_BYTES:
        raise BadRequestError(f"A message has at most {MOST_BYTES} characters.")
    value = schemas.from_json(text)
    if not isinstance(value, dict):
        raise BadRequestError('A message is a JSON object: {"action": …}.')
    return value


def _error(problem: ProblemError, asked: dict[str, Any]) -> dict[str, Any]:
    """With the client's own id, so it knows what failed."""
    client_id = asked.get("clientId")
    known = {"clientId": client_id} if isinstance(client_id, str) and len(client_id) <= _LONGEST_CLIENT_ID else {}
    return {**problem.body(), **known, "type": "error"}
