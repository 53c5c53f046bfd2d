"""Two embedded clouds for a file's tests: ours, and stock ministack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.laptop.closed")

from tests.laptop.embedded_support import Bed  # noqa: E402 - its assertions are to be rewritten


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    built = Bed()
    yield built
    built.close()


@pytest.fixture(scope="module")
def stock() -> Iterator[Bed]:
    """Stock ministack."""
    built = Bed(stock=True)
    yield built
    built.close()
