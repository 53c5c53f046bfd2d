"""The environment of a stage: what a shell, `chalice local` or a test needs to talk to it."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from cloud import functions
from cloud.errors import CloudError
from cloud.stage import Stage

_SHARED = "environment.json"  # where a cloud on this machine says how it is reached


def exports(stage: Stage, data: Path) -> list[str]:
    """Lines for `eval`: the embedded cloud's, where one runs on this machine, and the stage's own settings."""
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
        raise CloudError(f"{kept} can't be read ({error}): start `bin/run` again, which writes it.") from None
    return found


def adopt(outputs: dict[str, str]) -> None:
    """Settings of the stage for the application when it is imported here."""
    os.environ.update(settings(outputs))


def settings(outputs: dict[str, str]) -> dict[str, str]:
    return functions.settings(outputs["Stage"])
