"""Texts that are translated and spoken: jobs, the work on them, and what comes of it."""
