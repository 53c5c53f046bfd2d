"""Runs ministack on one loopback socket until the process that started it ends."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import os
import resource
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve as run
from hypercorn.config import Config
from ministack import app as ministack

LOG_SIZE = 2_000_000


class BoundedLog(logging.handlers.RotatingFileHandler):
    """Keeps this log and the previous one; includes output that bypasses `logging`."""

    def _open(self) -> Any:
        stream = super()._open()
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        return stream


def serve(listener: socket.socket, log: Path) -> None:
    logging.basicConfig(
        handlers=[BoundedLog(log, maxBytes=LOG_SIZE, backupCount=1)],
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.errorlog = logging.getLogger("laptop.embedded.http")
    asyncio.run(_serve_until_told(config))


async def _serve_until_told(config: Config) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    threading.Thread(target=_wait_for_parent, args=(loop, told), daemon=True).start()
    await run(ministack.app, config, shutdown_trigger=told.wait, mode="asgi")


def _wait_for_parent(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(told.set)
