"""Everything installed is locked: each package pinned, each file known by its hash, none left out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cloud import functions
from cloud.template import layered

PROJECT = Path(__file__).resolve().parents[2]
ASKED = sorted(PROJECT.glob("requirements*.txt"))
_ENTRY = re.compile(r"(?P<pin>[^\s\\][^\\]*?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")


def stem(path: Path) -> str:
    return path.stem


@cache
def asked(path: Path) -> dict[str, set[str]]:
    """Versions by name. The functions' lock is for the layers, too."""
    found: dict[str, set[str]] = {}
    for file in [path, *(layered() if path.name == "requirements.txt" else [])]:
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                requirement = Requirement(line)
                [pin] = requirement.specifier
                assert pin.operator == "==", line
                found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@cache
def locked(path: Path) -> dict[str, list[Requirement]]:
    """Versions by name; a package may have another version for another Python."""
    text = path.with_suffix(".lock").read_text("utf-8")
    found: dict[str, list[Requirement]] = {}
    for entry in _ENTRY.finditer(text):
        requirement = Requirement(entry["pin"])
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    assert _ENTRY.sub("", text) == "", "there is nothing else in it: no address, no option"
    return found


def versions(entries: list[Requirement]) -> set[str]:
    pins = [pin for entry in entries for pin in entry.specifier]
    assert all(pin.operator == "==" for pin in pins) and len(pins) == len(entries)
    return {pin.version for pin in pins}


@pytest.mark.parametrize("path", ASKED, ids=stem)
def test_the_lock_holds_what_is_asked_for(path: Path) -> None:
    held = {name: versions(locked(path)[name]) for name in asked(path) if name in locked(path)}
    assert held == asked(path), "run bin/lock"


def test_an_installation_from_here_has_the_layers_packages() -> None:
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["dynamic"]
    named = {PROJECT / each for each in declared["dependencies"]["file"]}
    assert named == {PROJECT / "requirements.txt", *layered()}


@pytest.mark.parametrize("path", ASKED, ids=stem)
def test_and_all_that_this_asks_for_in_turn(path: Path) -> None:
    """According to the packages installed here."""
    if "dax" in path.stem:
        return  # packaged without its own dependency: the runtime has that
    missing = set()
    for name, entries in locked(path).items():
        if not any(entry.marker is None or entry.marker.evaluate() for entry in entries):
            continue
        extras = ["", *(extra for entry in [*entries, *_asking(path, name)] for extra in entry.extras)]
        for line in metadata.requires(name) or [] if _is_installed(name) else []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                missing |= {canonicalize_name(needed.name)} - locked(path).keys()
    assert not missing, "run bin/lock"


def _asking(path: Path, name: str) -> list[Requirement]:
    lines = path.read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return [one for one in found if canonicalize_name(one.name) == name]


def _is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def test_one_lock_agrees_with_another() -> None:
    """Installing one after another changes nothing that both have."""
    held: dict[str, set[frozenset[str]]] = {}
    for path in ASKED:
        for name, entries in locked(path).items():
            held.setdefault(name, set()).add(frozenset(versions(entries)))
    assert {name: found for name, found in held.items() if len(found) > 1} == {}


def test_every_kind_of_machine_finds_its_file() -> None:
    """Compiled packages have a file for each; pure ones have at most two."""
    text = (PROJECT / "requirements-test.lock").read_text("utf-8")
    counts = {entry["pin"].partition("==")[0]: entry["hashes"].count("sha256") for entry in _ENTRY.finditer(text)}
    assert min(counts[name] for name in ("nh3", "pillow", "cryptography", "cffi", "pydantic-core")) >= 20
    assert len(counts) > 100


def test_the_commands_install_by_the_lock() -> None:
    assert "pip install --quiet --disable-pip-version-check --require-hashes -r" in (
        PROJECT / "bin" / ".environment"
    ).read_text("utf-8")
    for command in ("run", "test"):
        assert re.search(r"^prepare requirements-\w+\.lock$", (PROJECT / "bin" / command).read_text("utf-8"), re.M)


# What Chalice packages


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package of nobody's."""
    path = tmp_path / "wheels" / "nobodys_thing-1.0-py3-none-any.whl"
    path.parent.mkdir()
    about = {
        "nobodys_thing.py": "",
        "nobodys_thing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: nobodys-thing\nVersion: 1.0\n",
        "nobodys_thing-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "nobodys_thing-1.0.dist-info/RECORD": "",
    }
    with ZipFile(path, "w") as archive:
        for name, content in about.items():
            archive.writestr(name, content)
    return path


PACKED = """
import sys
from chalice.deploy.packager import DependencyBuilder
from chalice.utils import OSUtils
builder = DependencyBuilder(OSUtils())
builder.build_site_packages("cp311", sys.argv[1], sys.argv[2])
"""
# A feature's layer, and the other way Chalice gets a package: alone, for the functions' platform.
FOR_A_LAYER = "install --quiet --only-binary=:all: --python-version 3.13 --platform manylinux2014_aarch64 --target"
FOR_A_FUNCTION = "download --quiet --only-binary=:all: --no-deps --platform manylinux2014_x86_64 --abi cp311 --dest"


@pytest.mark.parametrize("lock", ["right", "another file", "another package"])
def test_chalice_packs_only_what_is_locked(tmp_path: Path, wheel: Path, lock: str) -> None:
    digest = sha256(wheel.read_bytes() if lock == "right" else b"another").hexdigest()
    name = "nobodys-thing" if lock != "another package" else "somebodys-thing"
    (tmp_path / "lock").write_text(f"{name}==1.0 \\\n    --hash=sha256:{digest}\n")
    (tmp_path / "requirements.txt").write_text("nobodys-thing==1.0\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        **dict.fromkeys(functions.LOCKED, str(tmp_path / "lock")),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheel.parent),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    site = tmp_path / "site"
    pip = ["-m", "pip", *FOR_A_FUNCTION.split(), str(tmp_path / "got"), "nobodys-thing==1.0"]
    layer = [
        "-m",
        "pip",
        *FOR_A_LAYER.split(),
        str(tmp_path / "layer"),
        "--requirement",
        str(tmp_path / "requirements.txt"),
    ]
    ways = [["-c", PACKED, str(tmp_path / "requirements.txt"), str(site)], pip, layer]
    done = [subprocess.run([sys.executable, *way], env=environment, capture_output=True, text=True) for way in ways]
    assert [one.returncode == 0 for one in done] == [lock == "right"] * 3, [one.stderr for one in done]
    assert (site / "nobodys_thing.py").exists() == (tmp_path / "got" / wheel.name).exists() == (lock == "right")


def test_the_deployment_packs_by_the_lock() -> None:
    assert {name: Path(value).name for name, value in functions.LOCKED.items()} == {
        "PIP_CONSTRAINT": "requirements.lock"
    }
    done = functions.run_python("-c", "import os; print(os.environ['PIP_CONSTRAINT'])", **functions.LOCKED)
    assert done.stdout.strip() == str(PROJECT / "requirements.lock")
