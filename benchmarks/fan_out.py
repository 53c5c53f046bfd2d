"""How long one post takes to reach every open socket, compared with boto3 serially and in a thread pool."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Timer
from time import perf_counter
from typing import Any

SAYS = "one post to 1,000, 5,000 and 10,000 open sockets, compared with boto3"

ROOT = Path(__file__).resolve().parent.parent
COUNTS = (1000, 5000, 10_000)
SAMPLE = 100  # posts measured for the serial contender
SHARD = 500
NAMES = {"app": "app", "threads": "boto3, Scan and threads", "one_by_one": "boto3, one after the other"}
LIMIT = 180.0  # seconds until a silent process is given up


class Unfit(Exception):
    """A contender failed, or did not deliver what it should."""


class Worker:
    """A process that answers each line with one."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def tell(self, line: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        assert self._process.stdout
        limit = Timer(LIMIT, self._process.kill)
        limit.start()
        try:
            line = self._process.stdout.readline()
        finally:
            limit.cancel()
        if not line:
            raise Unfit(f"{self._process.args!r} ended, or took more than {LIMIT:.0f} s")
        return line

    def ask(self, line: object) -> Any:
        self.tell(line)
        return json.loads(self.answer())


@dataclass
class Series:
    """The measurements of one contender with one number of connections."""

    name: str
    count: int
    reading: list[float] = field(default_factory=list)
    posting: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, found: dict[str, float]) -> None:
        self.reading.append(found["reading"])
        self.posting.append(found["posting"])
        self.cpu.append(found["cpu"])

    @property
    def whole(self) -> list[float]:
        return [sum(both) for both in zip(self.reading, self.posting, strict=True)]


class Bench:
    """The gateway, the contenders, and as many shards as the largest count has."""

    def __init__(self, stack: ExitStack, counts: Sequence[int]) -> None:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        self._gateway = stack.enter_context(worker(environment("0", folder), "benchmarks.gateway"))
        environ = environment(self._gateway.answer().strip(), folder)

        def sender(name: str) -> Worker:
            return stack.enter_context(worker(environ, "benchmarks.sender", name))

        self._senders = {name: sender(name) for name in ("app", "threads", "one_by_one")}
        self._shards = [sender("app") for _ in range(max(counts) // SHARD)]

    def run(self, name: str, count: int) -> dict[str, float]:
        """Delivering fewer posts is not faster: each must arrive exactly once."""
        before = self._gateway.ask("")
        found: dict[str, float] = self._senders[name].ask(count)
        self._check(f"{name} with {count}", count, int(found["delivered"]), self._gateway.ask("") - before)
        return found

    def run_shards(self) -> float:
        """Seconds until the last shard has delivered."""
        before, started = self._gateway.ask(""), perf_counter()
        for shard in self._shards:
            shard.tell(SHARD)
        delivered = sum(json.loads(shard.answer())["delivered"] for shard in self._shards)
        seconds = perf_counter() - started
        self._check("the shards", SHARD * len(self._shards), delivered, self._gateway.ask("") - before)
        return seconds

    def _check(self, who: str, due: int, delivered: int, arrived: int) -> None:
        if not due == delivered == arrived:
            raise Unfit(f"{who}: of {due} posts {delivered} were delivered, and {arrived} arrived")


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        with ExitStack() as stack:
            report(measure(Bench(stack, given.counts), given.counts, given.turns))
    except Unfit as unfit:
        print(f"Stopped: {unfit}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks fan_out", description=SAYS)
    parser.add_argument("--turns", type=int, default=5, help="of each contender (default 5)")
    parser.add_argument(
        "--counts", type=int, nargs="+", default=COUNTS, help="open sockets (default 1000 5000 10000, at least 500)"
    )
    return parser


@contextmanager
def worker(environ: dict[str, str], *module: str) -> Iterator[Worker]:
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Worker(process)
        except BaseException:
            process.kill()
            raise


def environment(port: str, folder: str) -> dict[str, str]:
    """Without this shell's settings."""
    return {
        "PATH": os.defpath,
        "HOME": folder,  # without the user's profile
        "LANG": "C.UTF-8",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_SESSION_TOKEN": "example" * 40,
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}",
        "SOCKET_ENDPOINT": f"http://127.0.0.1:{port}/api",
    }


def measure(bench: Bench, counts: Sequence[int], turns: int) -> "Found":
    """In turns, so that other load on the machine affects all alike."""
    found = Found([Series("app", count) for count in counts], [Series("threads", count) for count in counts])
    print("A first, unmeasured turn opens connections", flush=True)
    for each in (*found.app, found.shard, found.one_by_one, Series("threads", SAMPLE)):
        bench.run(each.name, each.count)
    bench.run_shards()
    for turn in range(1, turns + 1):
        for ours, theirs in zip(found.app, found.threads, strict=True):
            ours.add(bench.run("app", ours.count))
            theirs.add(bench.run("threads", theirs.count))
        for each in (found.one_by_one, found.shard):
            each.add(bench.run(each.name, each.count))
        found.shards.append(bench.run_shards())
        seen = " · ".join(f"{each.count:,} {each.whole[-1] * 1000:.0f} ms" for each in found.app)
        print(f"{turn:>3} of {turns}  app {seen} · load {os.getloadavg()[0]:.1f}", flush=True)
    return found


@dataclass
class Found:
    app: list[Series]
    threads: list[Series]
    one_by_one: Series = field(default_factory=lambda: Series("one_by_one", SAMPLE))
    shard: Series = field(default_factory=lambda: Series("app", SHARD))
    shards: list[float] = field(default_factory=list)


def report(found: Found) -> None:
    print(f"\n{'':<28}{'sockets':>9}{'reading':>12}{'posting':>12}{'both':>12}{'CPU per post':>14}")
    for each in (*found.app, *found.threads, found.one_by_one, found.shard):
        print(
            f"{NAMES[each.name]:<28}{each.count:>9,}{_ms(each.reading):>9.0f} ms{_ms(each.posting):>9.0f} ms"
            f"{_ms(each.whole):>9.0f} ms{_ms(each.cpu) * 1000 / each.count:>11.0f} µs"
        )
    turns, first = len(found.shards), found.app[0]
    every = first.count / SAMPLE * _ms(found.one_by_one.posting)
    print(f"\n{'one shard of':<14}{SHARD:>7,}: {_ms(found.shard.posting):.0f} ms")
    sockets, processes = found.app[-1].count // SHARD * SHARD, found.app[-1].count // SHARD
    print(f"{'all shards of':<14}{sockets:>7,}: {_ms(found.shards):.0f} ms in {processes} parallel processes here")
    print(
        f"one by one {first.count:,} ratio {_ms(first.posting) / every:.3f} (app {_ms(first.posting):.0f} ms, "
        f"boto3 one after the other {every:.0f} ms, extrapolated from {SAMPLE}, medians of {turns} turns)"
    )
    for ours, theirs in zip(found.app, found.threads, strict=True):
        print(
            f"fan-out {ours.count:,} ratio {_ms(ours.whole) / _ms(theirs.whole):.3f} (app {_ms(ours.whole):.0f} ms, "
            f"{NAMES['threads']} {_ms(theirs.whole):.0f} ms, medians of {turns} turns)"
        )


def _ms(seconds: list[float]) -> float:
    return median(seconds) * 1000
