"""Mentions in what people write: `@[Ada Lovelace](her id)`, which stays readable as plain text and is never HTML."""

from __future__ import annotations

import re
from itertools import islice

MOST = 10  # of one text; whoever else it names is not told
_MENTION = re.compile(r"@\[([^\[\]\n]{1,200})\]\(([A-Za-z0-9-]{1,64})\)")


def mentioned(text: str) -> list[str]:
    """The ids of those mentioned first, each once."""
    return list(islice(dict.fromkeys(id for _, id in _MENTION.findall(text)), MOST))


def plain(text: str) -> str:
    """The text as it is read: names without ids."""
    return _MENTION.sub(r"@\1", text)
