"""CloudWatch Logs of limited size, written with the function's own rights; errors go to the cloud's log, too."""

from __future__ import annotations

import logging
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import cloudwatch_logs, lambda_svc

from laptop.embedded.patching import Function, patch

STREAMS = 100  # ministack opens one per invocation
log = logging.getLogger(__name__)


@patch(lambda_svc, "_emit_lambda_logs")
def bounded(
    original: Function, function: Any, request_id: str, text: str, error: bool, milliseconds: int, **options: Any
) -> None:
    config = function.get("config") or function
    if error:
        log.error("%s failed:\n%s", config.get("FunctionName"), text)
    if not _may_write(config):
        log.error("%s may not write its log", config.get("FunctionName"))
        return
    original(function, request_id, text, error, milliseconds, **options)
    for group in list(cloudwatch_logs._log_groups.values()):
        streams = group["streams"]
        for name in list(streams)[:-STREAMS]:
            streams.pop(name, None)


def _may_write(config: Any) -> bool:
    """Lambda writes a log with the function's role; without the right nothing is written, and nobody is told."""
    _, partition, _, region, account, _, name = str(config["FunctionArn"]).split(":")[:7]
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    asked = iam_evaluator.EvalContext(
        principal_arn=config["Role"],
        principal_type="AssumedRole",
        principal_account=account,
        action="logs:PutLogEvents",
        resource_arn=f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:any",
        region=region,
    )
    policies = iam_evaluator._gather_role_policies(config["Role"].rpartition("/")[2], account)
    return bool(iam_evaluator.evaluate(asked, policies).decision == "Allow")


@patch(cloudwatch_logs, "get_state")
def nothing(original: Function) -> dict[str, Any]:
    return {}
