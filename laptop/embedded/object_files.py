"""Checks that the files of S3's objects are what was stored, before ministack reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laptop.folder import damaged

FACTS = ".meta.json"


def check(folder: Path) -> None:
    """Each file must have the size that its metadata gives, and readable metadata."""
    _finish(folder)
    for path in _bodies(folder):
        facts_of_it = path.with_name(path.name + FACTS)
        if not facts_of_it.exists():
            raise damaged(facts_of_it, "it is missing", _without(facts_of_it))
    for path in _facts(folder):
        facts = read_facts(path)
        _check(path, facts)
        _check_versions(folder, path, facts)


def _facts(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob(f"*{FACTS}")) if folder.exists())


def _bodies(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("[0-9]*/**/*")):
        if path.is_file() and not path.name.endswith(FACTS):
            yield path


def _finish(folder: Path) -> None:
    """A kill may have come between the two renames of a file and its metadata, or before both."""
    for facts in sorted(folder.rglob(f"*{FACTS}.tmp")):
        body = facts.with_name(facts.name.removesuffix(f"{FACTS}.tmp") + ".tmp")
        try:
            json.loads(facts.read_bytes())
        except (OSError, ValueError):
            facts.unlink()
            continue
        if body.exists() or not _is_whole(facts):
            facts.unlink()
        else:
            facts.replace(facts.with_suffix(""))
    for rest in folder.rglob("*.tmp"):
        if rest.is_file():
            rest.unlink()


def _is_whole(facts: Path) -> bool:
    """Whether the file exists: it may be gone if it was being deleted."""
    return "is_delete_marker" in json.loads(facts.read_bytes()) or _body(facts.with_suffix("")).exists()


def read_facts(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        found.items()
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        why = error if isinstance(error, OSError) else "it is not what was written there"
        raise damaged(path, why, _without(path)) from None
    return found


def _without(facts: Path) -> str:
    return f"restore it from a backup, or write {{}} into it, which keeps {_body(facts).name} but loses its type"


def _body(facts: Path) -> Path:
    return facts.with_name(facts.name.removesuffix(FACTS))


def _check(path: Path, facts: dict[str, Any]) -> None:
    body, size = _body(path), facts.get("size")
    if facts.get("is_delete_marker") or size is None:
        return
    there = body.stat().st_size if body.is_file() else None
    if there != size:
        why = "it is missing" if there is None else f"{there} bytes of {size} are there"
        both = f"restore it from a backup, or delete it and {path.name}"
        raise damaged(body, why, both)


def _check_versions(folder: Path, path: Path, facts: dict[str, Any]) -> None:
    """Earlier versions of a file are in a separate folder, named by version."""
    account, bucket, *_ = path.relative_to(folder).parts
    for version in facts.get("versions", []):
        if version.get("is_delete_marker") or version["version_id"] == (facts.get("version_id") or "null"):
            continue
        place = folder / ".versions" / account / bucket / version["version_id"]
        found = [each for each in place.rglob("*") if each.is_file()]
        if [each.stat().st_size for each in found] != [version["size"]]:
            why = "an earlier version of a file is not what was stored"
            shown = found[0] if found else place / facts.get("key", "")
            raise damaged(shown, why, f"restore it from a backup, or remove it from {path}")
