"""The cloud on one machine: an embedded AWS, its speech engines, and a web server."""
