"""Who people are: their row, the look-up by mail address, and the end of an account."""
