"""Every test that SECURITY.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "`" in line]


def named(row: str) -> list[tuple[str, str]]:
    """File and test of each that the row's last cell names; one without a file is in the previous file."""
    found, file = [], ""
    for given, test in re.findall(r"`(\w+/\w+\.py)?(?:::(\w+))?`", row.rstrip("| ").rpartition(" | ")[2]):
        file = given or file
        found.append((file, test))
    return found


@pytest.mark.parametrize("row", ROWS)
def test_it_is_there(row: str) -> None:
    assert named(row), "each row names a test"
    for file, test in named(row):
        text = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"(def|class) {test}\b", text), (file, test)
