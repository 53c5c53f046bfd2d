"""Shared by several features' tests: stages, clients, browsers, and stand-ins."""
