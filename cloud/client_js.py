"""Generates the browser's REST client from the OpenAPI document, one function per route."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "frontend" / "core" / "api.js"
_HEAD = """\
// The REST client, one function a route: written by `python -m cloud generate` from the OpenAPI document.
// `given` holds path and query parameters by name, and `body`, `ifMatch`, `accept`, `contentType`, `signal`, `fresh`.

import { call } from "./http.js";
"""


def text(document: dict[str, Any]) -> str:
    functions = [
        _function(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return "\n".join([_HEAD, *functions])


def _function(path: str, method: str, operation: dict[str, Any]) -> str:
    query = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    call = {
        "method": method.upper(),
        "path": path,
        "query": query,
        "signedIn": _is_signed_in(operation.get("security", [])),
        **({"body": next(iter(operation["requestBody"]["content"]))} if "requestBody" in operation else {}),
    }
    literal = ", ".join(f"{name}: {json.dumps(value)}" for name, value in call.items())
    start, end = f"export const {operation['operationId']} = (given = {{}}) =>", f"call({{ {literal} }}, given);"
    line = f"{start} {end}" if len(start) + len(end) < 120 else f"{start}\n  {end}"
    return f"/** {_one_line(operation['summary'])} {operation['description']} */\n{line}\n"


def _is_signed_in(security: list[dict[str, Any]]) -> bool | str:
    """Whether to send a token; "maybe" is for those who have one."""
    return "maybe" if {} in security else bool(security)


def _one_line(summary: str) -> str:
    return re.sub(r"\s+", " ", summary).replace("*/", "* /")
