"""The embedded cloud's root key: each data folder has its own secret."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from laptop import folder

ROOT_KEY_ID = "AKIAEMBEDDEDCLOUD000"
_SECRET = re.compile(rb"[A-Za-z0-9_-]{40}")


def root_secret(data: Path) -> str:
    """The secret stored in `data`; the first call creates it, and nothing ever replaces it."""
    path = data / "root-secret"
    if not path.exists():
        folder.write(path, secrets.token_urlsafe(30))
    try:
        found = path.read_bytes()
    except OSError as error:
        raise folder.damaged(path, error, "move it away, and the next start makes a new one") from None
    if not _SECRET.fullmatch(found):
        raise folder.damaged(path, "it is not a secret", "delete it, and the next start makes a new one")
    return found.decode()
