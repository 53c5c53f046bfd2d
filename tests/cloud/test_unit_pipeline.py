"""The workflows and docs/AWS.md name commands that there are; stages named after branches; what a month costs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from benchmarks import money
from cloud.__main__ import _parser
from cloud.errors import CloudError
from cloud.stage import of_branch
from tests.support.stage import PROJECT

PLACES = (".github/workflows/stage.yml", "docs/AWS.md", "README.md")


def workflow(name: str) -> Any:
    return yaml.safe_load((PROJECT / ".github" / "workflows" / name).read_text("utf-8"))["jobs"]


@pytest.mark.parametrize("place", PLACES)
def test_commands_that_there_are(place: str) -> None:
    written = re.findall(r"\.venv/bin/python -m cloud ([^`\n#)]+)", (PROJECT / place).read_text("utf-8"))
    assert written
    for line in written:
        _parser().parse_args(line.replace('"', "").split())


@pytest.mark.parametrize(
    ("branch", "stage"),
    [
        ("main", "main"),
        ("prod", "prod"),
        ("stage/new-look", "new-look"),
        ("stage/New_Look", "new-look"),
        ("stage/prod", "b-prod-c064b"),
        ("stage/7", "b-7-63862"),
        ("stage/a-long-name-of-a-branch", "b-a-long-name-ae070"),
    ],
)
def test_a_branch_has_a_stage(branch: str, stage: str) -> None:
    assert of_branch(branch) == stage


def test_a_branch_that_can_have_none() -> None:
    with pytest.raises(CloudError, match="AWS refuses"):
        of_branch("stage/aws")


def test_production_gets_what_was_looked_at() -> None:
    """And only a branch's own stage is destroyed."""
    jobs, [job] = workflow("deploy.yml"), workflow("stage.yml").values()
    assert jobs["branch"]["needs"] == "test" and jobs["promote"]["needs"] == "branch"
    assert jobs["promote"]["with"] == {"environment": "production", "branch": "prod"}
    assert "'stage/'" in jobs["destroy"]["if"] and jobs["destroy"]["with"]["environment"] == "staging"
    steps = [str(step.get("run", step.get("uses"))) for step in job["steps"]]
    deployed, looked = (next(i for i, one in enumerate(steps) if word in one) for word in ("deploy --stage", "smoke"))
    assert deployed < looked == len(steps) - 1


def test_what_a_month_costs_is_documented() -> None:
    """`python -m benchmarks money --write` writes it."""
    assert money.documented() == money.rendered()


def test_nobody_costs_next_to_nothing() -> None:
    assert sum(money.dollars(money.month(0)).values()) < 1


def test_every_price_is_used() -> None:
    assert money.month(1).keys() == money.dollars(money.month(1)).keys()


def test_linked_files_are_there() -> None:
    page = Path(PROJECT / "docs" / "AWS.md")
    for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link
