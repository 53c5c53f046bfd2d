"""The merged template, as cfn-lint and its rules for serverless applications see it in four regions."""

from __future__ import annotations

from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.aws.findings import Result

REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1"]


def check(template: str) -> Result:
    settings = ManualArgs(regions=REGIONS, append_rules=["cfn_lint_serverless.rules"])
    found = sorted({_said(match) for match in lint(template, config=settings)})
    return Result("template", f"{len(template.splitlines())} lines in {len(REGIONS)} regions", found)


def _said(match: object) -> str:
    rule, message, path = (getattr(match, name, "") for name in ("rule", "message", "path"))
    return f"{getattr(rule, 'id', '')} at {'/'.join(map(str, path or []))}: {message}"
