"""A test's own tables, made from the template and deleted after the test."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.support import template
from tests.support.stage import until


class Tables:
    def __init__(self, database: Any) -> None:
        self.database = database
        self._made: list[str] = []

    def new(self, resource: str) -> str:
        name = f"contract-{resource}-{uuid4()}"
        self.database.create_table(TableName=name, **template.table(resource))
        self._made.append(name)
        until(lambda: self.database.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
        return name

    def items(self, name: str) -> list[dict[str, Any]]:
        """All that a small table holds."""
        answer = self.database.scan(TableName=name, ConsistentRead=True)
        assert "LastEvaluatedKey" not in answer
        items: list[dict[str, Any]] = answer["Items"]
        return items

    def drop(self) -> None:
        while self._made:
            self.database.delete_table(TableName=self._made.pop())
