"""The names by which this machine calls itself: a page that has made its own name point here gives another one."""

from __future__ import annotations

import re
from collections.abc import Sequence

OWN = ("localhost", "127.0.0.1", "[::1]")
NOT_ONE_NAME = "The header Host has to be the one name, with its port, that is asked for."
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


def host_of(values: Sequence[str]) -> str | None:
    """The host that a request asks for, in small letters and without its port; None where that is not one good name."""
    found = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    return found[1].lower() if found else None
