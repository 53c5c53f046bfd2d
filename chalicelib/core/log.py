"""One JSON line per invocation: what was requested and how it ended, never who asked or what was said."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from typing import Any

_failure: str | None = None
_notes: dict[str, Any] = {}


def note(**facts: Any) -> None:
    """Numbers worth logging beyond the status."""
    _notes.update(facts)


def failure(error: BaseException) -> None:
    """Note a failure for this invocation's line: places in the code, no values."""
    global _failure
    frames = traceback.extract_tb(error.__traceback__)
    _failure = f"{type(error).__name__} at " + " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames[-8:]))


def invocation(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Chalice middleware around every handler."""
    global _failure
    _failure, started = None, time.perf_counter()
    _notes.clear()
    status: int | str = "error"
    try:
        response = get_response(event)
        status = getattr(response, "status_code", "ok")
        return response
    except Exception as error:
        failure(error)
        raise
    finally:
        line = {**_described(event), "status": status, "ms": round((time.perf_counter() - started) * 1000, 1), **_notes}
        print(json.dumps({**line, "failure": _failure} if _failure else line), flush=True)


def _described(event: Any) -> dict[str, Any]:
    context = getattr(event, "lambda_context", None) or getattr(event, "context", None)
    if hasattr(event, "method"):
        what: dict[str, Any] = {"route": f"{event.method} {event.path}"}
    else:
        what = {"event": type(event).__name__, "function": getattr(context, "function_name", None)}
    return {"requestId": getattr(context, "aws_request_id", None), **what}
