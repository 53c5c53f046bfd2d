"""Lambda without invented waits: bursts queue, updates let running calls finish, SNS and sockets invoke properly."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sns

from cloud.embedded.patching import Function, patch

PROCESSES = 4 * (os.cpu_count() or 2)
QUEUE_LIMIT = 3.0  # a handler may invoke another, so nobody waits for ever
RETIREMENT = 30.0
_free_processes = threading.BoundedSemaphore(PROCESSES)


@patch(lambda_runtime.Worker, "_drain_stderr_bounded")
def without_waiting_for_a_log_line(original: Function, worker: Any) -> Any:
    return original(worker, 0.001, 0.001)


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


@patch(lambda_svc, "_execute_function")
def in_turn(original: Function, function: Any, event: Any) -> Any:
    free = _free_processes.acquire(timeout=QUEUE_LIMIT)
    try:
        return original(function, event)
    finally:
        if free:
            _free_processes.release()


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
