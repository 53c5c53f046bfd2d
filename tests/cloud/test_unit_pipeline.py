"""The workflows and docs/AWS.md name commands that there are; stages named after branches; what a month costs."""

from __future__ import annotations

import os
import re
import subprocess
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
        ("stage/New_Look", "b-new-look-2ad9d"),
        ("stage/a-b", "a-b"),
        ("stage/a/b", "b-a-b-33d5d"),
        ("stage/main", "b-main-56374"),
        ("stage/Main", "b-main-6fa2e"),
        ("stage/prod-files", "b-prod-files-82aca"),
        ("stage/product", "product"),
        ("stage/b-7-63862", "b-b-7-63862-173ed"),
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
    jobs, job = workflow("deploy.yml"), workflow("stage.yml")["stage"]
    assert jobs["branch"]["needs"] == "test" and jobs["promote"]["needs"] == "branch"
    assert jobs["promote"]["with"] == {"environment": "production", "branch": "prod"}
    assert "'stage/'" in jobs["destroy"]["if"] and jobs["destroy"]["with"]["environment"] == "staging"
    assert "github.event.ref_type == 'branch'" in jobs["destroy"]["if"], "a tag of that name has no stage"
    steps = [str(step.get("run", step.get("uses"))) for step in job["steps"]]
    words = ("is-current", "destroy --stage", "deploy --stage", "smoke")
    checked, destroyed, deployed, looked = (next(i for i, one in enumerate(steps) if word in one) for word in words)
    assert checked < destroyed < deployed < looked == len(steps) - 1


def test_one_at_a_time_by_the_stages_name() -> None:
    jobs = workflow("stage.yml")
    assert jobs["stage"]["concurrency"]["group"] == "stage-${{ needs.name.outputs.stage }}"
    assert any("is-current" in str(step.get("run")) for step in jobs["name"]["steps"])


def test_only_the_branchs_own_commit_is_deployed(tmp_path: Path) -> None:
    """And a stage is only destroyed if its branch is gone."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@a"}
    environment.update({"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@a", "REF": "refs/heads/stage/x"})

    def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env={**environment, **more}, capture_output=True, text=True, check=False
        )

    def is_current(expected: str) -> bool:
        return run(str(PROJECT / ".github" / "is-current"), EXPECTED=expected).returncode == 0

    run("git", "init", "-q", "-b", "stage/x")
    run("git", "remote", "add", "origin", str(tmp_path))
    assert is_current("") and not is_current("0" * 40)
    run("git", "commit", "-q", "--allow-empty", "-m", "first")
    first = run("git", "rev-parse", "HEAD").stdout.strip()
    assert is_current(first) and not is_current("")
    run("git", "commit", "-q", "--allow-empty", "-m", "second")
    assert not is_current(first)
    run("git", "remote", "set-url", "origin", str(tmp_path / "none"))
    assert not is_current(""), "no answer is not: gone"


@pytest.mark.parametrize("name", ["deploy.yml", "stage.yml", "test.yml"])
def test_others_code_is_pinned_and_gets_no_token(name: str) -> None:
    steps = [step for job in workflow(name).values() for step in job.get("steps", []) if "uses" in step]
    for step in steps:
        assert re.search(r"@[0-9a-f]{40}$", step["uses"])
        assert "checkout" not in step["uses"] or step["with"] == {"persist-credentials": False}


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
