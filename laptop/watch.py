"""Makes saved code live: checks the application's files three times a second and reports changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from cloud import template
from cloud.functions import CHALICE, PROJECT

_EVERY = 0.3


class Watch:
    def __init__(self, changed: Callable[[set[Path]], None]) -> None:
        self._changed = changed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _look(self) -> None:
        seen = _stamps()
        while not self._ended.wait(_EVERY):
            now = _stamps()
            if changed := {path for path in seen.keys() | now.keys() if seen.get(path) != now.get(path)}:
                seen = now
                self._changed(changed)


def _stamps() -> dict[Path, int]:
    files = [
        PROJECT / "app.py",
        PROJECT / "requirements.txt",
        CHALICE / "common.json",
        *template.fragments(),
        *template.layered(),
        *(path for path in (PROJECT / "chalicelib").rglob("*") if path.suffix in (".py", ".json")),
    ]
    return {path: path.stat().st_mtime_ns for path in files if path.exists()}
