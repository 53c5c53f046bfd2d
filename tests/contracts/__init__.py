"""What the domain promises, whichever DynamoDB and whichever client stand behind it: run on each of them."""

import pytest

pytest.register_assert_rewrite("tests.contracts.catalogue", "tests.contracts.people")
