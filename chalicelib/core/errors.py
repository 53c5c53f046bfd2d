"""Errors that callers see: the class knows its status, and `responses` turns it into problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypedDict


class FieldError(TypedDict):
    """One invalid field: a JSON pointer to it, and what is wrong."""

    pointer: str
    detail: str


class ProblemError(Exception):
    """An error that the caller is told about in one clear sentence: its class's, or one of its own."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = ""
    retry_after: int | None = None

    def __init__(
        self, detail: str = "", errors: list[FieldError] | None = None, retry_after: int | None = None
    ) -> None:
        self.detail = detail or self.detail
        self.errors, self.retry_after = errors, retry_after or self.retry_after
        super().__init__(self.detail)

    def body(self) -> dict[str, Any]:
        return problem_body(self.status, self.detail, self.errors)


class BadRequestError(ProblemError):
    status = HTTPStatus.BAD_REQUEST


class ParameterError(BadRequestError):
    """A parameter of the query is not what it should be."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"The parameter `{name}` {detail}.", [{"pointer": f"/{name}", "detail": detail}])


class UnauthorizedError(ProblemError):
    status = HTTPStatus.UNAUTHORIZED


class ForbiddenError(ProblemError):
    """The caller may see it, but not do this to it. What they may not even see is a NotFoundError."""

    status = HTTPStatus.FORBIDDEN


class NotFoundError(ProblemError):
    status = HTTPStatus.NOT_FOUND


class NotAcceptableError(ProblemError):
    status = HTTPStatus.NOT_ACCEPTABLE


class ConflictError(ProblemError):
    status = HTTPStatus.CONFLICT


class StaleError(ProblemError):
    status = HTTPStatus.PRECONDITION_FAILED


class TooLargeError(ProblemError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MediaTypeError(ProblemError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooManyError(ProblemError):
    status = HTTPStatus.TOO_MANY_REQUESTS


class InvalidError(ProblemError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PreconditionRequiredError(ProblemError):
    status = HTTPStatus.PRECONDITION_REQUIRED


class UnavailableError(ProblemError):
    status = HTTPStatus.SERVICE_UNAVAILABLE


def problem_body(status: int, detail: str, errors: list[FieldError] | None = None) -> dict[str, Any]:
    """The body as in RFC 9457."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
    return body if errors is None else {**body, "errors": errors}
