"""Commonplace's features, one folder each, and the core they build on."""
