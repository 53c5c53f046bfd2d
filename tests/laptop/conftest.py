"""Two embedded clouds for the tests of a file: ours, and ministack without our patches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.laptop.closed", "tests.laptop.embedded_support", "tests.laptop.data_support")

from tests.laptop.embedded_support import Bed  # noqa: E402 - its assertions are to be rewritten


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    built = Bed()
    yield built
    built.close()


@pytest.fixture(scope="module")
def stock() -> Iterator[Bed]:
    """ministack as it comes."""
    built = Bed(stock=True)
    yield built
    built.close()
