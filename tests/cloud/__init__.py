"""The deployed stage, over HTTP."""
