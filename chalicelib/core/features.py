"""The features: each folder beside this one that has an `api.py`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from chalicelib.core.routes import Routes

_FOLDER = Path(__file__).resolve().parent.parent


def names() -> list[str]:
    return sorted(api.parent.name for api in _FOLDER.glob("*/api.py"))


def blueprints() -> Iterator[Routes]:
    for name in names():
        yield import_module(f"chalicelib.{name}.api").routes
