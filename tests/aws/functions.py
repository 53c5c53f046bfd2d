"""The functions' names, which Chalice makes up, against the logs that their policies let them write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalice.config import Config
from chalice.deploy.appgraph import ApplicationGraphBuilder
from chalice.deploy.models import LambdaFunction, Model

import app
from tests.aws.findings import Result
from tests.aws.policies import Policy


def check(policies: dict[str, Policy], named: dict[str, str]) -> Result:
    """AWS writes a function's log under its name."""
    found = [said for function, policy in policies.items() for said in _wrong(function, policy, named.get(function))]
    found += [f"{function}: has no policy" for function in named.keys() - policies.keys()]
    return Result("logs", f"{len(policies)} functions", sorted(found))


def _wrong(function: str, policy: Policy, name: str | None) -> Iterator[str]:
    if name is None:
        yield f"{function}: the application has no such function"
        return
    for statement in policy["Statement"]:
        if "logs:PutLogEvents" in statement["Action"]:
            if not statement["Resource"].endswith(f":log-group:/aws/lambda/{name}:*"):
                yield f"{function}: its log is {name}, it may write {statement['Resource']}"
            return
    yield f"{function}: may not write its log"


def of_chalice(stage: str, functions: list[str]) -> dict[str, Any]:
    """The application's functions by their names in its configuration."""
    settings = {
        name: {"iam_policy_file": "none.json", "lambda_timeout": number} for number, name in enumerate(functions)
    }
    from_disk = {"app_name": "commonplace", "autogen_policy": False, "stages": {stage: {"lambda_functions": settings}}}
    config = Config(
        stage, config_from_disk={**from_disk}, user_provided_params={"chalice_app": app.app, "project_dir": "."}
    )
    found: dict[str, Any] = {}
    _gather(ApplicationGraphBuilder().build(config, stage), found)
    return {functions[one.timeout]: one for one in found.values()}


def _gather(model: Model, found: dict[str, Any]) -> None:
    for each in model.dependencies():
        if isinstance(each, LambdaFunction):
            found[each.function_name] = each
        _gather(each, found)
