"""Functions' processes: they survive errors and updates, and mark the end of a call's log."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable
from typing import Any

from ministack.core import lambda_runtime

from laptop.embedded.patching import Function, patch

RETIREMENT = 30.0
LOG_LIMIT = 0.25
END_OF_LOG = "-- end of the call's log --"


def change_script(old: str, new: str) -> None:
    """Replace the only occurrence of `old` in a process's program."""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(old) != 1:
        raise LookupError(f"ministack's program for a function's process has changed: {old!r} is not in it once")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(old, new)


change_script(
    '{"status": "error", "error": str(e), "trace": traceback.format_exc()}',
    '{"status": "ok", "failure": {"error": str(e), "trace": traceback.format_exc()}}',
)
change_script(
    "        _real_stdout.flush()\n\nrun()",
    f'        print("\\n{END_OF_LOG}", file=sys.stderr, flush=True)\n        _real_stdout.flush()\n\nrun()',
)


@patch(lambda_runtime.Worker, "invoke")
def outliving_an_error(original: Function, worker: Any, *event: Any, **context: Any) -> Any:
    """ministack ends the process of a handler that raised; ours reports it and serves the next call."""
    response = original(worker, *event, **context)
    failure = response.pop("failure", None)
    return {**response, **failure, "status": "error"} if failure else response


@patch(lambda_runtime.Worker, "_drain_stderr_bounded")
def until_its_end(original: Function, worker: Any) -> Any:
    """Read the log up to its end, where ministack waits to see whether another line comes."""
    if not str(worker.config.get("Runtime")).startswith("python"):
        return original(worker)
    lines: list[str] = []
    deadline = time.monotonic() + LOG_LIMIT
    while lines[-1:] != [END_OF_LOG]:
        try:
            lines.append(worker._stderr_queue.get(timeout=max(deadline - time.monotonic(), 0)))
        except queue.Empty:
            return "\n".join(lines)
    return "\n".join(lines[:-1]).removesuffix("\n")


@patch(lambda_runtime, "kill_workers")
def once_idle(original: Function, workers: Iterable[Any]) -> None:
    known = [worker for worker in workers if worker]
    original([worker for worker in known if not worker.in_use])
    busy = [worker for worker in known if worker.in_use]
    if busy:
        later = threading.Timer(RETIREMENT, original, [busy])
        later.daemon = True
        later.start()
