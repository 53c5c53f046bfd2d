"""`python -m laptop`: runs everything on this machine until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cloud.command import SETTING, outcome
from cloud.stage import Stage


def main() -> int:
    arguments = _parser().parse_args()
    return outcome(lambda: _run(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/run", description="Runs everything on this machine until Ctrl-C.")
    parser.add_argument("--stage", default="local", help="the stage's name (local)")
    parser.add_argument("--port", type=_port, default=8000, help="port of the frontend (8000)")
    parser.add_argument("--cloud-port", type=_port, default=4566, help="port of the embedded cloud (4566)")
    parser.add_argument("--data", type=Path, default=Path(".local"), help="the data folder (.local)")
    parser.add_argument("--fresh", action="store_true", help="start over: delete all data")
    parser.add_argument("--set", **SETTING)
    parser.add_argument(
        "--demo", choices=("people", "all"), default="all", help="people: they, albums and articles only"
    )
    parser.add_argument("--no-demo", dest="demo", action="store_const", const="nothing", help="without demo data")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 1 to 65535")
    return int(text)


def _run(arguments: argparse.Namespace) -> None:
    from laptop.run import run

    run(
        Stage(arguments.stage),
        arguments.port,
        arguments.cloud_port,
        arguments.data,
        fresh=arguments.fresh,
        demo_data=arguments.demo,
        settings=dict(arguments.set),
    )


if __name__ == "__main__":
    sys.exit(main())
