"""Everything on one machine: the embedded cloud, the same deployment as on AWS, and a web server."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from cloud import deployment, functions, runtimes
from cloud.errors import CloudError
from cloud.stage import Stage
from cloud.steps import Steps
from laptop import demo, folder
from laptop.embedded import EmbeddedCloud
from laptop.speech import SpeechServer, apertium
from laptop.watch import Watch
from laptop.web import WebServer

_SENDER = "noreply@commonplace.example"


def run(
    stage: Stage, port: int, cloud_port: int, data: Path, *, fresh: bool, demo_data: str, settings: dict[str, str]
) -> None:
    """Until it is stopped by Ctrl-C or SIGTERM."""
    for stop in (signal.SIGINT, signal.SIGTERM):  # even if a shell ignores Ctrl-C for background jobs
        signal.signal(stop, signal.default_int_handler)
    steps = Steps()
    steps.say("\nCommonplace\n")
    _check_ports({"--port": port, "--cloud-port": cloud_port})
    with folder.alone(data):
        if fresh:
            with steps.step(f"Deleting what {data} kept"):
                folder.clear(data)
        demo.people(data)  # report what can't be read before starting anything
        site = f"http://localhost:{port}"
        with SpeechServer(data, cloud_port) as speech:
            with steps.step("Embedded cloud"):
                cloud = EmbeddedCloud.start(data, cloud_port, site=site, elsewhere=speech.environment)
            try:
                with suppress(KeyboardInterrupt):
                    _serve(steps, stage, port, cloud, speech, demo_data, settings)
            finally:
                with steps.step("Stopping"):
                    cloud.stop()


def _serve(
    steps: Steps,
    stage: Stage,
    port: int,
    cloud: EmbeddedCloud,
    speech: SpeechServer,
    demo_data: str,
    settings: dict[str, str],
) -> None:
    os.environ.update(cloud.environment)  # from here on boto3 and Chalice talk to it as they would to AWS
    cloud.share()
    address = f"http://localhost:{port}"
    own = {"SiteAddress": address, "MailSender": _SENDER, "Translations": " ".join(apertium.ways()) or "none"}
    outputs = deployment.put_resources(steps, stage, runtimes.here(), {**settings, **own})
    deployment.put_functions(steps, outputs)
    outputs = deployment.put_addresses(steps, stage, outputs)
    people = demo.put(steps, outputs, cloud.data, demo_data)
    site = deployment.put_site(steps, outputs, people)
    with WebServer(port, cloud, site, outputs), Watch(partial(_deploy_again, steps, stage)):
        _greet(steps, address, people)
        with demo.Filling(steps, outputs, cloud.data):
            while cloud.running:
                speech.tend()
                for news in cloud.news():
                    steps.say(f"  {news}")
                time.sleep(0.5)
    raise CloudError(f"The embedded cloud has ended: see {cloud.data}/cloud.log, then start again.")


def _deploy_again(steps: Steps, stage: Stage, saved: set[Path]) -> None:
    """With the current resources and rights. A mistake is reported and changes nothing."""
    try:
        if any(path.suffix in (".yaml", ".txt") for path in saved):
            outputs = deployment.put_resources(steps, stage, runtimes.here(), {})
        else:
            outputs = stage.outputs()
            functions.write_settings(outputs)
        deployment.put_functions(steps, outputs)
    except CloudError as error:
        steps.say(f"  Not deployed: {error}")


def _greet(steps: Steps, address: str, people: list[dict[str, str]]) -> None:
    steps.say()
    for person in people:
        steps.say(f"  Sign in as  {person['email']}  {person['password']}")
    steps.say(f"  Mails       {address}/mailbox")
    steps.say("  Stop        Ctrl-C; saved code is live in seconds\n")
    steps.say(f"Ready  {address}")


def _check_ports(ports: dict[str, int]) -> None:
    if len({*ports.values()}) < len(ports):
        raise CloudError(f"{' and '.join(ports)} are the same: choose two ports.")
    for option, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CloudError(f"Port {port} is in use: stop what uses it, or choose one with {option}.") from None
