"""Lambda: functions are active at once, bursts queue, SNS and sockets invoke as on AWS."""

from __future__ import annotations

import json
import os
import threading
import time
from contextvars import ContextVar
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sns

from laptop.embedded.patching import Function, patch

PROCESSES = 4 * (os.cpu_count() or 2)
PATIENCE = 10.0
LATER = 0.1
LARGEST_ENVIRONMENT = 4096


@patch(lambda_svc, "_schedule_state_transition")
def active_at_once(original: Function, name: str, delay: float) -> None:
    function = lambda_svc._functions[name]
    for version in function, *function.get("versions", {}).values():
        version["config"].update(State="Active", StateReason="", StateReasonCode="", LastUpdateStatus="Successful")


@patch(lambda_svc, "_create_function")
def with_a_small_environment(original: Function, data: dict[str, Any]) -> Any:
    return _too_large(data) or original(data)


@patch(lambda_svc, "_update_config")
def still_with_a_small_environment(original: Function, name: str, data: dict[str, Any]) -> Any:
    return _too_large(data) or original(name, data)


def _too_large(data: dict[str, Any]) -> Any:
    """Measured as AWS does, as JSON."""
    text = json.dumps((data.get("Environment") or {}).get("Variables") or {}, separators=(",", ":"))
    if len(text.encode()) <= LARGEST_ENVIRONMENT:
        return None
    said = "Lambda was unable to configure your environment variables because they exceeded the 4KB limit"
    return lambda_svc.error_response_json("InvalidParameterValueException", said, 400)


class Queue:
    """Admits as many calls as there may be processes, plus one when none has ended for a while.

    The extra one is for handlers that invoke another function and would otherwise deadlock.
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


# Whether this call is asynchronous: then it waits if its function has no room.
_waits: ContextVar[bool] = ContextVar("waits", default=False)


@patch(lambda_svc, "_execute_function")
def in_turn(original: Function, function: Any, event: Any) -> Any:
    """Beyond a function's reserved concurrency, a call is refused; an asynchronous one comes later."""
    while True:
        with _queue:
            answer = original(function, event)
        if not (answer.get("throttle") and _waits.get()):
            return answer
        time.sleep(LATER)


@patch(lambda_svc, "invoke_async_with_retry")
def that_may_wait(original: Function, function: Any, event: Any) -> None:
    token = _waits.set(True)
    try:
        original(function, event)  # in a thread that starts with what is set here
    finally:
        _waits.reset(token)


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
    """Runs WebSocket handlers like all others: in parallel, logged, without leaking errors."""

    def __init__(self, original: Function, name: str, config: Any, code: bytes, qualifier: str | None = None) -> None:
        self._function = {"config": config, "code_zip": code}

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:
        result = lambda_svc._execute_function_with_config_scope(self._function, event)
        if result.get("error"):
            return {"status": "error", "error": '{"message": "Internal server error"}'}
        return {"status": "ok", "result": result.get("body") or {}}
