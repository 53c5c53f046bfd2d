"""The functions and the API: a stage's settings for Chalice, and Chalice's own deploy."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud import addresses, adoption, clients, rights
from cloud.errors import CloudError

PROJECT = Path(__file__).resolve().parent.parent
CHALICE = PROJECT / ".chalice"
_DEPLOYED = "chalice-deployed.json"
_VENDORED = PROJECT / "vendor"
LOCKED = {"PIP_CONSTRAINT": str(PROJECT / "requirements.lock")}
_UNRESERVED = 100
_MOST_BYTES = 4096  # of a function's environment, measured as JSON
_SUBSCRIPTIONS = ("s3_event", "sns_event")
_PAUSES = (0.0, 5.0, 10.0, 20.0)
# While what was just made spreads through AWS; Chalice itself doesn't wait for these.
_PASSES = (
    "Cannot access stream",
    "Unable to validate the following destination configurations",
    "cannot be assumed by Lambda",
    "execution role does not have permissions",
    "TooManyRequestsException",
)


def write_settings(outputs: dict[str, str]) -> None:
    """Write everything `chalice deploy --stage X` and `chalice local --stage X` look for, derived from the stage."""
    stage, declared = outputs["Stage"], declared_rights()
    folder = CHALICE / "stages" / stage
    folder.mkdir(parents=True, exist_ok=True)
    for name, function in declared["functions"].items():
        _write(folder / f"{name}.json", _json(rights.policy(name, function["grants"], outputs)))
    for left_over in {path.stem for path in folder.glob("*.json")} - declared["functions"].keys():
        (folder / f"{left_over}.json").unlink()
    variables = rights.environment(declared["variables"], outputs)
    if (size := len(json.dumps(variables, separators=(",", ":")).encode())) > _MOST_BYTES:
        raise CloudError(f"The functions' environment has {size} bytes of {_MOST_BYTES}: shorten a `rights.py`'s.")
    own = {name: rights.settings(function, outputs) for name, function in declared["functions"].items()}
    files = {name: {"iam_policy_file": f"stages/{stage}/{name}.json"} for name in own}
    settings = {
        "api_gateway_stage": addresses.DRAFT_STAGE,
        "lambda_architecture": rights.filled("{Architecture}", outputs),
        "environment_variables": variables,
        "lambda_functions": {name: {**one, **files[name]} for name, one in reserved(own, stage).items()},
    }
    with _locked("settings"):
        config = _read(CHALICE / "config.json") or {}  # a damaged one is rewritten: all of it comes from the stages
        stages = {**config.get("stages", {}), stage: settings}
        _write(CHALICE / "config.json", _json({**common(), "stages": stages}))


def declared_rights() -> rights.Declared:
    """In a separate process, which reads the features' current `rights.py`."""
    _remove_compiled()
    done = run_python("-m", "cloud.rights")
    if done.returncode:
        raise CloudError(f"The functions' rights can't be read: {last_words(done.stderr)}")
    declared: rights.Declared = json.loads(done.stdout)
    return declared


def common() -> Any:
    """What all stages' functions and APIs have alike."""
    path = CHALICE / "common.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CloudError(f"{path.relative_to(PROJECT)} is not JSON: {error}.") from None


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def reserved(special: dict[str, Any], stage: str) -> dict[str, Any]:
    """With the functions' reserved concurrency, or without it if the account has too little."""
    wanted = {name: one["reserved_concurrency"] for name, one in special.items() if "reserved_concurrency" in one}
    if may_reserve(sum(wanted.values()), [rights.function_name(stage, name) for name in wanted]):
        return special
    return {
        name: {key: value for key, value in one.items() if key != "reserved_concurrency"}
        for name, one in special.items()
    }


def reserves(stage: str) -> bool:
    """Whether the stage's settings, as written, reserve concurrency."""
    config = _read(CHALICE / "config.json") or {}
    functions = config["stages"][stage]["lambda_functions"]
    return any("reserved_concurrency" in one for one in functions.values())


