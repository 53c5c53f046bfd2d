"""The environment of a stage: what a shell, `chalice local` or a test needs to talk to it."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from cloud import functions
from cloud.stage import Stage

_KEPT = "environment.json"


def keep(data: Path, environment: dict[str, str]) -> None:
    """For other shells: how to reach the embedded cloud that keeps its state there. Its secret is in it."""
    path = data / _KEPT
    path.touch(mode=0o600)
    path.write_text(json.dumps(environment, indent=2), "utf-8")


def forget(data: Path) -> None:
    (data / _KEPT).unlink(missing_ok=True)


def exports(stage: Stage, data: Path) -> list[str]:
    """Lines for `eval`: the embedded cloud's, where one runs on this machine, and the stage's own settings."""
    kept = data / _KEPT
    cloud = json.loads(kept.read_text("utf-8")) if kept.exists() and "AWS_ENDPOINT_URL" not in os.environ else {}
    os.environ.update(cloud)
    outputs = stage.outputs()
    functions.write_settings(outputs)
    functions.fetch_notes(outputs)
    return [f"export {name}={shlex.quote(value)}" for name, value in {**cloud, **settings(outputs)}.items()]


def adopt(outputs: dict[str, str]) -> None:
    """Settings of the stage for the application when it is imported here."""
    os.environ.update(settings(outputs))


def settings(outputs: dict[str, str]) -> dict[str, str]:
    config = json.loads((functions.CHALICE / "config.json").read_text("utf-8"))
    found: dict[str, str] = config["stages"][outputs["Stage"]]["environment_variables"]
    return found
