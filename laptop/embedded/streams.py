"""DynamoDB streams to Lambda: partial batches, bisection, bounded retries and the failure queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import lambda_svc

from laptop.embedded.patching import Function, patch

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0

Records = list[dict[str, Any]]
Result = dict[str, Any]


@patch(lambda_svc, "_execute_function")
def with_batch_rules(original: Function, function: Any, event: Any) -> Any:
    mapping = _mapping_of(function, event) if _only.get() else None  # direct callers get its answer
    if not mapping:
        return original(function, event)
    batch = StreamBatch(mapping, function, lambda records: original(function, {"Records": records}))
    return batch.deliver(event["Records"])


def _mapping_of(function: Any, event: Any) -> Any:
    first = (event.get("Records") or [{}])[0] if isinstance(event, dict) else {}
    if not isinstance(first, dict) or first.get("eventSource") != "aws:dynamodb":
        return None
    wanted = first.get("eventSourceARN"), function["config"]["FunctionName"]
    mappings = (mapping for _, _, mapping in lambda_svc._iter_all_esms())
    return next((each for each in mappings if (each["EventSourceArn"], each["FunctionName"]) == wanted), None)


class StreamBatch:
    """Delivers one stream's records to one function, by the rules of its event source mapping."""

    def __init__(self, mapping: Any, function: Any, invoke: Callable[[Records], Result]) -> None:
        self._mapping = mapping
        self._function = function
        self._invoke = invoke

    def deliver(self, records: Records, attempt: int = 0) -> Result:
        while True:
            result = self._invoke(records)
            left = records if result.get("error") else self._failed(records, result)
            if not left:
                return result
            if self._mapping.get("BisectBatchOnFunctionError") and len(left) > 1:
                half = len(left) // 2
                first, second = (self.deliver(part, attempt) for part in (left[:half], left[half:]))
                return {**second, "error": True} if first.get("error") else second
            limit = self._mapping.get("MaximumRetryAttempts", -1)
            if limit < 0:
                return {**result, "error": True}  # ministack retries every second, forever
            if attempt >= limit:
                self._give_up(left, result)
                return {"body": None}
            attempt += 1
            records = left
            time.sleep(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE))

    def _failed(self, records: Records, result: Result) -> Records:
        """The records from the first one that the function reports as failed."""
        if "ReportBatchItemFailures" not in (self._mapping.get("FunctionResponseTypes") or []):
            return []
        failures = (result.get("body") or {}).get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in failures}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        known = [place for place, number in enumerate(numbers) if number in failed]
        return records[min(known, default=0) :] if failed else []

    def _give_up(self, records: Records, result: Result) -> None:
        arn = self._mapping["EventSourceArn"]
        reason = "RetryAttemptsExhausted"
        lambda_svc._send_ddb_stream_failure_record(self._mapping, self._function, records, arn, result, reason)


_only: ContextVar[str | None] = ContextVar("only", default=None)
_polled: set[str] = set()


@patch(lambda_svc, "_iter_all_esms")
def narrowed(original: Function) -> list[tuple[str, str, Any]]:
    only = _only.get()
    return [each for each in original() if only in (None, each[2]["UUID"])]


@patch(lambda_svc, "_poll_dynamodb_streams")
def side_by_side(original: Function) -> bool:
    """Poll each mapping in its own thread: one that retries doesn't block the others."""
    for _, _, mapping in lambda_svc._iter_all_esms():
        identity = mapping["UUID"]
        if ":dynamodb:" in mapping.get("EventSourceArn", "") and identity not in _polled:
            _polled.add(identity)
            threading.Thread(target=_poll, args=(original, identity), daemon=True).start()
    return False


def _poll(original: Function, identity: str) -> None:
    _only.set(identity)
    try:
        progressed = original()
    finally:
        _polled.discard(identity)
    if progressed:
        lambda_svc._esm_wake.set()
