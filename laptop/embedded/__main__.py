"""`python -m laptop.embedded`: the embedded cloud alone, for any project, until Ctrl-C."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from cloud.errors import CloudError
from laptop import folder
from laptop.embedded import EXECUTIONS, SHARED, SITE, EmbeddedCloud
from laptop.speech import SpeechServer


def main() -> None:
    given = _parser().parse_args()
    try:
        if given.exports:
            print(*exports(given.data), sep="\n")
        else:
            serve(given)
    except CloudError as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m laptop.embedded", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="port, at 127.0.0.1 only (4566)")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--site", default=SITE, help=f"the address of the pages that may sign people in ({SITE})")
    parser.add_argument("--executions", type=int, default=EXECUTIONS, help=f"that may run at once ({EXECUTIONS})")
    parser.add_argument("--speech", action="store_true", help="with Polly and Translate")
    parser.add_argument("--fresh", action="store_true", help="start over: delete all data")
    parser.add_argument("--stock", action="store_true", help="ministack without our patches")
    parser.add_argument("--exports", action="store_true", help="print how to reach the running cloud, for eval")
    return parser


def exports(data: Path) -> list[str]:
    shared = data / SHARED
    if not shared.exists():
        raise CloudError(f"No embedded cloud runs on {data}: start one, without --exports.")
    return [f"export {name}={shlex.quote(value)}" for name, value in folder.read_json(shared).items()]


def serve(given: argparse.Namespace) -> None:
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    with folder.alone(given.data), ExitStack() as running, suppress(KeyboardInterrupt):
        if given.fresh:
            folder.clear(given.data)
        speech = running.enter_context(SpeechServer(given.data, given.port)) if given.speech else None
        elsewhere = speech.environment if speech else {}
        options = {"site": given.site, "stock": given.stock, "executions": given.executions}
        cloud = EmbeddedCloud.start(given.data, given.port, elsewhere=elsewhere, **options)
        running.callback(cloud.stop)
        cloud.share()
        print(f"Ready  {cloud.endpoint}", flush=True)
        _tend(cloud, speech)


def _tend(cloud: EmbeddedCloud, speech: SpeechServer | None) -> None:
    while cloud.running:
        if speech:
            speech.tend()
        for news in cloud.news():
            print(news, flush=True)
        time.sleep(0.5)
    raise CloudError(f"The embedded cloud has ended: see {cloud.data}/cloud.log, then start again.")


if __name__ == "__main__":
    main()
