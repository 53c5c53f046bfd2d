"""The contract on moto, through our own client and through boto3."""

from tests.speech.contract import JobsContract


class TestJobs(JobsContract):
    """On moto."""
