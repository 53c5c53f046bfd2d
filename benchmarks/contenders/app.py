"""This whole application, as deployed."""

from app import app as handler

__all__ = ["handler"]
