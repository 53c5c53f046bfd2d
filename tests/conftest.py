"""One stage for the whole run, started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stage import RunningStage, User


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStage]:
    running = RunningStage(tmp_path_factory.mktemp("stage"))
    try:
        yield running.start()
    finally:
        if running.process and running.process.poll() is None:
            assert running.stop() == 0, running.output


@pytest.fixture(scope="session")
def curator(stage: RunningStage) -> User:
    return stage.demo(0)


@pytest.fixture(scope="session")
def bruno(stage: RunningStage) -> User:
    return stage.demo(1)


@pytest.fixture(scope="session")
def chidi(stage: RunningStage) -> User:
    return stage.demo(2)


@pytest.fixture
def somebody(stage: RunningStage) -> User:
    """A new person for this test alone."""
    return stage.sign_up()
