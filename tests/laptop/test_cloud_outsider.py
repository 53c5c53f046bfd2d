"""Follows laptop/README.md: an outsider's Chalice project on the embedded cloud, without the rest of ours."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.stage import PROJECT, free_port, until

NEEDED = ("laptop/__init__.py", "laptop/folder.py", "laptop/loopback.py", "cloud/__init__.py", "cloud/errors.py")
CONFIG = '{"version": "2.0", "app_name": "notes", "stages": {"dev": {}}}'
README = (PROJECT / "laptop" / "README.md").read_text("utf-8")
_INSTALL, SERVE, APP, TABLE, USE = re.findall(r"^```\w+\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with the parts that the README promises are enough, and the outsider's project."""
    clone, project = tmp_path / "commonplace", tmp_path / "notes"
    for part in ("embedded", "speech"):
        shutil.copytree(PROJECT / "laptop" / part, clone / "laptop" / part)
    for name in NEEDED:
        (clone / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, clone / name)
    (clone / ".venv").symlink_to(sys.prefix)
    (project / ".chalice").mkdir(parents=True)
    assert CONFIG in README
    written = {".chalice/config.json": CONFIG, "requirements.txt": "", "app.py": APP, "table.py": TABLE}
    for name, text in written.items():
        (project / name).write_text(text, "utf-8")
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}
    return {**mine, "HOME": str(home)}


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """The port of the cloud that the README's first shell started."""
    port, said = free_port(), home / "said"
    command = ["bash", "-c", SERVE.replace("4566", str(port))]
    with said.open("w") as out:
        serving = subprocess.Popen(command, env=environment(home), stdout=out, stderr=out)
    try:
        until(lambda: serving.poll() is not None or "Ready" in said.read_text(), 60)
        assert said.read_text() == f"Ready  http://127.0.0.1:{port}\n"
        yield port
        serving.send_signal(signal.SIGINT)
        assert serving.wait(timeout=60) == 0, said.read_text()
    finally:
        serving.kill()
        serving.wait()


def test_the_readme_works_for_somebody_elses_project(home: Path, port: int) -> None:
    script = USE.replace("4566", str(port)) + 'printf "\\n%s" "$url"'
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    *_, answered, url = done.stdout.splitlines()
    assert '"text":"three short words"' in answered
    address = urlsplit(url)

    def words() -> str | None:
        note = requests.get(f"http://127.0.0.1:{port}/api/notes/today", headers={"Host": address.netloc}, timeout=10)
        found: str | None = note.json().get("words")
        return found

    assert until(words) == "3"


def test_without_a_cloud_there_is_nothing_to_export(home: Path) -> None:
    command = [sys.executable, "-m", "laptop.embedded", "--data", str(home / "none"), "--exports"]
    told = subprocess.run(command, cwd=home / "commonplace", capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == f"No embedded cloud runs on {home / 'none'}: start one, without --exports.\n"
