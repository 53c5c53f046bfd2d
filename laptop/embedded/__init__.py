"""The embedded cloud: AWS on this machine, in a separate process that ends with the one that started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloud.errors import CloudError
from laptop import folder
from laptop.embedded.root_key import ROOT_KEY_ID, root_secret

__all__ = ["CloudError", "EmbeddedCloud"]

PROJECT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "000000000000"
SITE = "http://localhost:8000"
EXECUTIONS = 1000  # as in an AWS account; functions.py limits how many run here
SHARED = "environment.json"
START_LIMIT = 60.0
STOP_LIMIT = 30.0


class EmbeddedCloud:
    region = REGION
    account = ACCOUNT

    def __init__(
        self, process: subprocess.Popen[bytes], data: Path, port: int, elsewhere: Mapping[str, str], told: int
    ) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.data = data
        self._process = process
        self._elsewhere = elsewhere
        self._told = open(told, encoding="utf-8")  # noqa: SIM115 - as long as the process

    @classmethod
    def start(
        cls,
        data: Path,
        port: int,
        *,
        site: str = SITE,
        executions: int = EXECUTIONS,
        stock: bool = False,
        elsewhere: Mapping[str, str] | None = None,
    ) -> EmbeddedCloud:
        """Start the cloud with its state under `data`; `stock` leaves ministack unpatched.

        `site` is the address of the pages that may call it unsigned, to sign people in; all others are refused.
        `executions` is what the account may run at once: a new one on AWS has ten.
        `elsewhere` are settings such as AWS_ENDPOINT_URL_POLLY, for services that answer on other ports: functions get
        them when they start, since such an address may change.
        """
        elsewhere = elsewhere or {}
        data = data.resolve()
        folder.make(data)
        root_secret(data)
        told, telling = os.pipe()
        os.set_blocking(told, False)
        os.set_blocking(telling, False)
        module = [sys.executable, "-m", "laptop.embedded.process"]
        command = [*module, "--port", str(port), "--data", str(data), "--site", site]
        command += ["--executions", str(executions)]
        with folder.opened(data / "cloud.log", "wb") as log:
            process = subprocess.Popen(
                [*command, "--told", str(telling), *["--stock"] * stock],
                cwd=PROJECT,
                env={**_without_aws(os.environ), **elsewhere},
                stdin=subprocess.PIPE,  # closing it tells the cloud that this process is gone, however it ended
                stdout=log,
                stderr=log,
                pass_fds=(telling,),
                start_new_session=True,  # we pass on a Ctrl-C in the terminal ourselves
            )
        os.close(telling)
        cloud = cls(process, data, port, elsewhere, told)
        cloud._wait_until_healthy()
        return cloud

    @property
    def environment(self) -> dict[str, str]:
        """What AWS clients in another process need to talk to this cloud only."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            **self._elsewhere,
            "AWS_ACCESS_KEY_ID": ROOT_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": root_secret(self.data),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def share(self) -> None:
        """Keep the environment in the data folder for other shells, until the end."""
        folder.write(self.data / SHARED, json.dumps(self.environment, indent=2))

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def news(self) -> list[str]:
        """What the user should know and has not been told yet."""
        return [] if self._told.closed else [line.rstrip() for line in iter(self._told.readline, "")]

    def mailbox(self) -> list[dict[str, Any]]:
        """Every mail sent, newest first."""
        with urllib.request.urlopen(f"{self.endpoint}/_ministack/ses/messages", timeout=10) as response:
            sent = json.load(response)["messages"]
        mails = [mail for account in sent.values() for mail in account]
        return [_as_mail(mail) for mail in sorted(mails, key=lambda mail: -float(mail["Timestamp"]))]

    def stop(self) -> None:
        """Stop after a last checkpoint."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._told.close()
        with suppress(OSError):  # it may be a user's folder, which stopped the start
            (self.data / SHARED).unlink()

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not (self._serves() and _answers(self.endpoint)):
            if not self.running:
                raise CloudError(_last_words(self.data / "cloud.log"))
            if time.monotonic() > deadline:
                self.stop()
                raise CloudError(f"The embedded cloud did not start in {START_LIMIT:.0f} s: see {self.data}/cloud.log.")
            time.sleep(0.02)

    def _serves(self) -> bool:
        """Whether port and data folder belong to this process, not to another cloud."""
        lock = self.data / "lock"
        return lock.exists() and lock.read_text().strip() == str(self._process.pid)


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _without_aws(environ: os._Environ[str]) -> dict[str, str]:
    """The environment without the user's own AWS settings, which functions would otherwise inherit."""
    return {name: value for name, value in environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}


def _last_words(log: Path) -> str:
    """Why the cloud ended: its last sentence, or an unexpected error."""
    text = log.read_text(errors="replace").strip()
    last = text.splitlines()[-1] if text else "it ended silently"
    return f"The embedded cloud could not start ({last}): see {log}." if "Traceback" in text or not text else last


def _as_mail(sent: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromtimestamp(sent["Timestamp"], UTC).isoformat(timespec="milliseconds")
    return {
        "to": ", ".join([*sent["To"], *sent["CC"], *sent["BCC"]]),
        "subject": sent["Subject"],
        "text": sent["BodyText"],
        "html": sent["BodyHtml"] or "",
        "headers": sent.get("Headers", {}),
        "at": at.replace("+00:00", "Z"),
    }
