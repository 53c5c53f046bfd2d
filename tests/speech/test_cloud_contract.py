"""The contract on the embedded cloud."""

from tests.speech.contract import JobsContract


class TestJobs(JobsContract):
    """On the embedded cloud."""
