"""Runs in Amplify's build: fetches the stage's `config.json` and policy for the pages. Fails rather than guesses.

Uses only the standard library: nothing else is installed there.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_HERE_OR_SAFE = re.compile(r"https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1):[0-9]+")
_POLICY = re.compile(r'(?<=        value: )"(default-src [^"]+)"$', re.MULTILINE)
# The parts with the stage's own addresses; all others must match customHttp.yml.
_ADDRESSES = ("connect-src", "img-src", "media-src")


class BuildError(Exception):
    """The build can't continue."""


def fill(stage: str, project: Path = PROJECT) -> None:
    if not _HERE_OR_SAFE.fullmatch(stage):
        raise BuildError(f"STAGE_ADDRESS must be what `deploy` printed, https://…, without a path; it is '{stage}'.")
    headers = project / "customHttp.yml"
    written = headers.read_text("utf-8")
    found = _POLICY.findall(written)
    if len(found) != 1:
        raise BuildError("customHttp.yml must have exactly one policy to fill in.")
    config, policy = _asked(stage)
    _check(policy, found[0], json.loads(config))
    headers.write_text(_POLICY.sub(lambda _: json.dumps(policy), written), "utf-8")
    (project / "frontend" / "config.json").write_text(config, "utf-8")
    with (project / "frontend" / "robots.txt").open("a", encoding="utf-8") as robots:
        robots.write(f"\nSitemap: {stage}/sitemap.xml\n")


def _asked(stage: str) -> tuple[str, str]:
    """What the stage tells its pages, and the policy it sends with them."""
    try:
        with urllib.request.urlopen(f"{stage}/config.json", timeout=20) as answer:
            return answer.read().decode("utf-8"), answer.headers.get("Content-Security-Policy", "")
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        raise BuildError(f"{stage}/config.json can't be read: {error}") from None


def _check(policy: str, ours: str, config: dict[str, str]) -> None:
    """The policy must be as strict as ours, from a fully deployed stage."""
    given, expected = _directives(policy), _directives(ours)
    strange = {name for name in {*given, *expected} - {*_ADDRESSES} if given.get(name) != expected.get(name)}
    if strange or re.search(r'[*"\\]|unsafe|[^ -~]', policy):
        raise BuildError(f"The stage's Content-Security-Policy is from another version: deploy it again. {policy}")
    if not {f"{config['api']}/", config["socket"]} <= {*given.get("connect-src", [])}:
        raise BuildError("The stage's Content-Security-Policy lacks its APIs: complete its deployment.")


def _directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";") if part.strip())}


if __name__ == "__main__":
    try:
        fill(sys.argv[1].rstrip("/"))
    except BuildError as failure:
        sys.exit(str(failure))
