"""The functions and the API: what Chalice needs to know of a stage, and Chalice's own deploy."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cloud import addresses
from cloud.errors import CloudError

PROJECT = Path(__file__).resolve().parent.parent
CHALICE = PROJECT / ".chalice"
_DEPLOYED = "chalice-deployed.json"
_VENDORED = PROJECT / "vendor"
_LISTS = ("subnet_ids", "security_group_ids")


def write_settings(outputs: dict[str, str]) -> None:
    """Everything `chalice deploy --stage X` and `chalice local --stage X` look for, made from what the stage is."""
    stage = outputs["Stage"]
    policies = {path.stem: path for path in sorted((CHALICE / "policies").glob("*.json"))}
    folder = CHALICE / "stages" / stage
    folder.mkdir(parents=True, exist_ok=True)
    for function, path in policies.items():
        policy = _filled(path, outputs)
        there = [statement for statement in policy["Statement"] if statement["Resource"]]  # not all stages have all
        policy["Statement"] = [*there, _may_log(outputs, function)]
        _write(folder / path.name, json.dumps(policy, indent=2) + "\n")
    common = _filled(CHALICE / "common.json", outputs)
    special = common.pop("lambda_functions", {})
    with _locked("settings"):
        config = _read(CHALICE / "config.json") or {}
        stages = {
            **config.get("stages", {}),
            stage: {
                "api_gateway_stage": addresses.API_STAGE,
                "environment_variables": _what_is_there(common.pop("environment_variables")),
                "lambda_functions": {
                    function: {**_listed(special.get(function, {})), "iam_policy_file": f"stages/{stage}/{path.name}"}
                    for function, path in policies.items()
                },
            },
        }
        _write(CHALICE / "config.json", json.dumps({**common, "stages": stages}, indent=2) + "\n")


def remove_settings(stage: str) -> None:
    with _locked("settings"):
        config = _read(CHALICE / "config.json") or {}
        if config.get("stages", {}).pop(stage, None):
            _write(CHALICE / "config.json", json.dumps(config, indent=2) + "\n")
    for path in [_notes(stage), *(CHALICE / "stages" / stage).glob("*.json")]:
        path.unlink(missing_ok=True)


def deploy(outputs: dict[str, str]) -> None:
    """Chalice's own deploy, with its notes of what it deployed kept in the stage and not on this machine alone."""
    stage = outputs["Stage"]
    fetch_notes(outputs)
    with _locked("packages"):
        _put_vendored(outputs)
        run_chalice("deploy", "--stage", stage)
        _tidy_packages()
    notes = _notes(stage).read_bytes()
    boto3.client("s3").put_object(Bucket=outputs["StateBucket"], Key=_DEPLOYED, Body=notes)


def fetch_notes(outputs: dict[str, str]) -> None:
    path = _notes(outputs["Stage"])
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        kept = boto3.client("s3").get_object(Bucket=outputs["StateBucket"], Key=_DEPLOYED)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchBucket", "404"):
            raise
        path.unlink(missing_ok=True)  # what lies there is about another cloud that had a stage of this name
        return
    notes = kept["Body"].read()
    if not _is_newer(path, json.loads(notes), kept["LastModified"].timestamp()):
        path.write_bytes(notes)


def _is_newer(path: Path, notes: dict[str, Any], kept_at: float) -> bool:
    """`chalice deploy` alone writes here only: what it knows of the same stage is kept."""
    here = _read(path)
    return bool(here) and _api_of(here) == _api_of(notes) and path.stat().st_mtime > kept_at


def _api_of(notes: dict[str, Any]) -> str | None:
    return next((one["rest_api_id"] for one in notes["resources"] if one["name"] == "rest_api"), None)


def _notes(stage: str) -> Path:
    return CHALICE / "deployed" / f"{stage}.json"


def is_deployed(stage: str) -> bool:
    return _notes(stage).exists()


