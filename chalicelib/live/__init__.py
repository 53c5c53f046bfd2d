"""Sockets: who is connected, and sending to persons or to everyone. What is pushed can always be read by REST too."""
