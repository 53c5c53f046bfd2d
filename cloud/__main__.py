"""`python -m cloud`: run the whole on this machine, deploy a stage, take it down, tell how to reach it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import CloudError
from cloud.stage import Stage, in_words
from cloud.steps import Steps


def main() -> int:
    arguments = _parser().parse_args()
    try:
        arguments.command(arguments)
        return 0
    except CloudError as error:
        message = str(error)
    except (ClientError, BotoCoreError) as error:
        message = in_words(error)
    except KeyboardInterrupt:
        message = "Stopped."
    print(f"\n{message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="the whole on this machine, until Ctrl-C")
    run.add_argument("--stage", default="local", help="the stage's name (local)")
    run.add_argument("--port", type=_port, default=8000, help="where the frontend is opened (8000)")
    run.add_argument("--cloud-port", type=_port, default=4566, help="where the embedded cloud answers (4566)")
    run.add_argument("--data", type=Path, default=Path(".local"), help="the folder that keeps everything (.local)")
    run.add_argument("--fresh", action="store_true", help="start over: forget everything that was kept")
    run.add_argument("--set", **_SETTING)
    run.add_argument("--no-demo", action="store_true", help="without demo people and albums")
    run.set_defaults(command=_run)
    generate = commands.add_parser("generate", help="write frontend/js/api.js anew, after a change of the routes")
    generate.set_defaults(command=_generate)
    for name, command, says in (
        ("deploy", _deploy, "make or update a stage, wherever the AWS environment points"),
        ("destroy", _destroy, "delete a stage with all its data"),
        ("env", _env, "print the environment of a stage, for `eval`, and write its settings for Chalice"),
        ("failures", _failures, "list the events that could not be handled, or try them again"),
        ("finish", _finish, "set what Chalice leaves out; `deploy` includes it"),
    ):
        one = commands.add_parser(name, help=says)
        one.add_argument("--stage", default="local" if name == "env" else None, required=name != "env")
        one.set_defaults(command=command)
        if name == "env":
            one.add_argument("--data", type=Path, default=Path(".local"), help="of a cloud on this machine (.local)")
        if name == "deploy":
            one.add_argument("--set", **_SETTING)
        if name == "failures":
            one.add_argument("--replay", action="store_true", help="try each once more")
        if name == "destroy":
            one.add_argument("--yes", action="store_true", help="don't ask")
    return parser


def _setting(text: str) -> tuple[str, str]:
    name, is_one, value = text.partition("=")
    if not name or not is_one:
        raise argparse.ArgumentTypeError(f"'{text}' sets nothing: NAME=VALUE")
    return name, value


# What can be set is the parameters of the template; a stage remembers them.
_SETTING: dict[str, Any] = {
    "action": "append",
    "type": _setting,
    "default": [],
    "metavar": "NAME=VALUE",
    "help": "a parameter of cloud/template.yaml, remembered by the stage",
}


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is no port: 1 to 65535")
    return int(text)


def _run(arguments: argparse.Namespace) -> None:
    from cloud.laptop import run

    run(
        Stage(arguments.stage),
        arguments.port,
        arguments.cloud_port,
        arguments.data,
        fresh=arguments.fresh,
        with_demo=not arguments.no_demo,
        settings=dict(arguments.set),
    )


def _generate(arguments: argparse.Namespace) -> None:
    import app  # noqa: F401  its routes register as it is imported
    from chalicelib.core.openapi import document
    from chalicelib.core.routes import operations
    from cloud import client_js

    client_js.TARGET.write_text(client_js.text(document(operations)), "utf-8")


def _deploy(arguments: argparse.Namespace) -> None:
    from cloud.deployment import deploy

    deploy(Steps(), arguments.stage, dict(arguments.set))


def _destroy(arguments: argparse.Namespace) -> None:
    from cloud.deployment import destroy

    Stage(arguments.stage).existing()
    if not arguments.yes and input(f"Type '{arguments.stage}' to delete it with all its data: ") != arguments.stage:
        raise CloudError("Nothing was deleted.")
    destroy(Steps(), arguments.stage)


def _env(arguments: argparse.Namespace) -> None:
    from cloud.environment import exports

    print("\n".join(exports(Stage(arguments.stage), arguments.data)))


def _failures(arguments: argparse.Namespace) -> None:
    from cloud import failures

    queue = Stage(arguments.stage).outputs()["FailuresUrl"]
    if arguments.replay:
        failures.replay(queue, print)
        return
    found = failures.listed(queue)
    print("\n".join(failure.line for failure in found) or "Nothing has failed.")


def _finish(arguments: argparse.Namespace) -> None:
    from cloud.environment import adopt
    from cloud.finish import finish

    outputs = Stage(arguments.stage).outputs()
    adopt(outputs)
    import app  # noqa: F401  its routes register as it is imported
    from chalicelib.core.routes import operations

    finish(arguments.stage, outputs, operations)


if __name__ == "__main__":
    sys.exit(main())
