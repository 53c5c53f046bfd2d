"""`python -m cloud`: deploy a stage, destroy it, say how to reach it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cloud.command import SETTING, outcome
from cloud.errors import CloudError
from cloud.stage import Stage, of_branch
from cloud.steps import Steps


def main() -> int:
    arguments = _parser().parse_args()
    return outcome(lambda: arguments.command(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    generate = commands.add_parser("generate", help="regenerate what is derived from routes, bounds and features")
    generate.set_defaults(command=_generate)
    template = commands.add_parser("template", help="print the merged template of a stage's resources")
    template.set_defaults(command=_template)
    wheels = commands.add_parser("wheels", help="look for a wheel of each locked package for each runtime")
    wheels.set_defaults(command=_wheels)
    branch = commands.add_parser("name", help="print the name of a branch's stage")
    branch.add_argument("branch")
    branch.set_defaults(command=_name)
    for name, command, says in (
        ("deploy", _deploy, "create or update a stage, wherever the AWS environment points"),
        ("destroy", _destroy, "delete a stage with all its data"),
        ("env", _env, "print a stage's environment for `eval`, and write its settings for Chalice"),
        (
            "index",
            _index,
            "read again what searches can find: also what is older than they are",
        ),
        ("failures", _failures, "list the events that could not be handled, or retry them"),
        ("rollback", _rollback, "go back to the version before: code, settings, rights, API and pages"),
        ("smoke", _smoke, "check that a deployed stage works, without changing anything"),
        ("finish", _finish, "set what Chalice leaves out; `deploy` includes it"),
    ):
        one = commands.add_parser(name, help=says)
        one.add_argument("--stage", default="local" if name == "env" else None, required=name != "env")
        one.set_defaults(command=command)
        if name == "env":
            one.add_argument("--data", type=Path, default=Path(".local"), help="its data folder (.local)")
        if name == "deploy":
            one.add_argument("--set", **SETTING)
            one.add_argument("--change-runtime", action="store_true", help="run it on this Python from now on")
            one.add_argument("--plan", action="store_true", help="only show where it goes and what would change")
        if name == "failures":
            one.add_argument("--replay", action="store_true", help="retry each")
        if name == "rollback":
            one.add_argument("--to", type=int, metavar="VERSION", help="another version that is kept")
        if name == "destroy":
            one.add_argument("--yes", metavar="NAME", help="the stage's name, instead of being asked for it")
    return parser


def _generate(arguments: argparse.Namespace) -> None:
    import app  # noqa: F401  its routes register as it is imported
    from chalicelib.core.openapi import document
    from chalicelib.core.routes import operations
    from cloud import bounds_page, client_js, features

    client_js.TARGET.write_text(client_js.text(document(operations)), "utf-8")
    bounds_page.TARGET.write_text(bounds_page.text(), "utf-8")
    features.TARGET.write_text(features.text(), "utf-8")
    features.INDEX.write_text(features.index(), "utf-8")


def _template(arguments: argparse.Namespace) -> None:
    from cloud import template

    print(template.whole(), end="")


def _wheels(arguments: argparse.Namespace) -> None:
    from cloud import runtimes, wheels

    if missing := wheels.missing():
        raise CloudError("\n".join(missing))
    print(f"Each package has a wheel for {len(runtimes.ALL)} runtimes.")


def _name(arguments: argparse.Namespace) -> None:
    print(of_branch(arguments.branch))


def _deploy(arguments: argparse.Namespace) -> None:
    from cloud.deployment import deploy, plan

    what = plan if arguments.plan else deploy
    what(Steps(), arguments.stage, dict(arguments.set), change_runtime=arguments.change_runtime)


def _destroy(arguments: argparse.Namespace) -> None:
    from cloud import preflight
    from cloud.deployment import destroy

    print(f"  {preflight.place()}")
    Stage(arguments.stage).last()
    typed = arguments.yes or input(f"Type '{arguments.stage}' to delete it with all its data: ")
    if typed != arguments.stage:
        raise CloudError(f"Nothing was deleted: '{typed}' is not the stage's name.")
    destroy(Steps(), arguments.stage)


def _rollback(arguments: argparse.Namespace) -> None:
    from cloud.deployment import rollback

    rollback(Steps(), arguments.stage, arguments.to)


def _env(arguments: argparse.Namespace) -> None:
    from cloud.environment import exports

    print("\n".join(exports(Stage(arguments.stage), arguments.data)))


def _index(arguments: argparse.Namespace) -> None:
    from cloud.environment import adopt

    adopt(Stage(arguments.stage).outputs())
    import app  # noqa: F401  its features say what can be found
    from cloud import indexing

    print(f"  {indexing.rebuild():,} rows were read, and the index says what they say.")


def _failures(arguments: argparse.Namespace) -> None:
    from cloud import failures, preflight

    if arguments.replay:
        print(f"  {preflight.place()}", file=sys.stderr)  # the lines of the answer are for scripts, too
    queue = Stage(arguments.stage).outputs()["FailuresUrl"]
    if arguments.replay:
        failures.replay(queue, print)
        return
    found = failures.listed(queue)
    print("\n".join(failure.line for failure in found) or "Nothing has failed.")


def _smoke(arguments: argparse.Namespace) -> None:
    from cloud import smoke

    smoke.run(Steps(), Stage(arguments.stage).outputs()["SiteAddress"])


def _finish(arguments: argparse.Namespace) -> None:
    from cloud.environment import adopt

    outputs = Stage(arguments.stage).outputs()
    adopt(outputs)
    import app  # only now: its routes register as it is imported, and name the stage's people
    from chalicelib.core.routes import operations
    from cloud.finish import finish

    streams = {one.name: one.stream_arn for one in app.app.event_sources if hasattr(one, "stream_arn")}
    finish(arguments.stage, outputs, app.app, operations, streams)


if __name__ == "__main__":
    sys.exit(main())
