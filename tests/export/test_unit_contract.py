"""The contract on moto, through our own client and through boto3."""

from typing import Any

import pytest

from tests.export.contract import ExportsContract
from tests.support.unit import BUCKET


class TestExports(ExportsContract):
    """On moto."""

    @pytest.fixture
    def place(self, signed_clients: dict[str, Any]) -> tuple[Any, str]:
        return signed_clients["s3"], BUCKET