def may_reserve(wanted: int, functions: list[str]) -> bool:
    """AWS keeps a hundred for functions without a reservation; a new account may have ten in all."""
    client = clients.of("lambda")
    free: int = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    return free - _UNRESERVED >= wanted - sum(_has_reserved(client, function) for function in functions)


def _has_reserved(client: Any, function: str) -> int:
    try:
        return int(client.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions", 0))
    except client.exceptions.ResourceNotFoundException:
        return 0


def put_rights(outputs: dict[str, str]) -> None:
    """Write the policies to roles that have another one; Chalice names each role after its function."""
    stage = outputs["Stage"]
    for path in sorted((CHALICE / "stages" / stage).glob("*.json")):
        wanted, role = _read(path), f"commonplace-{stage}-{path.stem}"
        if rights_of(stage, path.stem) != wanted:
            document = json.dumps(wanted, indent=2)
            clients.of("iam").put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=document)


def rights_of(stage: str, function: str) -> Any:
    """The policy that a function has."""
    role = f"commonplace-{stage}-{function}"
    try:
        return clients.of("iam").get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return None


def is_source(name: str) -> bool:
    """Whether a file of a function's package is ours."""
    return name == "app.py" or name.startswith("chalicelib/")


def sources() -> dict[str, bytes]:
    _remove_compiled()
    paths = [PROJECT / "app.py", *(path for path in (PROJECT / "chalicelib").rglob("*") if path.is_file())]
    return {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in paths}


def remove_settings(stage: str) -> None:
    with _locked("settings"):
        config = _read(CHALICE / "config.json") or {}
        if config.get("stages", {}).pop(stage, None):
            _write(CHALICE / "config.json", _json(config))
    for path in [_notes(stage), *(CHALICE / "stages" / stage).glob("*.json")]:
        path.unlink(missing_ok=True)


