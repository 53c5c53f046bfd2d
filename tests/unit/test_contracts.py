"""The domain's contracts on moto, over our own client and over boto3's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.catalogue import CatalogueContract
from tests.contracts.people import PeopleContract
from tests.contracts.tables import Tables


@pytest.fixture(params=["signed", "boto3"])
def tables(request: pytest.FixtureRequest, clients: dict[str, Any], signed_clients: dict[str, Any]) -> Iterator[Tables]:
    tables = Tables(clients[request.param])
    yield tables
    tables.drop()


class TestCatalogue(CatalogueContract):
    """On moto."""


class TestPeople(PeopleContract):
    """On moto."""
