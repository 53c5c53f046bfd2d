"""Writes changes to disk several times a second, so that a killed cloud comes back as its clients know it."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import cognito, lambda_svc, sts

from cloud.errors import CloudError
from laptop.embedded import item_store, state_files, stream_store
from laptop.embedded.code_files import Code
from laptop.embedded.disk import ENOUGH, Disk, reserve
from laptop.embedded.patching import Function, patch
from laptop.folder import damaged

SHORTEST_PAUSE = 0.2
LONGEST_PAUSE = 0.7
log = logging.getLogger(__name__)


class Activity:
    """Whether anything happened that may have changed a service's state."""

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
def whole_or_not_at_all(original: Function) -> None:
    """ministack would ignore what it can't restore, and the next checkpoint would make that final."""
    try:
        for name, module in ministack._state_map.items():
            _restore(name, module)
        item_store.load()
        stream_store.load()
        _write(state_texts())
        state_files.keep_copies()
    except CloudError as error:
        state_files.stop(error)
    except OSError as error:
        why = f"{persistence.STATE_DIR} can't be written to ({error.strerror})"
        state_files.stop(CloudError(f"{why}: make room, then start again."))
    asyncio.get_running_loop().create_task(_write_again_and_again())


def _restore(name: str, module: str) -> None:
    payload = state_files.taken(name)
    if payload:
        try:
            ministack._get_module(module).load_persisted_state(payload)
        except CloudError:
            raise
        except Exception as error:
            path = Path(persistence.STATE_DIR, f"{name}.json")
            raise damaged(path, f"{type(error).__name__}: {error}") from error


@patch(ministack, "save_all")
def one_last_time(original: Function, services: Any) -> None:
    try:
        _write(state_texts())
        state_files.keep_copies()
        item_store.close()
    except (OSError, sqlite3.Error) as error:
        Disk.refused(error)


async def _write_again_and_again() -> None:
    pause = SHORTEST_PAUSE
    while True:
        await asyncio.sleep(pause)
        if Activity.seen or Disk.refuses:
            Activity.seen = False
            started = time.perf_counter()
            texts, dropped = state_texts(), item_store.dropped()
            pause = min(max(20 * (time.perf_counter() - started), SHORTEST_PAUSE), LONGEST_PAUSE)
            try:
                await asyncio.to_thread(_write, texts)
                item_store.forget(dropped)
                stream_store.forget_old()
                if Disk.refuses:
                    item_store.probe()
                    Disk.took_all()
            except (OSError, sqlite3.Error) as error:
                pause, Activity.seen = LONGEST_PAUSE, True
                Disk.refused(error)


def _write(texts: dict[str, str]) -> None:
    if Disk.refuses:
        reserve(Path(persistence.STATE_DIR), ENOUGH)
    _files.write(texts)
    if "lambda" in texts:
        Code.in_the_file = Code.in_the_text


def state_texts() -> dict[str, str]:
    """Each service's state as JSON; one that another thread is changing is left for the next time."""
    texts = {}
    for name, get_state in ministack._build_persistence_save_dict().items():
        try:
            state = get_state()
            wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
            if state is not None:
                texts[name] = json.dumps(wrapped, default=persistence._json_default)
        except RuntimeError:
            Activity.seen = True
        except OSError as error:  # code has separate files
            Activity.seen = True
            Disk.refused(error)
        except Exception:
            log.exception("The state of %s can't be written.", name)
    return texts


@patch(cognito, "get_state")
def uncopied(original: Function) -> Any:
    """Avoid copying every user: the result becomes text before anything else runs."""
    cognito.copy = SimpleNamespace(deepcopy=lambda value: value)
    try:
        return original()
    finally:
        cognito.copy = copy


@patch(cognito, "_drop_pool_keys")
def with_their_copies(original: Function, pool: str) -> None:
    for use in cognito._POOL_KEY_USES:
        state_files.forget_copy(Path(cognito._POOL_KEYS_DIR, f"{pool}-{use}.pem"))
    original(pool)


_files = state_files.StateFiles()


@patch(sts, "get_state")
def with_sessions(original: Function) -> dict[str, Any]:
    return {**original(), "sessions": dict(sts._sessions)}


@patch(sts, "load_persisted_state")
def restore_sessions(original: Function, data: Any) -> None:
    original(data)
    sts._sessions.update(data.get("sessions", {}))
