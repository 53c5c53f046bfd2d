"""A stage on the embedded cloud as a test sees it: over HTTP, like any other client."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

PROJECT = Path(__file__).resolve().parents[2]
START_LIMIT = 120.0
PASSWORD = "Correct-horse-7"

Found = TypeVar("Found")
_numbers = itertools.count(1)


def free_port() -> int:
    """Below those that the system hands out to whoever asks for any: nobody gets it before it is used."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(what: Callable[[], Found], limit: float = 10.0) -> Found:
    """Wait for a condition, never for time to pass."""
    deadline = time.monotonic() + limit
    while True:
        if found := what():
            return found
        assert time.monotonic() < deadline, f"still not so after {limit} s: {what}"
        time.sleep(0.02)


@dataclass
class User:
    """A signed-in person."""

    stage: RunningStage
    email: str
    password: str
    tokens: dict[str, Any]

    @property
    def token(self) -> str:
        return str(self.tokens["IdToken"])

    @property
    def id(self) -> str:
        return str(self.get("/me").json()["id"])

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": self.token, **options.pop("headers", {})}
        return self.stage.call(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.call("POST", path, json=body, **options)

    def put(self, path: str, body: Any, version: Any = None, **options: Any) -> requests.Response:
        return self.call("PUT", path, json=body, headers=_if_match(version), **options)

    def delete(self, path: str, version: Any = None) -> requests.Response:
        return self.call("DELETE", path, headers=_if_match(version))


def _if_match(version: Any) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}"'}


@dataclass
class RunningStage:
    """`python -m laptop` in a separate process."""

    data: Path
    name: str = "test"
    port: int = field(default_factory=free_port)
    cloud_port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ("--demo", "people")
    project: Path = PROJECT
    process: subprocess.Popen[str] | None = None
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        return (self.data / "output.txt").read_text("utf-8")

    def start(self) -> RunningStage:
        """Returns once it reports that it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        ports = ("--port", str(self.port), "--cloud-port", str(self.cloud_port))
        command = [sys.executable, "-m", "laptop", "--stage", self.name, "--data", str(self.data), *ports]
        command += self.options
        with (self.data / "output.txt").open("w") as out:
            self.process = subprocess.Popen(command, cwd=self.project, stdout=out, stderr=out, text=True)
        until(self._ready, START_LIMIT)
        self.config = requests.get(f"{self.address}/config.json", timeout=10).json()
        return self

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(by)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        """Like a crash of the machine: neither it nor its embedded cloud can clean up."""
        assert self.process
        for process in (int((self.data / "lock").read_text()), self.process.pid):
            os.kill(process, signal.SIGKILL)
        self.process.wait(timeout=20)

    def _ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.output
        return f"Ready  {self.address}" in self.output

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(method, self.config["api"] + path, timeout=40, **options)

    def cognito(self, operation: str, **body: Any) -> requests.Response:
        """A call as a browser makes it, unsigned."""
        target = f"AWSCognitoIdentityProviderService.{operation}"
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        return requests.post(self.config["cognitoEndpoint"] + "/", json=body, headers=headers, timeout=20)

    def for_client(self, operation: str, **body: Any) -> requests.Response:
        return self.cognito(operation, ClientId=self.config["userPoolClientId"], **body)

    def mails(self, to: str) -> list[dict[str, Any]]:
        box = requests.get(f"{self.address}/mailbox.json", timeout=10).json()
        return [mail for mail in box if mail["to"] == to]

    def code(self, to: str, mails: int = 1) -> str:
        """The code in the newest mail, of at least that many."""
        until(lambda: len(self.mails(to)) >= mails)
        text: str = self.mails(to)[0]["text"]
        return "".join(c if c.isdigit() else " " for c in text).split()[0]

    def sign_up(self, email: str | None = None, name: str = "Some Body", password: str = PASSWORD) -> User:
        """All that people do: sign up, read the mail, type the code, sign in."""
        email = email or f"somebody{next(_numbers)}-{secrets.token_hex(3)}@example.com"
        attributes = [{"Name": "email", "Value": email}, {"Name": "name", "Value": name}]
        signed_up = self.for_client("SignUp", Username=email, Password=password, UserAttributes=attributes)
        assert signed_up.status_code == 200, signed_up.text
        confirmed = self.for_client("ConfirmSignUp", Username=email, ConfirmationCode=self.code(email))
        assert confirmed.status_code == 200, confirmed.text
        return self.sign_in(email, password)

    def sign_in(self, email: str, password: str) -> User:
        answer = self.for_client(
            "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": password}
        )
        assert answer.status_code == 200, answer.text
        return User(self, email, password, answer.json()["AuthenticationResult"])

    def demo(self, index: int) -> User:
        """0 is curator and author, 1 and 2 are ordinary people."""
        person = self.config["demo"][index]
        return self.sign_in(person["email"], person["password"])


def copied(folder: Path) -> Path:
    """What git would clone, including uncommitted changes."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.splitlines():
        if (PROJECT / name).is_file():  # one that was deleted is listed until that is committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


def environment_of(stage: RunningStage) -> dict[str, str]:
    """For a process that talks to the stage's cloud with the root key, as `python -m cloud env` prints it."""
    import json

    kept: dict[str, str] = json.loads((stage.data / "environment.json").read_text("utf-8"))
    return {**os.environ, **kept}


def forget_settings(name: str) -> None:
    """The files in `.chalice` of a test's own stage."""
    from cloud.functions import CHALICE, remove_settings

    remove_settings(name)
    shutil.rmtree(CHALICE / "stages" / name, ignore_errors=True)
