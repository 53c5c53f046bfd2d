"""Reports on advisories: some found, none known, or unavailable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cloud.audit import told

PROJECT = Path(__file__).resolve().parents[2]
SOUND: dict[str, Any] = {"name": "a", "version": "1.0", "vulns": []}
WEAK: dict[str, Any] = {"name": "b", "version": "2.0", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["2.1", "3.0"]}]}
UNSEEN: dict[str, Any] = {"name": "c", "skip_reason": "Dependency not found"}


def test_a_weakness_is_named_once_and_fails() -> None:
    reports = [{"dependencies": [SOUND, WEAK]}, {"dependencies": [WEAK, UNSEEN]}]
    lines, status = told(reports)
    assert lines == [
        "b 2.0: CVE-2026-1, fixed in 2.1 or 3.0",
        "1 packages could not be checked; 2 were.",
    ]
    assert status == 1


def test_what_could_not_be_looked_at_is_no_failure_and_no_praise() -> None:
    assert told([{"dependencies": [SOUND]}]) == (["1 packages were checked: no known vulnerabilities."], 0)
    assert told([{"dependencies": [UNSEEN]}]) == (
        ["The advisories can't be reached: none of 1 packages was checked."], 0,
    )  # fmt: skip
    assert told([]) == (["The advisories can't be reached: nothing was checked."], 0)


def test_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps({"dependencies": [WEAK]}))
    for files, status in ((["one.json"], 1), (["none.json"], 0)):
        command = [sys.executable, str(PROJECT / "cloud" / "audit.py"), *(str(tmp_path / name) for name in files)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == status and done.stdout and not done.stderr
