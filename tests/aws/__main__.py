"""Prints each check's row, then what it found; fails if anything was found that isn't accepted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from botocore.session import get_session

import app
from chalicelib.core.routes import operations
from cloud import api_document, rights, runtimes, template, wheels
from cloud.functions import common
from tests.aws import calls, documents, functions, limits, policies, stack_calls, templates
from tests.aws.findings import Result, accepted, sifted
from tests.support.outputs import ACCOUNT, named, outputs

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_STAGE = "s" * 20
LONGEST_REGION = max(get_session().get_available_regions("lambda"), key=len)


def main() -> int:
    results = sifted(list(checks()), accepted())
    width = max(len(one.many) for one in results)
    for one in results:
        result = f"{len(one.found)} found" if one.found else "fine"
        _say(f"  {one.check:<14} {one.many:<{width}}  {result:<9} {one.left}")
    for one in results:
        for finding in one.found:
            _say(f"{one.check}: {finding}")
    return 1 if any(one.found for one in results) else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line.rstrip()}\n")


def checks() -> Iterator[Result]:
    whole, declared = template.whole(), rights.declared()
    parsed = template.parsed(whole)
    longest = outputs(LONGEST_STAGE, region=LONGEST_REGION, dax=True)
    made = {name: rights.policy(name, one["grants"], longest) for name, one in declared["functions"].items()}
    chalices = functions.of_chalice(LONGEST_STAGE, sorted(declared["functions"]))
    function = (
        f"arn:aws:lambda:{LONGEST_REGION}:{ACCOUNT}:function:{rights.function_name(LONGEST_STAGE, 'api_handler')}"
    )
    document = api_document.document(app.app, operations, function, common()["minimum_compression_size"])
    yield templates.check(whole)
    yield policies.check(made)
    yield stack_calls.check(one["Type"] for one in parsed["Resources"].values())
    yield functions.check(made, {name: one.function_name for name, one in chalices.items()})
    yield calls.check(calls.sources(PROJECT))
    yield documents.check(document)
    yield limits.check(
        [
            *limits.of_template(whole, template.first(), parsed),
            *limits.of_names(parsed, named(LONGEST_STAGE, LONGEST_REGION)),
            *limits.of_functions(declared, longest),
            *limits.of_policies(made),
            *limits.of_package(PROJECT),
            *documents.limits(document),
            *limits.of_sockets(app.app.websocket_handlers),
        ]
    )
    yield Result("wheels", f"{len(runtimes.ALL)} runtimes", wheels.missing())


if __name__ == "__main__":
    sys.exit(main())
