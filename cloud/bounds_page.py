"""The table of bounds in docs/BOUNDS.md, from where each feature declares its own."""

from __future__ import annotations

import sys
from pathlib import Path

from chalicelib.core.bounds import Bound

TARGET = Path(__file__).resolve().parent.parent / "docs/BOUNDS.md"
_FIRST, _LAST = "| --- | --- | --- |\n", "\n\n"


def text() -> str:
    """The page with its table as it has to be; the modules of the application are loaded by now."""
    before, first, rest = TARGET.read_text("utf-8").partition(_FIRST)
    _, last, after = rest.partition(_LAST)
    return before + first + "\n".join(map(_row, declared())) + last + after


def declared() -> list[Bound]:
    modules = [module for name, module in sys.modules.items() if name.startswith("chalicelib.")]
    return sorted({value for module in modules for value in vars(module).values() if isinstance(value, Bound)})


def _row(bound: Bound) -> str:
    return f"| `{bound.name}` | {bound.most:,} {bound.window} | {bound.what} |"
