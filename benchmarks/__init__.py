"""Measures what the application costs compared with the usual ways to build it."""
