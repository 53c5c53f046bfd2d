"""What a check found, and which of its findings are accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import yaml  # type: ignore[import-untyped]

ACCEPTED = Path(__file__).with_name("accepted.yaml")


@dataclass
class Result:
    """One row of the table."""

    check: str
    many: str  # what was looked at
    found: list[str] = field(default_factory=list)
    left: str = ""  # of the limit that is nearest


class Accepted(NamedTuple):
    check: str
    finding: str  # as a pattern: * stands for anything
    why: str

    def covers(self, check: str, finding: str) -> bool:
        return check == self.check and fnmatchcase(finding, self.finding)


def accepted(path: Path = ACCEPTED) -> list[Accepted]:
    found = [Accepted(**{name: " ".join(text.split()) for name, text in one.items()}) for one in _read(path)]
    for one in found:
        if not one.why:
            raise ValueError(f"{path.name} accepts '{one.finding}' without a reason.")
    return found


def _read(path: Path) -> Iterator[dict[str, str]]:
    """A reason may be that of several findings."""
    for one in yaml.safe_load(path.read_text("utf-8")) or []:
        findings = one["finding"] if isinstance(one["finding"], list) else [one["finding"]]
        yield from ({**one, "finding": finding} for finding in findings)


def sifted(results: list[Result], acceptances: list[Accepted]) -> list[Result]:
    """Without what is accepted, and with what is accepted for nothing."""
    unused = [one for one in acceptances if not _used(one, results)]
    stale = [f"'{one.finding}' of {one.check} is no longer found: remove it" for one in unused]
    kept = [Result(one.check, one.many, list(_unaccepted(one, acceptances)), one.left) for one in results]
    return [*kept, Result("acceptances", f"{len(acceptances)} of findings", stale)]


def _used(one: Accepted, results: list[Result]) -> bool:
    return any(one.covers(result.check, finding) for result in results for finding in result.found)


def _unaccepted(result: Result, acceptances: list[Accepted]) -> Iterator[str]:
    return (one for one in result.found if not any(each.covers(result.check, one) for each in acceptances))
