"""The embedded cloud's process: how it starts, what it shuts out, how it ends."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cloud.errors import CloudError
from laptop.embedded import EmbeddedCloud
from tests.laptop.embedded_support import (
    PATIENCE,
    Bed,
    eventually,
)
from tests.support.stage import free_port


def test_it_says_what_is_wrong(bed: Bed, tmp_path: Path) -> None:
    with pytest.raises(CloudError, match=f"Port {bed.port} can't be used .* choose another port"):
        EmbeddedCloud.start(tmp_path, bed.port)


def test_one_process_a_data_folder(bed: Bed) -> None:
    command = [sys.executable, "-m", "laptop.embedded.process", "--port", str(free_port()), "--data", str(bed.data)]
    other = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.PIPE, timeout=PATIENCE)
    assert other.returncode == 1
    assert "Another embedded cloud uses" in other.stderr


def test_the_secret_is_ours_alone(bed: Bed, tmp_path: Path) -> None:
    secret = bed.data / "root-secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(secret.read_text()) > 30


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    port = free_port()
    script = f"""
        import pathlib, signal, time
        from laptop.embedded import EmbeddedCloud
        cloud = EmbeddedCloud.start(pathlib.Path({str(tmp_path)!r}), {port})
        print(cloud._process.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert eventually(lambda: not alive(child))


def alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_it_starts_clean(tmp_path: Path) -> None:
    (tmp_path / "tmp" / "ministack-lambda-of-a-killed-cloud").mkdir(parents=True)
    (tmp_path / "cloud.log").write_bytes(b"x" * 10_000_000)
    cloud = EmbeddedCloud.start(tmp_path, free_port())
    assert [each.name for each in (tmp_path / "tmp").iterdir()] == ["of-the-runtime"]
    assert (tmp_path / "cloud.log").stat().st_size < 1_000_000
    cloud.stop()
    cloud.stop()
    assert not cloud.running


def test_importing_it_is_cheap() -> None:
    script = "import sys, laptop.embedded; print(any(name.startswith('ministack') for name in sys.modules))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_the_environment_excludes_a_persons_own(bed: Bed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = bed.cloud.environment
    assert environment["AWS_ENDPOINT_URL"] == bed.endpoint
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "AWS_SESSION_TOKEN" not in environment


def test_only_loopback_is_bound(bed: Bed) -> None:
    with pytest.raises(OSError, match=r"refused|timed out|[Cc]an't assign"):
        socket.create_connection(("127.0.0.2", bed.port), timeout=PATIENCE)  # ours as well, but not what it is bound to


def test_each_call_has_its_own_log(bed: Bed) -> None:
    function = bed.function("def handler(event, context): print('call', event['number'], end=event['end'])")
    client = bed.client("lambda")
    for number, end in enumerate(["\n", "", "\n\n"] * 4):
        event = json.dumps({"number": number, "end": end})
        answer = client.invoke(FunctionName=function, Payload=event, LogType="Tail")
        text = base64.b64decode(answer["LogResult"]).decode()
        assert re.findall("call .*", text) == [f"call {number}"]
        assert "end of" not in text


def test_errors_of_functions_are_in_its_log(bed: Bed) -> None:
    function = bed.failing
    bed.invoke(function)
    text = (bed.data / "cloud.log").read_text()
    assert f"{function} failed:" in text
    assert "RuntimeError: a secret detail" in text
