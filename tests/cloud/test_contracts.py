"""The domain's contracts on the embedded cloud, in tables of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.core.signed import SignedClient
from tests.contracts.catalogue import CatalogueContract
from tests.contracts.chat import ChatContract
from tests.contracts.people import PeopleContract
from tests.contracts.sockets import ConnectionsContract, TicketsContract
from tests.contracts.speech import JobsContract
from tests.contracts.tables import Tables
from tests.contracts.todos import TodosContract
from tests.contracts.wall import WallContract
from tests.stage import RunningStage, environment_of


@pytest.fixture
def tables(stage: RunningStage) -> Iterator[Tables]:
    tables = Tables(SignedClient("dynamodb", environ=environment_of(stage)))
    yield tables
    tables.drop()


class TestCatalogue(CatalogueContract):
    """On the embedded cloud."""

    model_examples = 25


class TestPeople(PeopleContract):
    """On the embedded cloud."""


class TestWall(WallContract):
    """On the embedded cloud."""


class TestChat(ChatContract):
    """On the embedded cloud."""


class TestTickets(TicketsContract):
    """On the embedded cloud."""


class TestConnections(ConnectionsContract):
    """On the embedded cloud."""


class TestTodos(TodosContract):
    """On the embedded cloud."""


class TestJobs(JobsContract):
    """On the embedded cloud."""
