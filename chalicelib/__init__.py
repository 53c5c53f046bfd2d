"""Commonplace's features, one folder each, and the core on which they stand."""
