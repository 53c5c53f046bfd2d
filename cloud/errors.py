"""Command-line errors: one sentence that says what to do."""


class CloudError(Exception):
    """Printed as it is; the command exits with a non-zero status."""
