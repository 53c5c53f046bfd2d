"""Fixtures for every test: one stage for the whole run, moto in this process, a browser.

A file's name says what its tests need: `test_unit…` nothing, `test_cloud…` the stage, `test_browser…` Chromium,
too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from chalicelib.core.signed import SignedClient
from tests.support.persons import Persons
from tests.support.stage import PROJECT, RunningStage, User, environment_of, forget_settings
from tests.support.tables import Tables

pytest_plugins = ["tests.support.unit", "tests.support.browsers"]

# They have assertions, too.
SHARED = sorted(
    path for kind in ("contract", "support", "states") for path in (PROJECT / "tests").glob(f"*/*{kind}.py")
)
pytest.register_assert_rewrite(*(f"tests.{path.parent.name}.{path.stem}" for path in SHARED))


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStage]:
    # Two runs in one checkout must not overwrite each other's settings.
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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Contracts run on moto, with our own client and with boto3's, and on the embedded cloud."""
    if "tables" in metafunc.fixturenames:
        is_unit = metafunc.definition.path.name.startswith("test_unit")
        metafunc.parametrize("tables", ["signed", "boto3"] if is_unit else ["embedded"], indirect=True)


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> Iterator[Tables]:
    """A database in which each test has its own tables."""
    if request.param == "embedded":
        stage: RunningStage = request.getfixturevalue("stage")
        tables = Tables(SignedClient("dynamodb", environ=environment_of(stage)))
    else:
        request.getfixturevalue("signed_clients")
        tables = Tables(request.getfixturevalue("clients")[request.param])
    yield tables
    tables.drop()


@pytest.fixture
def persons(tables: Tables) -> Persons:
    """Who is known in these tables."""
    return Persons(tables)
