"""S3 lets a page read its refusals too: a browser has to see that its key has ended, or its clock is wrong."""

from __future__ import annotations

from typing import Any

from ministack import app as ministack
from ministack.services import s3

from cloud.embedded.patching import Function, patch


@patch(ministack, "_dispatch_service_request")
async def readable_refusals(original: Function, method: str, path: str, headers: dict[str, str], *request: Any) -> Any:
    status, answered, body = await original(method, path, headers, *request)
    target = ministack._s3_cors_target(headers.get("host", ""), path) if status >= 400 else None
    allowed = s3.cors_response_headers(target[0], method, headers) if target else {}
    return status, {**answered, **allowed}, body
