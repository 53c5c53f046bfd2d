"""The code of functions and layers: files of their own, named by their hash, that checkpoints only refer to."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.services import lambda_svc

from laptop.embedded.patching import Function, patch
from laptop.folder import keep_copy, missing


class Code:
    """Which code files the latest state names, and which the state on disk does."""

    of_layers: set[str] = set()
    in_the_text: set[str] = set()
    in_the_file: set[str] = set()


@patch(lambda_svc, "get_state")
def with_layers_apart(original: Function) -> dict[str, Any]:
    """ministack writes layers into its state, megabytes each: every checkpoint would encode them again."""
    Code.of_layers = set()
    for version in _versions(lambda_svc._layers):
        _externalized(version, Code.of_layers)
    state: dict[str, Any] = original()
    for version in _versions(state["layers"]):
        version["_zip_data"] = _externalized(version, Code.of_layers)
    return state


@patch(lambda_svc, "_restore_state")
def with_their_layers(original: Function, data: Any) -> None:
    for version in _versions((data or {}).get("layers")):
        code = {"code_zip": version["_zip_data"]}
        lambda_svc._internalize_code_zip(code, {})
        version["_zip_data"] = code["code_zip"]
    original(data)


def _versions(layers: Any) -> Iterator[dict[str, Any]]:
    for layer in [] if layers is None else layers._data.values():
        yield from layer["versions"]


def _externalized(version: dict[str, Any], referenced: set[str]) -> Any:
    code = {"config": version["Content"], "code_zip": version["_zip_data"]}
    lambda_svc._externalize_code_zip(code, referenced)
    return code["code_zip"]


@patch(lambda_svc, "_externalize_code_zip")
def by_known_hash(original: Function, function: Any, referenced: set[str]) -> None:
    """Avoid hashing code that is already on disk."""
    known = (function.get("config") or {}).get("CodeSha256") or ""
    sha = base64.b64decode(known).hex()
    if isinstance(function.get("code_zip"), bytes) and _file(sha).exists():
        function["code_zip"] = {lambda_svc._BLOB_REF_KEY: sha}
        referenced.add(sha)
    else:
        original(function, referenced)


@patch(lambda_svc, "_write_code_blob")
def with_a_copy(original: Function, code: bytes) -> str:
    sha = str(original(code))
    keep_copy(_file(sha))
    return sha


@patch(lambda_svc, "_read_code_blob")
def or_not_at_all(original: Function, sha: str) -> Any:
    """A function without its code would fail all events."""
    code = original(sha)
    if code is None:
        raise missing(_file(sha))
    return code


@patch(lambda_svc, "_prune_orphan_code_blobs")
def once_it_is_written(original: Function, referenced: set[str]) -> None:
    """Keep what the state on disk names until a state without it has been written."""
    named = referenced | Code.of_layers
    kept = named | Code.in_the_file
    for copied in Path(lambda_svc.CODE_BLOB_DIR).glob("*.zip.before"):
        if copied.name.partition(".")[0] not in kept:
            copied.unlink(missing_ok=True)
    original(kept)
    Code.in_the_text = named


def _file(sha: str) -> Path:
    return Path(lambda_svc.CODE_BLOB_DIR, f"{sha}.zip")
