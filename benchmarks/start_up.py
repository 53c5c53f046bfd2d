"""Time from a fresh process to its first `GET /albums`, and the cost of a warm one, compared with common stacks."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from benchmarks.albums import SHOWN, albums

SAYS = "time to the first GET /albums, and CPU of a warm one, compared with Chalice + boto3 and others"

INSTALL = "pip install -r benchmarks/requirements.txt"

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Contender:
    """One way to answer `GET /albums`: its module in `benchmarks.contenders`, and its measurements."""

    module: str
    name: str
    needs: tuple[str, ...] = ()
    start_up: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        return [package for package in self.needs if find_spec(package) is None]


def contenders() -> tuple[Contender, Contender, list[Contender]]:
    """The application, its baseline, and the rest."""
    others = [
        Contender("powertools", "Powertools + boto3", ("aws_lambda_powertools",)),
        Contender("fastapi_mangum", "FastAPI + Mangum + boto3", ("fastapi", "mangum")),
    ]
    return Contender("app", "app"), Contender("chalice_boto3", "Chalice + boto3"), others


class Unfit(Exception):
    """A contender failed, or gave a wrong answer."""


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    app, base, others = contenders()
    ready = [each for each in others if not each.missing]
    for each in others:
        if each not in ready:
            print(f"{each.name} is skipped. To install it: {sys.executable} -m {INSTALL}")
    try:
        with stub() as port, tempfile.TemporaryDirectory() as folder:
            measure([app, base, *ready], environment(port, Path(folder)), given.pairs, given.requests)
    except Unfit as unfit:
        print(f"Stopped: {unfit}", file=sys.stderr)
        return 1
    report(app, base, ready)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks start_up", description=SAYS)
    parser.add_argument("--pairs", type=int, default=15, help="fresh processes of each contender (default 15)")
    parser.add_argument("--requests", type=int, default=100, help="warm requests in each process (default 100)")
    return parser


@contextmanager
def stub() -> Iterator[int]:
    """The port of a DynamoDB that always finds the same 50 albums."""
    command = [sys.executable, "-m", "benchmarks.stub"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield int(process.stdout.readline())
        process.stdin.close()


def environment(port: int, folder: Path) -> dict[str, str]:
    """Without this shell's settings, so that machines differ only in speed."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),  # without the user's profile
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        # All contenders get all code compiled, theirs and their packages', whoever installed it.
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_SESSION_TOKEN": "example" * 40,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "ALBUMS_TABLE": "albums",
    }


def measure(everyone: list[Contender], environ: dict[str, str], pairs: int, requests: int) -> None:
    """In turns, so that other load on the machine affects all alike."""
    event = json.dumps(json.loads((ROOT / "benchmarks/event.json").read_text()))
    print("Compiling: one unmeasured process of each")
    for each in everyone:
        run(each, event, environ, requests=1)
    for turn in range(1, pairs + 1):
        for each in everyone:
            start_up, warm = run(each, event, environ, requests)
            each.start_up.append(start_up)
            each.warm.append(warm)
        seen = " · ".join(f"{each.name} {each.start_up[-1] * 1000:.0f} ms" for each in everyone)
        print(f"{turn:>3} of {pairs}  {seen}", flush=True)


def run(contender: Contender, event: str, environ: dict[str, str], requests: int) -> tuple[float, float]:
    """Seconds from the process's start to its first response, and CPU seconds of a warm request."""
    command = [sys.executable, "benchmarks/fresh.py", contender.module, event, str(requests // 4), str(requests)]
    started = perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        elapsed = perf_counter() - started
        rest, errors = process.communicate()
    if process.returncode:
        raise Unfit(f"{contender.name} failed:\n{errors}")
    check(contender, first)
    return elapsed, float(rest.split()[-1])


def check(contender: Contender, line: str) -> None:
    """A contender that returns less is not faster."""
    try:
        response: dict[str, Any] = json.loads(line)
        found = [{name: item[name] for name in SHOWN} for item in json.loads(response["body"])["items"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Unfit(f"{contender.name} answered {line[:500]!r}") from error
    if response["statusCode"] != 200 or found != albums():
        raise Unfit(f"{contender.name} did not answer the 50 albums in order: {line[:500]!r}")


def report(app: Contender, base: Contender, others: list[Contender]) -> None:
    print(f"\n{'':<28}{'start-up':>12}{'quartiles':>16}{'ratio':>8}{'warm CPU':>12}{'ratio':>8}")
    for each in (app, base, *others):
        low, _, high = quantiles(each.start_up, n=4) if len(each.start_up) > 1 else each.start_up * 3
        print(
            f"{each.name:<28}{_ms(each.start_up):>9.1f} ms{low * 1000:>8.0f}–{high * 1000:.0f} ms"
            f"{_ratio(each.start_up, base.start_up):>8.2f}{_ms(each.warm):>9.2f} ms{_ratio(each.warm, base.warm):>8.2f}"
        )
    print()
    print(_line("warm", app.warm, base, base.warm, ".2f"))
    print(_line("start-up", app.start_up, base, base.start_up, ".0f"))


def _line(what: str, ours: list[float], base: Contender, theirs: list[float], digits: str) -> str:
    times = f"app {_ms(ours):{digits}} ms, {base.name} {_ms(theirs):{digits}} ms"
    return f"{what} ratio {_ratio(ours, theirs):.2f} ({times}, medians of {len(ours)} pairs)"


def _ms(seconds: list[float]) -> float:
    return median(seconds) * 1000


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return median(ours) / median(theirs)
