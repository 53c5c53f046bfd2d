"""Sockets: who is connected, and sending to some or to all. Everything pushed can also be read by REST."""