def deployed(stage: str) -> dict[str, dict[str, Any]]:
    """Chalice's notes by the name of the resource."""
    notes = _read(_notes(stage))
    if not notes:
        raise CloudError(f"Nothing is deployed on '{stage}' yet: `python -m cloud deploy --stage {stage}` does it.")
    return {resource["name"]: resource for resource in notes["resources"]}


def run_chalice(*arguments: str) -> None:
    _remove_compiled()
    done = run_python("-c", "import sys; from chalice.cli import main; sys.exit(main())", *arguments)
    if done.returncode:
        raise CloudError(f"`chalice {' '.join(arguments)}` failed: {_last_words(done.stdout + done.stderr)}")


def run_finish(stage: str) -> None:
    """In a process of its own: it imports the application as it is now."""
    done = run_python("-m", "cloud", "finish", "--stage", stage)
    if done.returncode:
        raise CloudError(_last_words(done.stdout + done.stderr))


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # or compiled files would lie in the package
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def _remove_compiled() -> None:
    """Chalice packs whatever lies in the folder: compiled files would only make the package larger."""
    for folder in (PROJECT / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


def _last_words(output: str) -> str:
    """The last line says what is wrong; the last place that is ours says where."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    places = re.findall(rf'File "{re.escape(str(PROJECT))}/([^"]+)", line (\d+)', output)
    ours = [f" ({file}, line {line})" for file, line in places if not file.startswith(".venv")]
    return (lines[-1] if lines else "it said nothing") + (ours[-1] if ours else "")


def _filled(path: Path, values: dict[str, str]) -> Any:
    name = path.relative_to(PROJECT)
    try:
        return json.loads(string.Template(path.read_text("utf-8")).substitute(values))
    except KeyError as missing:
        raise CloudError(
            f"{name} asks for {missing}, which is no output of cloud/template.yaml: correct either."
        ) from None
    except ValueError as error:
        raise CloudError(f"{name} is no JSON: {error}.") from None


def _what_is_there(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if value}


def _listed(settings: dict[str, Any]) -> dict[str, Any]:
    """Outputs are text: what Chalice takes as lists is named with commas."""
    lists = {name: settings[name].split(",") for name in _LISTS if settings.get(name)}
    return {**{name: value for name, value in settings.items() if name not in _LISTS}, **lists}


def _put_vendored(outputs: dict[str, str]) -> None:
    """What only some stages need; Chalice adds whatever lies in this folder."""
    shutil.rmtree(_VENDORED, ignore_errors=True)
    if outputs["DaxEndpoint"]:
        needs = ["--requirement", "requirements-dax.txt", "--no-deps", "--no-compile", "--target", str(_VENDORED)]
        done = run_python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs)
        if done.returncode:
            raise CloudError(f"The client for DAX could not be installed: {_last_words(done.stderr)}")


def _may_log(outputs: dict[str, str], function: str) -> dict[str, Any]:
    """What every function may do, each in its own log."""
    group = f"/aws/lambda/commonplace-{outputs['Stage']}-{function}"
    return {
        "Sid": "Log",
        "Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:{outputs['Partition']}:logs:{outputs['Region']}:{outputs['AccountId']}:log-group:{group}:*",
    }


def _tidy_packages() -> None:
    """Chalice keeps a package of every version of the code; the newest few are enough."""
    packages = sorted((CHALICE / "deployments").glob("appcode-*.zip"), key=lambda path: path.stat().st_mtime)
    for path in packages[:-4]:
        path.unlink(missing_ok=True)


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _write(path: Path, text: str) -> None:
    """At once or not at all, and only where something changes."""
    if not path.exists() or path.read_text("utf-8") != text:
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(text, "utf-8")
        temporary.replace(path)


@contextmanager
def _locked(what: str) -> Iterator[None]:
    """Two commands may write the settings of two stages, or pack the same code, at the same time."""
    folder = CHALICE / "stages"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
