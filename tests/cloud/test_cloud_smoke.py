"""`python -m cloud smoke`: a stage that works passes, one that doesn't is told in a sentence."""

from __future__ import annotations

import subprocess
import sys

from chalicelib.core.bounds import Rate
from tests.support.cloud import let_through
from tests.support.stage import PROJECT, RunningStage, environment_of


def smoke(stage: RunningStage) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cloud", "smoke", "--stage", stage.name]
    return subprocess.run(
        command, cwd=PROJECT, env=environment_of(stage), capture_output=True, text=True, timeout=120, check=False
    )


def test_a_stage_that_works(stage: RunningStage) -> None:
    done = smoke(stage)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 7


def test_a_stage_that_does_not(stage: RunningStage) -> None:
    with let_through(stage, "/health", "GET", Rate(0, 0)):
        done = smoke(stage)
    assert done.returncode == 1 and "✗ The API" in done.stdout
    assert "The API: answers 429" in done.stderr and "Traceback" not in done.stderr
