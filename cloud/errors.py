"""What goes wrong on the command line: one sentence that says what to do."""


class CloudError(Exception):
    """Shown to the person as it is; the command ends with a non-zero status."""
