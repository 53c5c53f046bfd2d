"""Measurements of what the application costs beside the usual ways to build it."""
