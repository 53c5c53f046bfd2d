"""Writes what changed to disk several times a second, so that a killed cloud comes back as its clients know it."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import logging
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import cognito, lambda_svc, sts

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


@patch(ministack, "save_all")
def one_last_time(original: Function, services: Any) -> None:
    _files.write(state_texts())


async def _write_again_and_again() -> None:
    pause = SHORTEST_PAUSE
    while True:
        await asyncio.sleep(pause)
        if Activity.seen:
            Activity.seen = False
            started = time.perf_counter()
            texts = state_texts()
            pause = min(max(20 * (time.perf_counter() - started), SHORTEST_PAUSE), LONGEST_PAUSE)
            await asyncio.to_thread(_files.write, texts)


def state_texts() -> dict[str, str]:
    """Each service's state as JSON; one that another thread is changing is left for the next time."""
    item_store.forget_read_records()
    texts = {}
    for name, get_state in ministack._build_persistence_save_dict().items():
        try:
            state = get_state()
            wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
            if state is not None:
                texts[name] = json.dumps(wrapped, default=persistence._json_default)
        except RuntimeError:
            Activity.seen = True
        except Exception:
            log.exception("The state of %s can't be written.", name)
    return texts


@patch(cognito, "get_state")
def uncopied(original: Function) -> Any:
    """Spare the copy of every person there is: what is returned is text before anything else runs."""
    cognito.copy = SimpleNamespace(deepcopy=lambda value: value)
    try:
        return original()
    finally:
        cognito.copy = copy


class StateFiles:
    """One file a service, written when its content is another than before."""

    def __init__(self) -> None:
        self._written: dict[str, int] = {}
        self._turn = threading.Lock()

    def write(self, texts: dict[str, str]) -> None:
        with self._turn:
            for name, text in texts.items():
                if self._written.get(name) != hash(text):
                    path = Path(persistence.STATE_DIR, f"{name}.json")
                    fresh = path.with_suffix(".new")
                    fresh.write_text(text)
                    fresh.replace(path)
                    self._written[name] = hash(text)


_files = StateFiles()


@patch(sts, "get_state")
def with_sessions(original: Function) -> dict[str, Any]:
    return {**original(), "sessions": dict(sts._sessions)}


@patch(sts, "load_persisted_state")
def restore_sessions(original: Function, data: Any) -> None:
    original(data)
    sts._sessions.update(data.get("sessions", {}))


# A function's code has a file of its own, named by its hash


@patch(lambda_svc, "_externalize_code_zip")
def by_known_hash(original: Function, function: Any, referenced: set[str]) -> None:
    """Spare the hash of code that is on disk already."""
    known = (function.get("config") or {}).get("CodeSha256") or ""
    sha = base64.b64decode(known).hex()
    if isinstance(function.get("code_zip"), bytes) and Path(lambda_svc.CODE_BLOB_DIR, f"{sha}.zip").exists():
        function["code_zip"] = {lambda_svc._BLOB_REF_KEY: sha}
        referenced.add(sha)
    else:
        original(function, referenced)


_in_the_file: set[str] = set()


@patch(lambda_svc, "_prune_orphan_code_blobs")
def one_checkpoint_later(original: Function, referenced: set[str]) -> None:
    """Keep what the state on disk still names, until the state that doesn't has been written."""
    original(referenced | _in_the_file)
    _in_the_file.clear()
    _in_the_file.update(referenced)
