"""The packages that functions need, as wheels for the runtimes: nothing is ever compiled on the way to Lambda."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

from cloud import runtimes
from cloud.errors import CloudError
from cloud.functions import LOCKED, PROJECT, last_words, run_python
from cloud.preflight import said
from cloud.runtimes import Runtime

LOCK = Path(LOCKED["PIP_CONSTRAINT"])
_WHEELS = ("--quiet", "--disable-pip-version-check", "--only-binary=:all:")


def missing(every: Iterable[Runtime] = runtimes.ALL, lock: Path = LOCK) -> list[str]:
    """A sentence for each runtime that a locked package has no wheel for. Downloads them all."""
    return [sentence for runtime in every for sentence in _missing(runtime, lock)]


def _missing(runtime: Runtime, lock: Path) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(locked_for(runtime, lock.read_text("utf-8")), "utf-8")
        asked = ["--require-hashes", "--no-deps", "--requirement", str(wanted), "--dest", folder]
        done = run_python("-m", "pip", "download", *_WHEELS, *_only(runtime), *asked)
    if done.returncode:
        yield f"{runtime.name} on {runtime.architecture}: {last_words(done.stderr)}"


def locked_for(runtime: Runtime, lock: str) -> str:
    """The entries of a lock that apply there. pip itself would ask the Python that it runs on."""
    version = said(runtime.python)
    there = {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "platform_machine": runtimes.ARCHITECTURES[runtime.architecture],
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    entries = re.split(r"\n(?=\S)", lock.strip())
    markers = [(entry, Requirement(entry.partition("\\")[0].strip()).marker) for entry in entries]
    return "".join(f"{entry}\n" for entry, marker in markers if not marker or marker.evaluate(there))


def install(requirements: Path, target: Path, runtime: Runtime | None) -> None:
    """For a runtime, with the same Python as this one's, or for this machine."""
    place = ["--no-compile", "--requirement", str(requirements), "--target", str(target)]
    done = run_python("-m", "pip", "install", *_WHEELS, *(_only(runtime) if runtime else []), *place, **LOCKED)
    if done.returncode:
        name = requirements.relative_to(PROJECT)
        raise CloudError(f"The packages of {name} could not be installed: {last_words(done.stderr)}")


def _only(runtime: Runtime) -> list[str]:
    python = ["--implementation", "cp", "--python-version", said(runtime.python)]
    return [*python, *(word for each in runtime.platforms for word in ("--platform", each))]
