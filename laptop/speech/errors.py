"""The two services' refusals, under the names that their clients know."""

from __future__ import annotations

from typing import Any


class ServiceError(Exception):
    """Answered as AWS does; `details` are further members of the error's shape."""

    def __init__(self, code: str, message: str, status: int = 400, **details: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.body: dict[str, Any] = {"__type": code, "message": message, "Message": message, **details}


def invalid(name: str, value: object, wanted: str) -> ServiceError:
    """A value that the API's model does not allow."""
    said = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}"
    return ServiceError("ValidationException", said)


def text_of(request: dict[str, Any], name: str, default: str | None = None) -> str:
    """A member that must be a string."""
    value = request.get(name, default)
    if not isinstance(value, str):
        raise invalid(name[0].lower() + name[1:], value, "Member must be a string")
    return value
