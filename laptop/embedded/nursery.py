"""Forks functions' processes from one that has loaded their code.

As with SnapStart, a module is initialised once per version of the code and settings; each process continues
from there with its own credentials. Where that is impossible (not on Linux, or the code does not load), a
process starts as in ministack.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any
from zipfile import ZipFile

from ministack.core import lambda_runtime

from laptop.embedded import packages, parent
from laptop.embedded.patching import Function, patch

MOST_PARENTS = 6
PATIENCE = 20.0
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class NotForkedError(Exception):
    """Start the process the old way."""


class Forked:
    """A process that is not our child, with the interface ministack expects: it ends when its end of a pipe closes."""

    def __init__(self, pid: int, alive: int, stdin: IO[str], stdout: IO[str], stderr: IO[str]) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self._alive = alive
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired("a function's process", timeout or 0)
        return ended

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self._alive, select.POLLIN)
            if waiting.poll(None if timeout is None else timeout * 1000):
                self.returncode = 0
        return self.returncode

    def __del__(self) -> None:
        os.close(self._alive)


class Parent:
    """A process that has loaded the code, and forks."""

    def __init__(self, folders: list[str], module: str, environment: dict[str, str]) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        self._socket = ours
        self._process = subprocess.Popen(
            [sys.executable, parent.__file__, str(its.fileno())],
            env={name: value for name, value in environment.items() if name not in _CREDENTIALS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
        )
        its.close()
        ours.settimeout(PATIENCE)
        ours.send(json.dumps({"folders": folders, "module": module, "path": packages.PATH}).encode())
        if ours.recv(100) != b"ready":
            self.end()
            raise NotForkedError("the code can't be loaded: callers get the reason")

    def fork(self, script: str, folder: str, environment: dict[str, str]) -> Forked:
        told = Path(folder).parent / "_child.json"  # messages are limited in size
        told.write_text(json.dumps({"script": script, "folder": folder, "environment": environment}))
        pipes = [os.pipe() for _ in range(4)]
        (stdin, to_it), (from_it, stdout), (log, stderr), (alive, its_life) = pipes
        theirs = [stdin, stdout, stderr, its_life]
        try:
            with self._turn:
                socket.send_fds(self._socket, [os.fsencode(told)], theirs)
                pid = int(self._socket.recv(100) or b"0")
        except OSError as error:
            raise NotForkedError(str(error)) from error
        finally:
            for end in theirs:
                os.close(end)
        return Forked(pid, alive, os.fdopen(to_it, "w", 1), os.fdopen(from_it), os.fdopen(log))

    def end(self) -> None:
        self._socket.close()
        threading.Thread(target=self._process.wait, daemon=True).start()


class Nursery:
    """The most recently used parents."""

    def __init__(self) -> None:
        self._parents: OrderedDict[str, Parent] = OrderedDict()
        self._turn = threading.Lock()

    def born(self, config: dict[str, Any], script: str, folder: str, environment: dict[str, str]) -> Forked:
        layers = environment.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)
        folders = [os.path.realpath(each) for each in (folder, *filter(None, layers))]
        module = config.get("Handler", "").rpartition(".")[0].replace("/", ".")
        settings = config.get("Environment", {}).get("Variables", {})
        name = json.dumps([folders, module, settings], sort_keys=True)
        try:
            return self._parent(name, folders, module, environment).fork(script, folder, environment)
        except NotForkedError:
            self._forget(name)
            raise

    def _parent(self, name: str, folders: list[str], module: str, environment: dict[str, str]) -> Parent:
        with self._turn:
            if name not in self._parents:
                self._parents[name] = Parent(folders, module, environment)
            self._parents.move_to_end(name)
            if len(self._parents) > MOST_PARENTS:
                self._parents.popitem(last=False)[1].end()
            return self._parents[name]

    def _forget(self, name: str) -> None:
        with self._turn:
            if gone := self._parents.pop(name, None):
                gone.end()


_nursery = Nursery()
_asking = threading.local()


@patch(lambda_runtime.Worker, "_spawn")
def asking(original: Function, worker: Any) -> None:
    _asking.config = worker.config
    original(worker)


def _popen(command: list[str], *, cwd: str, env: dict[str, str], **options: Any) -> Any:
    if sys.platform == "linux" and command[0] == sys.executable:
        with contextlib.suppress(NotForkedError, OSError):
            return _nursery.born(_asking.config, Path(command[1]).read_text(), cwd, env)
    return subprocess.Popen(command, cwd=cwd, env=env, **options)


class Unpacked(ZipFile):
    """A package unpacked once for any number of processes."""

    def extractall(self, path: Any = None, *rest: Any) -> None:
        with Path(str(self.filename)).open("rb") as file:
            place = Path(os.environ["TMPDIR"], "unpacked", hashlib.file_digest(file, "sha256").hexdigest())
        with _unpacking:
            if not place.exists():
                fresh = place.with_suffix(f".{os.getpid()}")
                super().extractall(fresh, *rest)
                fresh.rename(place)
        Path(path).rmdir()
        Path(path).symlink_to(place)


_unpacking = threading.Lock()

# The names that ministack's module uses and no other does.
lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": _popen})
lambda_runtime.zipfile = SimpleNamespace(**{**vars(lambda_runtime.zipfile), "ZipFile": Unpacked})
