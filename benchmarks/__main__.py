"""`python -m benchmarks`: lists the benchmarks, or runs one."""

import sys
from importlib import import_module

from benchmarks import fan_out, photos, start_up

BENCHMARKS = {
    "start_up": start_up.SAYS,
    "calls": "each route's use of AWS: calls, items read and written, with few albums and with many",
    "cuts": "each route interrupted at each of its calls to AWS, and sent again: what is stored then",
    "money": "what a stage costs in a month, idle and with many people",
    "fan_out": fan_out.SAYS,
    "photos": photos.SAYS,
    "live": "time from a post in one browser to another, on a stage of its own on this machine",
}


def main(arguments: list[str]) -> int:
    if arguments and arguments[0] in BENCHMARKS:
        return run(*arguments)
    print("python -m benchmarks NAME [--help]\n")
    for name, says in BENCHMARKS.items():
        print(f"  {name:<12}{says}")
    return 2 if arguments else 0


def run(name: str, *arguments: str) -> int:
    try:
        benchmark = import_module(f"benchmarks.{name}")  # imported late: each has its own requirements
    except ModuleNotFoundError as missing:
        install = f"{sys.executable} -m pip install --require-hashes -r requirements-test.lock"
        print(f"{missing}. To install it: {install}", file=sys.stderr)
        return 1
    return int(benchmark.main(list(arguments)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
