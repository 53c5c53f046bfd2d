"""Time from a post in one browser to another on one machine: the socket, the row, its stream, the push."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.stage import RunningStage, User, forget_settings

WARM_UP = 20


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks live", description=__doc__)
    options.add_argument("--posts", type=int, default=250, help="posts; at most 270 a minute are allowed (250)")
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="benchmark-live-") as folder:
        stage = RunningStage(Path(folder) / "data", name="benchmark")
        print("starting a stage", flush=True)
        stage.start()
        try:
            seen, answered = _measured(stage, given.posts)
        finally:
            stage.stop()
            forget_settings(stage.name)
    print(f"answer to the sender: {_said(answered)}")
    print(f"post to the other browser: {_said(seen)}")
    return 0


def _measured(stage: RunningStage, posts: int) -> tuple[list[float], list[float]]:
    seen, answered = [], []
    with _socket(stage.demo(0)) as writer, _socket(stage.demo(1)) as reader:
        for number in range(WARM_UP + posts):
            started = time.perf_counter()
            writer.send(json.dumps({"action": "sendpost", "text": f"Post {number}", "clientId": f"post-{number}"}))
            _until(writer, "posted")
            answered.append(time.perf_counter() - started)
            _until(reader, "post")
            seen.append(time.perf_counter() - started)
            if number % 50 == 0:
                print(f"{number} of {WARM_UP + posts}", flush=True)
    return seen[WARM_UP:], answered[WARM_UP:]


def _socket(user: User) -> ClientConnection:
    ticket = user.post("/live/tickets", None).json()["ticket"]
    return connect(f"{user.stage.config['socket']}?ticket={ticket}")


def _until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=30))
        if message["type"] == kind:
            return message
        assert message["type"] != "error", message


def _said(seconds: list[float]) -> str:
    middle, high = statistics.median(seconds), _high(seconds)
    return f"median {_ms(middle)}, 99th percentile {_ms(high)} ({len(seconds)} posts)"


def _high(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
