"""Shows a command's steps: what is being done, that it is alive, and how long it took."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_WIDTH = 52


class Steps:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._lively = out.isatty()

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """Marks a failed step; the error is reported by the caller."""
        step, started = Step(what), time.monotonic()
        ended = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(step, started, ended), daemon=True)
        if self._lively:
            ticker.start()
        try:
            yield step
        except BaseException:
            self._close(ended, ticker, f"✗ {step.line}")
            raise
        self._close(ended, ticker, f"✓ {step.line:<{_WIDTH}} {time.monotonic() - started:5.1f} s")

    def say(self, text: str = "") -> None:
        print(text, file=self._out, flush=True)

    def _tick(self, step: Step, started: float, ended: threading.Event) -> None:
        frame = 0
        while not ended.wait(0.1):
            line = f"{_FRAMES[frame % len(_FRAMES)]} {step.line:<{_WIDTH}} {time.monotonic() - started:5.1f} s"
            print(f"\r\x1b[2K  {line}", end="", file=self._out, flush=True)
            frame += 1

    def _close(self, ended: threading.Event, ticker: threading.Thread, line: str) -> None:
        ended.set()
        if self._lively:
            ticker.join()
            print("\r\x1b[2K", end="", file=self._out)
        self.say(f"  {line}")


class Step:
    """A step in progress; `note` adds details."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._note = ""

    @property
    def line(self) -> str:
        return f"{self._what} ({self._note})" if self._note else self._what

    def note(self, text: str) -> None:
        self._note = text
