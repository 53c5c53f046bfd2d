"""The root key of the embedded cloud: a secret of its own for each data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT_KEY_ID = "AKIAEMBEDDEDCLOUD000"


def root_secret(data: Path) -> str:
    """The secret kept in `data`; the first call makes it."""
    path = data / "root-secret"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(30))
    return path.read_text()
