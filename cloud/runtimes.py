"""The Lambda runtimes: a Python and a processor, and which compiled packages run there. A stage keeps to its own."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any, NamedTuple

from cloud import clients, rights
from cloud.errors import CloudError
from cloud.preflight import NEWEST, OLDEST, said
from cloud.stage import Stage

ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}  # Lambda's names, and those of wheels
_CHEAPEST = "arm64"


class Runtime(NamedTuple):
    python: tuple[int, int]
    architecture: str

    @property
    def name(self) -> str:
        return f"python{said(self.python)}"

    @property
    def parameters(self) -> dict[str, str]:
        """As the stage remembers it."""
        return {"Runtime": self.name, "Architecture": self.architecture}

    @property
    def platforms(self) -> list[str]:
        """The tags of wheels that its C library can run: glibc 2.26 of Amazon Linux 2, or 2.34 of Amazon Linux 2023."""
        newest = 26 if self.python < (3, 12) else 34
        machine = ARCHITECTURES[self.architecture]
        return [f"manylinux2014_{machine}", *(f"manylinux_2_{minor}_{machine}" for minor in range(17, newest + 1))]


ALL = [Runtime((3, minor), architecture) for minor in range(OLDEST[1], NEWEST[1] + 1) for architecture in ARCHITECTURES]


def here() -> Runtime:
    """This machine as a runtime: an embedded cloud runs functions on it."""
    is_arm = platform.machine() in ("arm64", "aarch64")
    return Runtime((sys.version_info[0], sys.version_info[1]), "arm64" if is_arm else "x86_64")


def chosen(stage: Stage, given: dict[str, str], *, may_change: bool = False, running: Runtime | None = None) -> Runtime:
    """Chalice takes the Python that deploys. Another one than the stage's is refused, unless it may change."""
    mine = running or here()
    kept = _remembered(stage)
    if "Runtime" in given:
        raise CloudError("Runtime can't be set: functions run on the Python that deploys them.")
    if kept.get("Runtime", mine.name) != mine.name and not may_change:
        raise CloudError(
            f"The functions of '{stage.name}' run on {_python(kept['Runtime'])}, and this is {_python(mine.name)}: "
            "deploy with that one, or move them to this one with --change-runtime."
        )
    default = mine.architecture if os.environ.get("AWS_ENDPOINT_URL") else _CHEAPEST
    architecture = given.get("Architecture") or kept.get("Architecture") or default
    if architecture not in ARCHITECTURES:
        raise CloudError(f"Architecture can't be '{architecture}': choose {' or '.join(ARCHITECTURES)}.")
    return Runtime(mine.python, architecture)


def _python(name: str) -> str:
    return name.replace("python", "Python ")


def _remembered(stage: Stage) -> dict[str, str]:
    """By the function behind the routes, which a rollback may have put back, or, if there is none yet, by the stack."""
    return {**stage.parameters(), **_of_the_function(stage.name)}


def _of_the_function(stage: str) -> dict[str, str]:
    functions: Any = clients.of("lambda")
    try:
        found = functions.get_function_configuration(FunctionName=rights.function_name(stage, "api_handler"))
    except functions.exceptions.ResourceNotFoundException:
        return {}
    return {"Runtime": found["Runtime"], "Architecture": found["Architectures"][0]}
