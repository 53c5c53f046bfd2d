"""The contract on moto, through our own client and through boto3."""

from tests.account.contract import PeopleContract


class TestPeople(PeopleContract):
    """On moto."""
