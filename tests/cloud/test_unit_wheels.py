"""Every locked package has a wheel that each runtime can run: nothing is compiled on the way to Lambda."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cloud import wheels
from cloud.runtimes import ALL, Runtime

LOCK = wheels.LOCK.read_text("utf-8")
OLD, NEW = Runtime((3, 11), "x86_64"), Runtime((3, 13), "arm64")


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.M))


def test_there_are_four_pythons_on_two_processors() -> None:
    assert len({runtime.parameters["Runtime"] for runtime in ALL}) == 4 and len(ALL) == 8


def test_one_that_is_missing_is_named(tmp_path: Path) -> None:
    """This Pillow's wheels need a newer C library than Python 3.11 has on Lambda."""
    newest = next(entry for entry in re.split(r"\n(?=\S)", LOCK) if entry.startswith("pillow==13"))
    lock = tmp_path / "requirements.lock"
    lock.write_text(re.sub(r" ;[^\\]*", " ", newest), "utf-8")
    [said] = wheels.missing([OLD, NEW], lock)
    assert said.startswith("python3.11 on x86_64: ") and "pillow==13" in said


@pytest.mark.parametrize("runtime", ALL, ids=lambda one: f"{one.name}-{one.architecture}")
def test_each_python_gets_the_newest_pillow_that_it_can_run(runtime: Runtime) -> None:
    found = pins(wheels.locked_for(runtime, LOCK))
    assert found["pillow"] == ("12.2.0" if runtime.python < (3, 12) else "13.0.0")
    assert found.keys() == pins(LOCK).keys(), "the others are for all"


def test_what_the_c_library_of_a_runtime_can_load() -> None:
    assert OLD.platforms[-1] == "manylinux_2_26_x86_64" and NEW.platforms[-1] == "manylinux_2_34_aarch64"
    assert OLD.platforms[0] == "manylinux2014_x86_64"
