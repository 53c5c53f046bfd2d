"""Sockets: who is connected, and pushes to some people or to all. Everything pushed can also be read by REST."""
