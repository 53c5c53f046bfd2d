"""This machine's own names: a page whose host name was made to point here uses another."""

from __future__ import annotations

import re
from collections.abc import Sequence

OWN = ("localhost", "127.0.0.1", "[::1]")
NOT_ONE_NAME = "The Host header must be the one requested name, with its port."
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


def host_of(values: Sequence[str]) -> str | None:
    """The requested host, in lower case and without its port; None unless it is exactly one valid name."""
    found = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    return found[1].lower() if found else None
