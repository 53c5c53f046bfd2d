"""The tests: units in one process, the deployed cloud over HTTP, the pages in a browser."""
