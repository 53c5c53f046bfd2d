"""This application, whole, as it is deployed."""

from app import app as handler

__all__ = ["handler"]
