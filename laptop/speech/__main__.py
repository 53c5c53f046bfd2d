"""Serves Polly and Translate on a socket it was given, until its standard input ends."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading

from laptop.speech.gate import Gate
from laptop.speech.server import Server


def main() -> None:
    options = argparse.ArgumentParser(prog="laptop.speech", description=__doc__)
    options.add_argument("--socket", type=int, required=True, help="the number of a listening socket")
    options.add_argument("--cloud-port", type=int, required=True, help="the address of the embedded cloud")
    given = options.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.umask(0o077)  # what people type is private
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal reaches our parent
    threading.Thread(target=_end_with_parent, daemon=True).start()
    Server(socket.socket(fileno=given.socket), Gate(given.cloud_port)).serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
