"""Each difference from AWS that the embedded cloud closes, checked on it and on stock ministack."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests.laptop import closed
from tests.laptop.closed import CLOSED, Check
from tests.laptop.embedded_support import Bed

for subject in iter_modules(closed.__path__, f"{closed.__name__}."):
    import_module(subject.name)
NAMES = [check.__name__ for _, check in CLOSED]


@pytest.fixture(scope="module")
def left_open(stock: Bed) -> dict[str, str | None]:
    """The failures on stock ministack; the checks run in parallel, as most of them wait."""
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda closed: _outcome(closed[1], stock), CLOSED))
    return dict(zip(NAMES, outcomes, strict=True))


def _outcome(check: Check, bed: Bed) -> str | None:
    try:
        check(bed)
    except (Exception, pytest.fail.Exception) as error:  # any error shows that the check fails
        return repr(error)
    return None


@pytest.mark.parametrize("check", [check for _, check in CLOSED], ids=NAMES)
def test_closed(bed: Bed, check: Check) -> None:
    check(bed)


@pytest.mark.parametrize(("module", "name"), [(module, check.__name__) for module, check in CLOSED], ids=NAMES)
def test_still_needed(left_open: dict[str, str | None], module: str, name: str) -> None:
    assert left_open[name], f"ministack does this by itself now: take it out of laptop/embedded/{module}.py"
