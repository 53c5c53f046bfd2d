"""One stage for the whole run, started when the first test asks for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.stage import RunningStage, User, forget_settings


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStage]:
    # Two runs in one checkout must not write each other's settings.
    running = RunningStage(tmp_path_factory.mktemp("stage"), name=f"test-{secrets.token_hex(2)}")
    try:
        yield running.start()
    finally:
        ended = running.process is None or running.process.poll() is not None or running.stop() == 0
        forget_settings(running.name)
        assert ended, running.output


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
