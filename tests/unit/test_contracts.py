"""The domain's contracts on moto, over our own client and over boto3's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.catalogue import CatalogueContract
from tests.contracts.chat import ChatContract
from tests.contracts.people import PeopleContract
from tests.contracts.sockets import ConnectionsContract, TicketsContract
from tests.contracts.speech import JobsContract
from tests.contracts.tables import Tables
from tests.contracts.todos import TodosContract
from tests.contracts.wall import WallContract


@pytest.fixture(params=["signed", "boto3"])
def tables(request: pytest.FixtureRequest, clients: dict[str, Any], signed_clients: dict[str, Any]) -> Iterator[Tables]:
    tables = Tables(clients[request.param])
    yield tables
    tables.drop()


class TestCatalogue(CatalogueContract):
    """On moto."""


class TestPeople(PeopleContract):
    """On moto."""


class TestWall(WallContract):
    """On moto."""


class TestChat(ChatContract):
    """On moto."""


class TestTickets(TicketsContract):
    """On moto."""


class TestConnections(ConnectionsContract):
    """On moto."""


class TestTodos(TodosContract):
    """On moto."""


class TestJobs(JobsContract):
    """On moto."""
