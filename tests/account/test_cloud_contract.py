"""The contract on the embedded cloud."""

from tests.account.contract import PeopleContract


class TestPeople(PeopleContract):
    """On the embedded cloud."""
