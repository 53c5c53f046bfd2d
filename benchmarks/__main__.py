"""`python -m benchmarks`: lists the benchmarks, or runs the one that is named."""

import sys

from benchmarks import start_up

BENCHMARKS = {"start_up": (start_up.main, start_up.SAYS)}


def main(arguments: list[str]) -> int:
    if arguments and arguments[0] in BENCHMARKS:
        run, _ = BENCHMARKS[arguments[0]]
        return run(arguments[1:])
    print("python -m benchmarks NAME [--help]\n")
    for name, (_, says) in BENCHMARKS.items():
        print(f"  {name:<12}{says}")
    return 2 if arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
