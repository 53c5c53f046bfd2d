"""CloudWatch Logs of limited size: a function's latest calls stay in memory, its errors go to the cloud's log."""

from __future__ import annotations

import logging
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

from laptop.embedded.patching import Function, patch

STREAMS = 100  # ministack opens one per invocation
log = logging.getLogger(__name__)


@patch(lambda_svc, "_emit_lambda_logs")
def bounded(
    original: Function, function: Any, request_id: str, text: str, error: bool, milliseconds: int, **options: Any
) -> None:
    original(function, request_id, text, error, milliseconds, **options)
    if error:
        log.error("%s failed:\n%s", (function.get("config") or function).get("FunctionName"), text)
    for group in list(cloudwatch_logs._log_groups.values()):
        streams = group["streams"]
        for name in list(streams)[:-STREAMS]:
            streams.pop(name, None)


@patch(cloudwatch_logs, "get_state")
def nothing(original: Function) -> dict[str, Any]:
    return {}
