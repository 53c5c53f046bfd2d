"""Errors as Chalice responses."""

from __future__ import annotations

import json

from chalice.app import Response

from chalicelib.core.errors import FieldError, ProblemError, problem_body


def refused(error: ProblemError) -> Response:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return problem(error.status, error.detail, error.errors, headers)


def problem(
    status: int, detail: str, errors: list[FieldError] | None = None, headers: dict[str, str] | None = None
) -> Response:
    body = problem_body(status, detail, errors)
    return Response(json.dumps(body), {"Content-Type": "application/problem+json", **(headers or {})}, int(status))
