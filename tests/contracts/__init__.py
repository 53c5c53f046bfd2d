"""What the domain promises, whichever DynamoDB and whichever client stand behind it: run on each of them."""

import pytest

CONTRACTS = ("catalogue", "chat", "people", "sockets", "wall")
pytest.register_assert_rewrite(*(f"tests.contracts.{name}" for name in CONTRACTS))
