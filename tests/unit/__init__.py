"""Domain and handlers, in this process."""
