"""The environment of a stage, as a shell, `chalice local` or a test needs it."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from cloud import functions
from cloud.errors import CloudError
from cloud.stage import Stage

_SHARED = "environment.json"  # where a cloud on this machine says how to reach it


def exports(stage: Stage, data: Path) -> list[str]:
    """Lines for `eval`: how to reach the embedded cloud, if one runs on this machine, and the stage's settings."""
    kept = data / _SHARED
    cloud = _read(kept) if kept.exists() and "AWS_ENDPOINT_URL" not in os.environ else {}
    os.environ.update(cloud)
    outputs = stage.outputs()
    functions.write_settings(outputs)
    functions.fetch_notes(outputs)
    return [f"export {name}={shlex.quote(value)}" for name, value in {**cloud, **settings(outputs)}.items()]


def _read(kept: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(kept.read_bytes())
    except (OSError, ValueError) as error:
        raise CloudError(f"{kept} can't be read ({error}): run `bin/run` again, which rewrites it.") from None
    return found


def adopt(outputs: dict[str, str]) -> None:
    """Set a stage's settings in this process, for importing the application."""
    os.environ.update(settings(outputs))


def settings(outputs: dict[str, str]) -> dict[str, str]:
    return functions.settings(outputs["Stage"])
