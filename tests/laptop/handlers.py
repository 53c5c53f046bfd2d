"""Sources of functions that tests put on the embedded cloud."""

from __future__ import annotations

from pathlib import Path

ECHO = "def handler(event, context): return event"


FAIL = 'def handler(event, context): raise RuntimeError("a secret detail")'


WAITER = """
    import pathlib, time
    def handler(event, context):
        signals = pathlib.Path({signals!r})
        (signals / "{name}").touch()
        end = time.monotonic() + 60
        while not (signals / "go").exists() and time.monotonic() < end:
            time.sleep(0.02)
        return "{name}"
"""


RECORDER = """
    import pathlib
    def handler(event, context):
        for record in event["Records"]:
            name = record["dynamodb"]["Keys"]["sk"]["S"]
            if name == "{poison}":
                {poisoned}
            pathlib.Path({signals!r}, name).touch()
        return {{"batchItemFailures": []}}
"""


def recorder(signals: Path, poison: str = "", poisoned: str = "raise ValueError") -> str:
    return RECORDER.format(signals=str(signals), poison=poison, poisoned=poisoned)


def seen(signals: Path) -> list[str]:
    return sorted(path.name for path in signals.iterdir())
