"""The whole on one machine: the embedded cloud, the same deployment as on AWS, and a server for the browser."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cloud import demo, deployment, environment, functions
from cloud.embedded import EmbeddedCloud
from cloud.errors import CloudError
from cloud.speech import SpeechServer
from cloud.stage import Stage
from cloud.steps import Steps
from cloud.watch import Watch
from cloud.web import WebServer

# Everything that lies under --data, ours or the embedded cloud's.
KEPT = ("state", "s3", "tmp", "root-secret", "cloud.log", "speech.log", "demo.json", "environment.json")


def run(
    stage: Stage, port: int, cloud_port: int, data: Path, *, fresh: bool, with_demo: bool, settings: dict[str, str]
) -> None:
    """Until somebody stops it, by Ctrl-C or SIGTERM."""
    for stop in (signal.SIGINT, signal.SIGTERM):  # also where a shell has set Ctrl-C aside for a job in the background
        signal.signal(stop, signal.default_int_handler)
    steps = Steps()
    steps.say("\nCommonplace\n")
    _check_ports({"--port": port, "--cloud-port": cloud_port})
    with _alone(data):
        if fresh:
            with steps.step(f"Forgetting what {data} kept"):
                _clear(data)
        with SpeechServer(data, cloud_port) as speech:
            with steps.step("Embedded cloud"):
                cloud = EmbeddedCloud.start(data, cloud_port, elsewhere=speech.environment)
            try:
                with suppress(KeyboardInterrupt):
                    _serve(steps, stage, port, cloud, speech, with_demo, settings)
            finally:
                with steps.step("Stopping"):
                    environment.forget(data)
                    cloud.stop()


def _serve(
    steps: Steps,
    stage: Stage,
    port: int,
    cloud: EmbeddedCloud,
    speech: SpeechServer,
    with_demo: bool,
    settings: dict[str, str],
) -> None:
    os.environ.update(cloud.environment)  # from here on boto3 and Chalice talk to it, as they would to AWS
    environment.keep(cloud.data, cloud.environment)
    address = f"http://localhost:{port}"
    sources = f"{cloud.endpoint} {cloud.endpoint.replace('http', 'ws', 1)}"
    own = {"SiteAddress": address, "ConnectSources": sources}
    outputs = deployment.put_resources(steps, stage, {**settings, **own})
    deployment.put_functions(steps, outputs)
    people = demo.put(steps, outputs, cloud.data) if with_demo else demo.people(cloud.data)
    site = deployment.put_site(steps, outputs, people)
    with WebServer(port, cloud, site, outputs), Watch(lambda: _deploy_again(steps, outputs)):
        _greet(steps, address, people)
        while cloud.running:
            speech.tend()
            time.sleep(0.5)
    raise CloudError(f"The embedded cloud has ended: see {cloud.data}/cloud.log, then start again.")


def _deploy_again(steps: Steps, outputs: dict[str, str]) -> None:
    """With the settings and policies as they are now. A mistake is said, and leaves what runs as it is."""
    try:
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
    for option, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CloudError(f"Port {port} is in use: stop what uses it, or choose one with {option}.") from None


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Two clouds over one folder would overwrite each other's state."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "run.lock").open("w")
    except OSError as error:
        raise CloudError(f"{data} can't keep the data ({error.strerror}): choose another folder with --data.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CloudError(f"{data} is in use by another run: stop that, or choose one with --data.") from None
        yield


def _clear(data: Path) -> None:
    """Only what we put there ourselves: a person may have named a folder that holds other things."""
    for name in KEPT:
        path = data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
