"""Closes what ministack opens to every page in the browser: its reset, its configuration, its internals."""

from __future__ import annotations

import re
from typing import Any

from ministack import app as ministack

from cloud.embedded.patching import Function, patch

INTERNAL = ("/_ministack", "/_localstack")
CALLBACKS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")  # each carries a secret token of its own
LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?")


@patch(ministack, "app")
async def guarded(original: Function, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"].startswith(INTERNAL) and not _may_pass(scope):
        await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
    else:
        await original(scope, receive, send)


def _may_pass(scope: Any) -> bool:
    """Tools on this machine may read; a page may not, nor one that has made its own name point here."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    read_only = scope["method"] == "GET" or scope["path"].startswith(CALLBACKS)
    return read_only and b"origin" not in headers and bool(LOOPBACK.fullmatch(headers.get(b"host", "")))
