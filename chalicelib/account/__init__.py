"""People: their row, look-up by mail address, and the end of an account."""
