"""Runs in a fresh process: loads a contender, answers one event, then as many more as requested.

    python benchmarks/fresh.py NAME EVENT WARM-UPS REQUESTS

Prints the first response as one line of JSON, then the CPU seconds of a warm request.
"""

import json
import sys


class Context:
    """The part of Lambda's context that frameworks read."""

    function_name = "albums"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:albums"
    memory_limit_in_mb = "512"
    aws_request_id = "2f6c1d5e-0000-4000-8000-000000000000"
    log_group_name = "/aws/lambda/albums"
    log_stream_name = "2026/11/20/[$LATEST]0"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


sys.stdout = sys.stderr  # a contender's log is not its answer
name, event = sys.argv[1], json.loads(sys.argv[2])
handler = __import__(f"benchmarks.contenders.{name}", fromlist=["handler"]).handler
print(json.dumps(handler(event, Context())), file=sys.__stdout__, flush=True)

import time  # noqa: E402

warm_ups, requests = int(sys.argv[3]), int(sys.argv[4])
text = sys.argv[2]
for _ in range(warm_ups):
    handler(json.loads(text), Context())
started = time.process_time()
for _ in range(requests):
    json.dumps(handler(json.loads(text), Context()))
print((time.process_time() - started) / max(requests, 1), file=sys.__stdout__, flush=True)
