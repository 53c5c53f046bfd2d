"""The embedded cloud's process: `EmbeddedCloud` starts it; it serves until its standard input ends."""

from __future__ import annotations

import argparse
import errno
import fcntl
import importlib
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import IO

from cloud.errors import CloudError
from laptop import folder
from laptop.embedded import EXECUTIONS, SITE
from laptop.embedded.root_key import ROOT_KEY_ID, root_secret

CLOSES = (
    "access",
    "actions",
    "buckets",
    "signatures",
    "identity",
    "limits",
    "usernames",
    "attributes",
    "challenges",
    "identities",
    "workers",
    "packages",
    "nursery",
    "functions",
    "streams",
    "tables",
    "rest_api",
    "deployments",
    "gateway",
    "stage_cache",
    "throttles",
    "edge",
    "edge_cache",
    "edge_compression",
    "domains",
    "templates",
    "speech",
    "protection",
    "replicas",
    "stack_rights",
    "mail",
    "logs",
    "files",
    "item_store",
    "stream_store",
    "checkpoints",
    "downloads",
    "doors",
)
LOCK_LIMIT = 3.0


def main() -> None:
    options = argparse.ArgumentParser(prog="laptop.embedded.process", description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--site", default=SITE, help=f"the address of the pages that may sign people in ({SITE})")
    options.add_argument("--executions", type=int, default=EXECUTIONS, help="how many functions may run at once")
    options.add_argument("--stock", action="store_true", help="ministack without our patches")
    options.add_argument("--told", type=int, help="a descriptor for messages to the user")
    given = options.parse_args()
    os.umask(0o077)  # files that this process and its functions write are private to the user
    try:
        os.environ["LAMBDA_ACCOUNT_CONCURRENCY"] = str(given.executions)
        run(given.data.resolve(), given.port, given.site, given.told, stock=given.stock)
    except CloudError as error:
        sys.exit(str(error))


def run(data: Path, port: int, site: str, told: int | None, *, stock: bool) -> None:
    with locked(data) as lock, bound(port) as listener:
        print(os.getpid(), file=lock, flush=True)  # tells our parent that it is us who answer
        empty(data / "tmp")
        os.environ.update(settings(data, port, site))
        sys.modules["docker"] = None  # type: ignore[assignment]  # nobody is asked by it: see DOCKER_HOST
        if not stock:
            check(data)
        from laptop.embedded import server  # reads the settings at import time

        for module in () if stock else CLOSES:
            importlib.import_module(f"laptop.embedded.{module}")
        if not stock:
            from laptop.embedded.disk import Disk

            Disk.told = told
        server.serve(listener, data / "cloud.log")


def empty(tmp: Path) -> None:
    """Remove what a killed cloud's workers left."""
    if tmp.is_dir():
        shutil.rmtree(tmp, ignore_errors=True)
    else:
        tmp.unlink(missing_ok=True)
    tmp.mkdir(exist_ok=True)


def check(data: Path) -> None:
    """Check that all state can be read, before ministack, which would continue without the rest."""
    from laptop.embedded import object_files, state_files

    state_files.check(data / "state", data / "s3")
    object_files.check(data / "s3")


def settings(data: Path, port: int, site: str) -> dict[str, str]:
    return {
        "AUTH": "true",
        "EMBEDDED_SITE": site,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": ROOT_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": root_secret(data),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        "TMPDIR": str(data / "tmp"),
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": f"unix://{data}/no-docker",  # the user's own containers are none of our business
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }


def locked(data: Path) -> IO[str]:
    """Lock the data folder; a process just killed may still be writing its last checkpoint."""
    folder.make(data)
    lock = folder.opened(data / "lock", "a")
    deadline = time.monotonic() + LOCK_LIMIT
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.truncate(0)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                sys.exit(f"Another embedded cloud uses {data}: stop it, or choose another data folder.")
            time.sleep(0.05)


def bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        sys.exit(f"Port {port} can't be used ({error.strerror}): stop what uses it, or choose another port.")
    return listener


if __name__ == "__main__":
    main()
