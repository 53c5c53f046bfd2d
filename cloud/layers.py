"""The packages that only some functions need: a layer of each feature that has a `requirements.txt`.

The template makes the layers, from archives in the stage's bucket. An archive is named by all that determines its
content, so what has not changed is neither built nor sent again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalicelib.core import files
from cloud import clients, wheels
from cloud.functions import CHALICE, tidy
from cloud.rights import logical
from cloud.runtimes import Runtime
from cloud.template import layered

_FOLDER = "layers/"


def put(bucket: str, runtime: Runtime, progress: Callable[[str], None]) -> dict[str, str]:
    """Send the archives that are not there, and delete others; returns the template's parameters, which name them."""
    s3: Any = clients.of("s3")
    pages = [*s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=_FOLDER)]
    there = [one for page in pages for one in page.get("Versions", [])]
    deleted = [one for page in pages for one in page.get("DeleteMarkers", [])]
    keys = {path: _key(path, runtime) for path in layered()}
    for path, key in keys.items():
        if key not in {one["Key"] for one in there if one["IsLatest"]}:
            progress(f"packages of {path.parent.name}")
            s3.put_object(Bucket=bucket, Key=key, Body=_archive(path, runtime).read_bytes())
    files.delete_all(s3, bucket, [one for one in (*there, *deleted) if one["Key"] not in keys.values()])
    return parameters(runtime)


def parameters(runtime: Runtime) -> dict[str, str]:
    """The template's, which name the archives."""
    return {f"{logical(path.parent.name)}Packages": _key(path, runtime) for path in layered()}


def tidy_versions(stage: str, used: Collection[str] = ()) -> None:
    """Delete the versions that the stack doesn't have: a rollback may have made some."""
    functions: Any = clients.of("lambda")
    for name in (f"commonplace-{stage}-{path.parent.name}" for path in layered()):
        for page in functions.get_paginator("list_layer_versions").paginate(LayerName=name):
            for one in page["LayerVersions"]:
                if one["LayerVersionArn"] not in used:
                    functions.delete_layer_version(LayerName=name, VersionNumber=one["Version"])


def _key(requirements: Path, runtime: Runtime) -> str:
    return f"{_FOLDER}{_name(requirements, runtime)}"


def _name(requirements: Path, runtime: Runtime) -> str:
    parts = [requirements.read_bytes(), wheels.LOCK.read_bytes(), repr(_target(runtime)).encode()]
    digest = sha256(b"\0".join(parts)).hexdigest()[:16]
    return f"{requirements.parent.name}-{runtime.name}-{runtime.architecture}-{digest}.zip"


def _target(runtime: Runtime) -> Runtime | None:
    """None is this machine: an embedded cloud runs functions here, where Lambda's packages may be of no use."""
    return None if os.environ.get("AWS_ENDPOINT_URL") and sys.platform != "linux" else runtime


def _archive(requirements: Path, runtime: Runtime) -> Path:
    """Built once on this machine, next to what Chalice builds."""
    path = CHALICE / "deployments" / f"layer-{_name(requirements, runtime)}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent) as folder:
            wheels.install(requirements, Path(folder, "python"), _target(runtime))
            _zip(Path(folder), fresh := Path(folder, "fresh.zip"))
            fresh.replace(path)
        tidy(f"layer-{requirements.parent.name}-*.zip")
    return path


def _zip(folder: Path, path: Path) -> None:
    """The same files make the same bytes."""
    found = sorted(each for each in folder.rglob("*") if each.is_file())
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for each in found:
            entry = ZipInfo(each.relative_to(folder).as_posix())
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, each.read_bytes(), ZIP_DEFLATED)
