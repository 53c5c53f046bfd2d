"""Reports what `pip-audit` found: known vulnerabilities in locked packages, and how many could not be checked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Report = dict[str, Any]


def told(reports: list[Report]) -> tuple[list[str], int]:
    """Lines to print, and the exit status: only findings are a failure."""
    packages = {(one["name"], one.get("version", "")): one for report in reports for one in report["dependencies"]}
    found = sorted(line for one in packages.values() for line in _weaknesses(one))
    unseen = sum("skip_reason" in one for one in packages.values())
    lines = list(found)
    if not packages:
        lines.append("The advisories can't be reached: nothing was checked.")
    elif unseen == len(packages):
        lines.append(f"The advisories can't be reached: none of {unseen} packages was checked.")
    elif unseen:
        lines.append(f"{unseen} packages could not be checked; {len(packages) - unseen} were.")
    else:
        lines.append(f"{len(packages)} packages were checked: {len(found) or 'no'} known vulnerabilities.")
    return lines, 1 if found else 0


def _weaknesses(package: Report) -> Iterator[str]:
    for one in package.get("vulns", []):
        fixed = " or ".join(one.get("fix_versions", [])) or "no version yet"
        yield f"{package['name']} {package['version']}: {one['id']}, fixed in {fixed}"


def _read(path: Path) -> Report:
    """There is no file if pip-audit reached nobody."""
    text = path.read_text("utf-8") if path.exists() else ""
    report: Report = json.loads(text) if text.strip() else {"dependencies": []}
    return report


if __name__ == "__main__":
    lines, status = told([_read(Path(name)) for name in sys.argv[1:]])
    print("\n".join(lines))
    sys.exit(status)
