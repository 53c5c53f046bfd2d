"""What a call asks for, as on AWS: all of Lambda's operations, rules of the default bus, `*` where nothing is named."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from ministack.core import iam_actions

from laptop.embedded.patching import Function, patch
from laptop.embedded.stack_calls import ANYWHERE

iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]
_OTHERWISE = {"Invoke": "InvokeFunction", "GetLayerVersionByArn": "GetLayerVersion"}


@patch(iam_actions, "_lambda_action")
def by_its_route(original: Function, method: str, path: str) -> str | None:
    found: str | None = iam_actions._match_rest_action("lambda", method, path) or original(method, path)
    return _OTHERWISE.get(found, found) if found else None


@patch(iam_actions, "extract_resource_arn")
def as_aws_names_it(
    original: Function, service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any
) -> str:
    query, region, account = rest
    action = iam_actions.extract_iam_action(service, method, path, headers, body, query)
    if action in ANYWHERE:
        return "*"
    if action == "lambda:CreateFunction" and (name := _field(body, "FunctionName")):
        return f"arn:aws:lambda:{region}:{account}:function:{name}"
    if action in ("events:PutTargets", "events:RemoveTargets") and (name := _field(body, "Rule")):
        return f"arn:aws:events:{region}:{account}:rule/{name}"
    found: str = original(service, method, path, headers, body, *rest)
    return found.replace(":rule/default/", ":rule/") if service == "events" else found


def _field(body: bytes, name: str) -> str:
    with suppress(ValueError, AttributeError):
        return str(json.loads(body).get(name) or "")
    return ""
