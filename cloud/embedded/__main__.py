"""Serves the embedded cloud until its standard input ends."""

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

from cloud.embedded.root_key import ROOT_KEY_ID, root_secret

CLOSES = (
    "access",
    "buckets",
    "identity",
    "usernames",
    "attributes",
    "challenges",
    "identities",
    "workers",
    "functions",
    "streams",
    "tables",
    "rest_api",
    "gateway",
    "stage_cache",
    "edge",
    "templates",
    "speech",
    "mail",
    "logs",
    "item_store",
    "checkpoints",
    "doors",
)
LOCK_LIMIT = 3.0


def main() -> None:
    options = argparse.ArgumentParser(prog="cloud.embedded", description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--stock", action="store_true", help="leave the differences from AWS open")
    given = options.parse_args()
    data = given.data.resolve()
    with locked(data) as lock, bound(given.port) as listener:
        print(os.getpid(), file=lock, flush=True)  # whoever starts us knows by it that it's us who answer
        shutil.rmtree(data / "tmp", ignore_errors=True)  # what the workers of a killed cloud left
        (data / "tmp").mkdir()
        os.environ.update(settings(data, given.port))
        from cloud.embedded import server  # reads the settings when it is imported

        for module in () if given.stock else CLOSES:
            importlib.import_module(f"cloud.embedded.{module}")
        server.serve(listener, data / "cloud.log")


def settings(data: Path, port: int) -> dict[str, str]:
    return {
        "AUTH": "true",
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
        "DOCKER_HOST": f"unix://{data}/no-docker",  # a person's own containers are none of our business
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }


def locked(data: Path) -> IO[str]:
    """Hold the data folder; one that was just killed may still be writing its last checkpoint."""
    data.mkdir(parents=True, exist_ok=True)
    lock = (data / "lock").open("a")
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
