"""Lambda without invented waits: bursts queue, updates let running calls finish, SNS and sockets invoke properly."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sns

from cloud.embedded.patching import Function, patch

PROCESSES = 4 * (os.cpu_count() or 2)
PATIENCE = 3.0
RETIREMENT = 30.0


@patch(lambda_runtime.Worker, "_drain_stderr_bounded")
def without_waiting_for_a_log_line(original: Function, worker: Any) -> Any:
    return original(worker, 0.001, 0.001)


HANDLER_FAILED = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
AND_LIVES_ON = '{"status": "ok", "failure": {"error": str(e), "trace": traceback.format_exc()}}'
if lambda_runtime._PYTHON_WORKER_SCRIPT.count(HANDLER_FAILED) != 1:
    raise LookupError("the worker's script is not the one that functions.py knows")
lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(HANDLER_FAILED, AND_LIVES_ON)


@patch(lambda_runtime.Worker, "invoke")
def outliving_an_error(original: Function, worker: Any, *event: Any, **context: Any) -> Any:
    """ministack ends the process of a handler that raised; here it says so and serves the next call."""
    response = original(worker, *event, **context)
    failure = response.pop("failure", None)
    return {**response, **failure, "status": "error"} if failure else response


@patch(lambda_svc, "_schedule_state_transition")
def active_at_once(original: Function, name: str, delay: float) -> None:
    function = lambda_svc._functions[name]
    for version in function, *function.get("versions", {}).values():
        version["config"].update(State="Active", StateReason="", StateReasonCode="", LastUpdateStatus="Successful")


@patch(lambda_runtime, "kill_workers")
def once_idle(original: Function, workers: Iterable[Any]) -> None:
    known = [worker for worker in workers if worker]
    original([worker for worker in known if not worker.in_use])
    busy = [worker for worker in known if worker.in_use]
    if busy:
        later = threading.Timer(RETIREMENT, original, [busy])
        later.daemon = True
        later.start()


class Queue:
    """Admits as many calls as there may be processes; one more when none has ended for a while.

    That one is for handlers that invoke another function: they would wait for each other for ever.
    """

    def __init__(self) -> None:
        self._running = 0
        self._moved = time.monotonic()
        self._change = threading.Condition()

    def __enter__(self) -> None:
        with self._change:
            self._wait()
            self._running += 1
            self._moved = time.monotonic()

    def __exit__(self, *_outcome: object) -> None:
        with self._change:
            self._running -= 1
            self._moved = time.monotonic()
            self._change.notify()

    def _wait(self) -> None:
        while self._running >= PROCESSES:
            left = self._moved + PATIENCE - time.monotonic()
            if left <= 0:
                return
            self._change.wait(left)


_queue = Queue()


@patch(lambda_svc, "_execute_function")
def in_turn(original: Function, function: Any, event: Any) -> Any:
    with _queue:
        return original(function, event)


@patch(sns, "_deliver_to_lambda")
def asynchronously(
    original: Function, endpoint: str, envelope: str, topic: str, subscription: str, *_rest: Any
) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(endpoint)
    message = {"Subject": None, "MessageAttributes": {}, **json.loads(envelope)}
    record = {"EventVersion": "1.0", "EventSource": "aws:sns", "EventSubscriptionArn": subscription, "Sns": message}
    execution = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(execution, {"Records": [record]})


@patch(lambda_runtime, "get_or_create_worker")
class SocketWorker:
    """Runs the handlers of WebSocket routes as all others: side by side, logged, their errors kept inside."""

    def __init__(self, original: Function, name: str, config: Any, code: bytes, qualifier: str | None = None) -> None:
        self._function = {"config": config, "code_zip": code}

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:
        result = lambda_svc._execute_function_with_config_scope(self._function, event)
        if result.get("error"):
            return {"status": "error", "error": '{"message": "Internal server error"}'}
        return {"status": "ok", "result": result.get("body") or {}}
