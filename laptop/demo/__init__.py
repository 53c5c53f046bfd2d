"""Demo people, and what fills their book: added once, at the first start."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloud.site import client_config
from cloud.steps import Steps
from laptop import folder
from laptop.demo import library, life, persons

NOTHING, PEOPLE, ALL = "nothing", "people", "all"
_DONE = "demo.json"
_AT_ONCE = 3  # each request at the same time starts another copy of the API's function


def people(data: Path) -> list[dict[str, str]]:
    """Those added at an earlier start."""
    done = data / _DONE
    if not done.exists():
        if folder.copy_of(done).exists():
            raise folder.missing(done)
        return []
    found = folder.read_json(done)
    if not isinstance(found, list) or not all({"email", "password", "name"} <= set(person) for person in found):
        raise folder.damaged(done, ValueError())
    return found


def put(steps: Steps, outputs: dict[str, str], data: Path, what: str) -> list[dict[str, str]]:
    """Once: people may change the demo data afterwards."""
    if (found := people(data)) or what == NOTHING:
        return found
    with steps.step("Demo data") as step:
        added = persons.added(outputs)
        api = client_config(outputs)["api"]
        book = {_first(person): persons.signed_in(outputs, api, person) for person in added}
        counts = _fill(outputs, book, what)
        step.note(", ".join([f"{len(added)} people", *counts]))
        folder.write(data / _DONE, json.dumps(added, indent=2))
        folder.keep_copy(data / _DONE)
    return added


def _fill(outputs: dict[str, str], book: life.People, what: str) -> list[str]:
    """What is there now, in words."""
    stage, ada, bruno = outputs["Stage"], book["ada"], book["bruno"]

    def articles() -> str:
        ids = library.add_articles(ada, bruno, with_photos=what == ALL)
        if what == ALL:
            life.comment(stage, book, ids)
        return f"{len(ids)} articles"

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        parts = [threads.submit(articles), threads.submit(library.add_albums, ada)]
        if what == ALL:
            parts += [threads.submit(life.keep, outputs, book), threads.submit(life.talk, stage, book)]
            parts += [threads.submit(life.post, stage, book)]
        counts = [part.result() for part in parts]
    if what == ALL:
        life.speak(book)
    return counts


def _first(person: dict[str, str]) -> str:
    return person["email"].partition("@")[0]
