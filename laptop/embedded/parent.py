"""The process from which functions' processes are forked: it loads the code, then forks on request."""

import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path


def main(told: socket.socket) -> None:
    asked = json.loads(told.recv(65_536))
    if not _loaded(asked["folders"], asked["path"], asked["module"]):
        return
    told.send(b"ready")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # reap ended children automatically
    while True:
        message, ends, _, _ = socket.recv_fds(told, 65_536, 4)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            told.close()
            _live(json.loads(Path(os.fsdecode(message)).read_text()), ends)
        told.send(str(pid).encode())
        for end in ends:
            os.close(end)


def _loaded(folders: list[str], path: list[str], module: str) -> bool:
    sys.stdout = sys.stderr  # as when the handlers run
    code, *layers = folders
    own = f"python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    places = (f"{layer}/{each}" for layer in layers for each in ("python", own))
    sys.path[:] = [code, *filter(os.path.isdir, places), *path]
    os.chdir(code)
    try:
        importlib.import_module(module)
    except BaseException:
        return False
    return True


def _live(asked: dict, ends: list[int]) -> None:  # type: ignore[type-arg]
    """Run as ministack's own process would, except that the code is already loaded."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, end in enumerate(ends[:3]):
        os.dup2(end, number)
        os.close(end)
    os.set_inheritable(ends[3], False)  # open exactly as long as this process lives
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.stdout = sys.__stdout__
    try:
        exec(compile(asked["script"], "worker", "exec"), {"__name__": "__main__"})
    finally:
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
