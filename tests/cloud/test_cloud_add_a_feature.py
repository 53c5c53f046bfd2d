"""docs/add-a-feature.md: its blocks are files; a copy of the project that has them is checked, deployed and used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stage import PROJECT, copied

PAGE = (PROJECT / "docs/add-a-feature.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
UNITS = [
    "tests/bookmarks",
    "tests/cloud/test_unit_generated.py",
    "tests/core/test_unit_architecture.py",
    "tests/core/test_unit_openapi.py",
]
USES = [
    "tests/core/test_cloud_who_may.py",
    "tests/core/test_cloud_bounds.py",
    "tests/cloud/test_cloud_rights.py",
    "tests/core/test_browser_accessibility.py",
    "tests/core/test_browser_keyboard.py",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that has the new feature."""
    copy = copied(tmp_path_factory.mktemp("copy"))
    for name, text in FILES.items():
        assert not (copy / name).exists(), "a new feature changes no file that is there"
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text, "utf-8")
    return copy


def run(project: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_takes_few_files() -> None:
    assert len(FILES) == 8
    assert all("bookmarks" in name for name in FILES)


def test_what_is_written_passes_every_check(project: Path) -> None:
    run(project, "-m", "ruff", "check", *(name for name in FILES if name.endswith(".py")))
    run(project, "-m", "ruff", "format", "--check", *(name for name in FILES if name.endswith(".py")))
    run(project, "-m", "mypy", "--no-error-summary", "chalicelib/bookmarks", "tests/bookmarks")


def test_it_is_found_deployed_and_used(project: Path) -> None:
    run(project, "-m", "cloud", "generate")
    costs = run(project, "-c", "from benchmarks.calls import measure; print([cost.route for cost in measure(100)])")
    assert len(re.findall("/bookmarks", costs)) == 4
    assert "passed" in run(project, "-m", "pytest", *UNITS)
    used = run(project, "-m", "pytest", *USES, "-k", "ookmark")
    assert re.search(r"(\d\d+) passed", used), "each route, each function and the page are among them"