def deploy(outputs: dict[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
    """Chalice's own deploy; its records are kept in the stage, not only on this machine."""
    fetch_notes(outputs)
    with _locked("packages"):
        _put_vendored(outputs)
        _deploy(outputs, sleep)
        tidy("appcode-*.zip")
    _keep_notes(outputs)


def _deploy(outputs: dict[str, str], sleep: Callable[[float], None]) -> None:
    """Goes on where AWS broke it off: once by itself, and longer where time helps."""
    for pause in (*_PAUSES, None):
        adopt(outputs, _written(outputs))
        try:
            return run_chalice("deploy", "--stage", outputs["Stage"])
        except ChaliceError as error:
            with suppress(ClientError, BotoCoreError):  # what broke it off may keep us from noting, too
                adopt(outputs, _written(outputs))
                _keep_notes(outputs)
            if pause is None or not (error.passes or (error.is_by_aws and pause == _PAUSES[0])):
                raise
            sleep(pause)
    raise AssertionError


def _written(outputs: dict[str, str]) -> set[str]:
    """The functions that the stage's settings are written for."""
    return {path.stem for path in (CHALICE / "stages" / outputs["Stage"]).glob("*.json")}


def adopt(outputs: dict[str, str], functions: Collection[str] | None = None) -> None:
    """Make Chalice's notes from what there is, whatever an earlier deployment could note."""
    path = _notes(outputs["Stage"])
    noted = (_read(path) or {}).get("resources", [])
    names = {one["name"] for one in noted if one["resource_type"] == "lambda_function"}
    names.update(declared_rights()["functions"] if functions is None else functions)
    if found := adoption.notes(outputs, names, noted):
        # Chalice finds these by itself, but must know of them to take away those that the code no longer has.
        events = [one for one in noted if one["resource_type"] in _SUBSCRIPTIONS]
        _write(path, _as_notes([*found, *events]))
    else:
        path.unlink(missing_ok=True)


def sizes(outputs: dict[str, str]) -> Iterator[str]:
    """What the functions are made of, package and layers together, as sent."""
    own = {rights.function_name(outputs["Stage"], name): name for name in _written(outputs)}
    found: dict[int, list[str]] = {}
    for page in clients.of("lambda").get_paginator("list_functions").paginate():
        for one in (one for one in page["Functions"] if one["FunctionName"] in own):
            size = one["CodeSize"] + sum(layer["CodeSize"] for layer in one.get("Layers", []))
            found.setdefault(size, []).append(own[one["FunctionName"]])
    for size, names in sorted(found.items()):
        yield f"{size / 1_000_000:.1f} MB  {names[0] if len(names) == 1 else f'{len(names)} functions'}"


def put_notes(outputs: dict[str, str], resources: list[dict[str, Any]]) -> None:
    _write(_notes(outputs["Stage"]), _as_notes(resources))
    _keep_notes(outputs)


def _as_notes(resources: list[dict[str, Any]]) -> str:
    return _json({"resources": resources, "schema_version": "2.0", "backend": "api"})


def delete(outputs: dict[str, str]) -> None:
    """Chalice's own delete. Subscriptions go with their topics and buckets, which are in the stack."""
    path = _notes(outputs["Stage"])
    notes = _read(path)
    if notes:
        write_settings(outputs)
        left = [one for one in notes["resources"] if one["resource_type"] not in _SUBSCRIPTIONS]
        _write(path, _as_notes(left))
        run_chalice("delete", "--stage", outputs["Stage"])


def _keep_notes(outputs: dict[str, str]) -> None:
    path = _notes(outputs["Stage"])
    if path.exists():
        clients.of("s3").put_object(Bucket=outputs["StateBucket"], Key=_DEPLOYED, Body=path.read_bytes())


def fetch_notes(outputs: dict[str, str]) -> None:
    path = _notes(outputs["Stage"])
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = _kept_notes(outputs)
    if not kept:
        path.unlink(missing_ok=True)  # left by another cloud with a stage of this name
        return
    notes = kept["Body"].read()
    if not _is_newer(path, _parsed(notes, outputs), kept["LastModified"].timestamp()):
        _write(path, notes.decode())


def _kept_notes(outputs: dict[str, str]) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = clients.of("s3").get_object(Bucket=outputs["StateBucket"], Key=_DEPLOYED)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchBucket", "404"):
            raise
        return None
    return kept


def kept_functions(outputs: dict[str, str]) -> set[str]:
    """Those that the stage has, by the records that are kept in it."""
    kept = _kept_notes(outputs)
    resources = _parsed(kept["Body"].read(), outputs)["resources"] if kept else []
    return {one["name"] for one in resources if one["resource_type"] == "lambda_function"}


def _parsed(notes: bytes, outputs: dict[str, str]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(notes)
        found["resources"]
    except (ValueError, TypeError, KeyError):
        place = f"{_DEPLOYED} in the bucket {outputs['StateBucket']}"
        raise CloudError(f"{place} can't be read: restore an earlier version.") from None
    return found


def _is_newer(path: Path, notes: dict[str, Any], kept_at: float) -> bool:
    """A plain `chalice deploy` writes only here: keep what it knows about the same stage."""
    here = _read(path)
    return bool(here) and _api_of(here) == _api_of(notes) and path.stat().st_mtime > kept_at


def _api_of(notes: dict[str, Any]) -> str | None:
    return next((one["rest_api_id"] for one in notes["resources"] if one["name"] == "rest_api"), None)


def _notes(stage: str) -> Path:
    return CHALICE / "deployed" / f"{stage}.json"


def is_deployed(stage: str) -> bool:
    return _notes(stage).exists()


def settings(stage: str) -> dict[str, str]:
    """The environment of the stage's functions."""
    config = _read(CHALICE / "config.json") or {}
    found: dict[str, str] | None = config.get("stages", {}).get(stage, {}).get("environment_variables")
    if found is None:
        again = f"`python -m cloud env --stage {stage}` writes them"
        raise CloudError(f"{CHALICE / 'config.json'} has no settings for '{stage}': {again}.")
    return found


def deployed(stage: str) -> dict[str, dict[str, Any]]:
    """Chalice's records by resource name."""
    notes = _read(_notes(stage))
    if not notes:
        raise CloudError(f"Nothing is deployed on '{stage}' yet: run `python -m cloud deploy --stage {stage}`.")
    return {resource["name"]: resource for resource in notes["resources"]}


def run_chalice(*arguments: str) -> None:
    _remove_compiled()
    # This restricts pip, which Chalice calls to make the package, to what is locked.
    done = run_python("-c", "import sys; from chalice.cli import main; sys.exit(main())", *arguments, **LOCKED)
    if done.returncode:
        raise ChaliceError(arguments, done.stdout + done.stderr)


class ChaliceError(CloudError):
    def __init__(self, arguments: tuple[str, ...], said: str) -> None:
        super().__init__(f"`chalice {' '.join(arguments)}` failed: {last_words(said)}")
        self.is_by_aws = "While deploying your chalice application" in said or "botocore.exceptions" in said
        self.passes = any(each in said for each in _PASSES)


def run_finish(stage: str) -> None:
    """In a separate process, which imports the current application."""
    done = run_python("-m", "cloud", "finish", "--stage", stage)
    if done.returncode:
        raise CloudError(last_words(done.stdout + done.stderr))


def run_python(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    # Without compiled files: they would end up in the package.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def _remove_compiled() -> None:
    """Chalice packages everything in the folder: compiled files would only make it larger."""
    for folder in (PROJECT / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


def last_words(output: str) -> str:
    """The last line says what is wrong; the last place in our code says where."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    places = re.findall(rf'File "{re.escape(str(PROJECT))}/([^"]+)", line (\d+)', output)
    ours = [f" ({file}, line {line})" for file, line in places if not file.startswith(".venv")]
    return (lines[-1] if lines else "no output") + (ours[-1] if ours else "")


def _put_vendored(outputs: dict[str, str]) -> None:
    """What only some stages need; Chalice packages everything in this folder."""
    shutil.rmtree(_VENDORED, ignore_errors=True)
    if outputs["DaxEndpoint"]:
        needs = ["--require-hashes", "--requirement", "requirements-dax.lock", "--no-deps"]
        place = ["--no-compile", "--target", str(_VENDORED)]
        done = run_python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs, *place)
        if done.returncode:
            raise CloudError(f"The DAX client could not be installed: {last_words(done.stderr)}")


def tidy(pattern: str) -> None:
    """Every version of the code, or of a layer, leaves a package; the newest few are enough."""
    packages = sorted((CHALICE / "deployments").glob(pattern), key=lambda path: path.stat().st_mtime)
    for path in packages[:-4]:
        path.unlink(missing_ok=True)


def _read(path: Path) -> Any:
    """The content; None for damaged files, too: all of them can be recreated."""
    try:
        return json.loads(path.read_bytes()) if path.exists() else None
    except (ValueError, RecursionError):
        return None
    except OSError as error:
        raise CloudError(f"{path} can't be read ({error.strerror}): move it away; it will be recreated.") from None


def _write(path: Path, text: str) -> None:
    """Atomically, and only if something changes."""
    if not path.exists() or path.read_bytes() != text.encode():
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            temporary.write_text(text, "utf-8")
            temporary.replace(path)
        except OSError as error:
            raise CloudError(f"{path} can't be written ({error.strerror}): make room, or move it away.") from None


@contextmanager
def _locked(what: str) -> Iterator[None]:
    """Two commands may write settings or package the same code at the same time."""
    folder = CHALICE / "stages"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
