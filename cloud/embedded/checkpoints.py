"""Writes what changed to disk several times a second, so that a killed cloud comes back as its clients know it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import lambda_svc, sts

from cloud.embedded import item_store
from cloud.embedded.patching import Function, patch

SHORTEST_PAUSE = 0.2
LONGEST_PAUSE = 0.7
log = logging.getLogger(__name__)


class Activity:
    """Whether anything happened that may have changed the state of a service."""

    seen = False


@patch(ministack, "app")
async def noticed(original: Function, scope: Any, receive: Any, send: Any) -> None:
    quiet = scope["type"] == "lifespan" or scope["path"].startswith("/_ministack/")
    try:
        await original(scope, receive, send)
    finally:
        Activity.seen |= not quiet


@patch(lambda_svc, "_execute_function")
def noticed_call(original: Function, function: Any, event: Any) -> Any:
    try:
        return original(function, event)
    finally:
        Activity.seen = True


@patch(ministack, "_load_persisted_state")
def then_keep_it(original: Function) -> None:
    original()
    item_store.load()
    asyncio.get_running_loop().create_task(_write_again_and_again())


async def _write_again_and_again() -> None:
    files = StateFiles()
    pause = SHORTEST_PAUSE
    while True:
        await asyncio.sleep(pause)
        if not Activity.seen:
            continue
        Activity.seen = False
        started = time.perf_counter()
        states = _states()
        stall = time.perf_counter() - started
        await asyncio.to_thread(files.write, states)
        pause = min(max(20 * stall, SHORTEST_PAUSE), LONGEST_PAUSE)


def _states() -> dict[str, Any]:
    """A copy of each service's state; one that another thread is changing is left for the next time."""
    item_store.forget_read_records()
    states = {}
    for name, get_state in ministack._build_persistence_save_dict().items():
        try:
            states[name] = get_state()
        except RuntimeError:
            Activity.seen = True
    return states


class StateFiles:
    """One JSON file a service, written when its content is another than before."""

    def __init__(self) -> None:
        self._written: dict[str, int] = {}

    def write(self, states: dict[str, Any]) -> None:
        for name, state in states.items():
            try:
                self._write_one(name, state)
            except Exception:
                log.exception("The state of %s could not be written.", name)

    def _write_one(self, name: str, state: Any) -> None:
        if state is None:
            return
        version = persistence._state_format_version(name)
        wrapped = {"__ministack_format__": version, "payload": state}
        text = json.dumps(wrapped, default=persistence._json_default)
        if self._written.get(name) == hash(text):
            return
        path = Path(persistence.STATE_DIR, f"{name}.json")
        fresh = path.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, path)
        self._written[name] = hash(text)


@patch(sts, "get_state")
def with_sessions(original: Function) -> dict[str, Any]:
    return {**original(), "sessions": dict(sts._sessions)}


@patch(sts, "load_persisted_state")
def restore_sessions(original: Function, data: Any) -> None:
    original(data)
    sts._sessions.update(data.get("sessions", {}))
