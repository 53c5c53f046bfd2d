"""What is cut off: an application like ours in miniature, and calls of AWS that end in the middle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import botocore.session
import pytest
from chalice.app import Chalice, Cron
from chalice.awsclient import TypedAWSClient
from chalice.config import Config
from chalice.deploy.deployer import BaseDeployStep, create_default_deployer, create_deletion_deployer
from chalice.deploy.models import DeploymentPackage
from chalice.utils import UI

from chalicelib.core.routes import signed_in
from cloud import addresses, adoption
from tests.laptop.embedded_support import unique

FUNCTIONS = ("api_handler", "heard", "uploaded", "changed", "taken", "ticked", "websocket_connect", "websocket_message")
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
READS = ("Get", "List", "Describe", "Head")


_loader = botocore.session.get_session().get_component("data_loader")  # it reads each service's model once


def a_session() -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", _loader)
    return session


class CutError(BaseException):
    """Not an Exception: nothing on the way handles it, as when the process is killed."""


class Packed(BaseDeployStep):
    """In place of Chalice's packager, which would run pip."""

    def __init__(self, package: Path) -> None:
        self._package = str(package)

    def handle_deploymentpackage(self, config: Config, resource: DeploymentPackage) -> None:
        resource.filename = self._package


class Project:
    """An application with every kind of handler, on a stage of its own."""

    def __init__(self, folder: Path, places: dict[str, str]) -> None:
        self.stage, self.places = unique("cut"), places
        self.folder = folder / self.stage
        self.folder.mkdir()
        self._package = self.folder / "package.zip"
        with zipfile.ZipFile(self._package, "w") as files:
            files.writestr("app.py", "")
        self.notes = self.folder / ".chalice" / "deployed" / f"{self.stage}.json"
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / ".chalice" / "policy.json").write_text(json.dumps(POLICY))

    @property
    def outputs(self) -> dict[str, str]:
        return {**self.places, "Stage": self.stage}

    @property
    def noted(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in json.loads(self.notes.read_text())["resources"]}

    def _config(self) -> Config:
        disk = {
            "app_name": "commonplace",
            "version": "2.0",
            "autogen_policy": False,
            "automatic_layer": True,
            "minimum_compression_size": 1024,
            "api_gateway_endpoint_type": "REGIONAL",
            "api_gateway_stage": addresses.DRAFT_STAGE,
            "stages": {self.stage: {"lambda_functions": {name: {} for name in FUNCTIONS}}},
            "iam_policy_file": "policy.json",
        }
        return Config(
            self.stage,
            config_from_disk=disk,
            user_provided_params={"chalice_app": self.app(), "project_dir": str(self.folder)},
        )

    def app(self) -> Chalice:
        app = Chalice("commonplace", configure_logs=False)
        app.experimental_feature_flags.add("WEBSOCKETS")

        def handler(event: Any) -> None: ...

        app.route("/", name="index", cors=True)(lambda: {})
        things = {"name": "things", "cors": True, "authorizer": signed_in}
        app.route("/things", methods=["GET", "POST"], **things)(lambda: {})
        app.on_sns_message(self.places["Topic"], name="heard")(handler)
        app.on_s3_event(self.places["Bucket"], name="uploaded")(handler)
        app.on_dynamodb_record(self.places["Stream"], name="changed")(handler)
        app.on_sqs_message(queue_arn=self.places["Queue"], name="taken")(handler)
        app.schedule(Cron(0, 0, "*", "*", "?", "*"), name="ticked")(handler)
        app.on_ws_connect(name="websocket_connect")(handler)
        app.on_ws_message(name="websocket_message")(handler)
        return app

    def deploy(self, calls: int = 1000) -> list[str]:
        """Cut when that many calls were made. Returns their names."""
        made: list[str] = []

        def count(model: Any, params: Any, **_: Any) -> None:
            if model.name == "ImportRestApi":
                self.document = params["body"]
            if not model.name.startswith(READS):
                if len(made) == calls:
                    raise CutError
                made.append(model.name)

        session = a_session()
        session.register("before-call", count)
        deployer = create_default_deployer(session, self._config(), UI())
        deployer._build_stage._steps[1] = Packed(self._package)
        deployer.deploy(self._config(), self.stage)
        return made

    def adopt(self) -> None:
        noted = json.loads(self.notes.read_text())["resources"] if self.notes.exists() else []
        found = adoption.notes(self.outputs, FUNCTIONS, noted)
        self.notes.write_text(json.dumps({"resources": found, "schema_version": "2.0", "backend": "api"}))

    def delete(self) -> None:
        self.adopt()
        create_deletion_deployer(TypedAWSClient(a_session()), UI()).deploy(self._config(), self.stage)


class Cuts:
    """Counts the calls that change something, and cuts right after one of them, while AWS may be at it still."""

    def __init__(self) -> None:
        self._turn = Lock()
        self.made: list[str] = []
        self._last = 0

    def __call__(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(READS):
            with self._turn:
                self.made.append(model.name)
                is_cut = len(self.made) == self._last
            if is_cut:
                raise CutError

    def whole(self, step: Callable[[], object]) -> list[str]:
        """The calls it makes."""
        self.made, self._last = [], 0
        step()
        return self.made

    def after(self, calls: int, step: Callable[[], object]) -> str:
        """Returns the last call's name."""
        self.made, self._last = [], calls
        with pytest.raises(CutError):
            step()
        self._last = 0
        return f"cut after {self.made[calls - 1]}, call {calls}"
