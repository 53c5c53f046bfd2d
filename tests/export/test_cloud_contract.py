"""The contract on the embedded cloud."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.export.contract import ExportsContract
from tests.support.cloud import root
from tests.support.stage import RunningStage


class TestExports(ExportsContract):
    """On the embedded cloud."""

    @pytest.fixture
    def place(self, stage: RunningStage) -> tuple[Any, str]:
        s3, bucket = root(stage, "s3"), f"contract-exports-{secrets.token_hex(6)}"
        s3.create_bucket(Bucket=bucket)
        return s3, bucket
