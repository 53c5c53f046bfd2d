"""Polly and Translate on this machine: real engines, in a process that ends with the one that started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from laptop import folder

PROJECT = Path(__file__).resolve().parents[2]
STOP_LIMIT = 5.0
PAUSE = 2.0  # between restarts: one that can't start at all must not cause a busy loop


class SpeechServer:
    """Listens from the start, and answers once its process is up; a crashed process is restarted."""

    def __init__(self, data: Path, cloud_port: int) -> None:
        self._log = data / "speech.log"
        self._cloud_port = cloud_port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """Where AWS clients find the two services."""
        endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        return {"AWS_ENDPOINT_URL_POLLY": endpoint, "AWS_ENDPOINT_URL_TRANSLATE": endpoint}

    @property
    def process(self) -> int:
        """The id of the process that answers."""
        assert self._process, "it is not running"
        return self._process.pid

    def __enter__(self) -> SpeechServer:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with folder.opened(self._log, "wb") as log:
            self._process = self._start(log)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()
        if self._process and self._process.stdin:
            self._process.stdin.close()
            try:
                self._process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def tend(self) -> None:
        """Clients waiting on the socket are answered by the new process."""
        crashed = self._process and self._process.poll() is not None
        if crashed and time.monotonic() > self._started + PAUSE:
            with folder.opened(self._log, "ab") as log:
                self._process = self._start(log)

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        self._started = time.monotonic()
        number = self._listener.fileno()
        return subprocess.Popen(
            [sys.executable, "-m", "laptop.speech", "--socket", str(number), "--cloud-port", str(self._cloud_port)],
            cwd=PROJECT,
            env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))},
            stdin=subprocess.PIPE,  # closing it tells the server that this process is gone, however it ended
            stdout=log,
            stderr=log,
            pass_fds=(number,),
            start_new_session=True,
        )
