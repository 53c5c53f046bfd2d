"""Demo people, and what fills their book: added once, at the first start."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

from cloud.site import client_config
from cloud.steps import Steps
from laptop import folder
from laptop.demo import library, life, persons

NOTHING, PEOPLE, ALL = "nothing", "people", "all"
_DONE = "demo.json"
_TO_FILL = "demo.unfinished"


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
    with steps.step("Demo people, albums and articles") as step:
        added = persons.added(outputs)
        ada, bruno, _ = _book(outputs, added).values()
        counts = library.add_albums(ada), library.add_articles(ada, bruno)
        step.note(", ".join([f"{len(added)} people", *counts]))
        if what == ALL:
            folder.write(data / _TO_FILL, "")
        folder.write(data / _DONE, json.dumps(added, indent=2))
        folder.keep_copy(data / _DONE)
    return added


class Filling(Thread):
    """Fills the demo people's book while the pages are already there; a later start goes on with what is missing."""

    def __init__(self, steps: Steps, outputs: dict[str, str], data: Path) -> None:
        super().__init__(daemon=True)
        self._steps, self._outputs, self._data = steps, outputs, data
        self._stopping = Event()

    def __enter__(self) -> Filling:
        if (self._data / _TO_FILL).exists():
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()

    def run(self) -> None:
        started = time.monotonic()
        try:
            counts = ", ".join(self._fill())
            (self._data / _TO_FILL).unlink()
        except Exception as error:
            if not self._stopping.is_set():
                self._steps.say(f"  Not all demo data is there yet ({error}): the next start goes on with it.")
        else:
            self._steps.say(f"  ✓ Demo data ({counts})  {time.monotonic() - started:.1f} s")

    def _fill(self) -> Iterator[str]:
        """What is seen first comes first."""
        stage, book = self._outputs["Stage"], _book(self._outputs, people(self._data))
        yield life.post(stage, book)
        yield life.talk(stage, book)
        yield life.keep(self._outputs, book)
        yield life.comment(stage, book, library.article_ids(book["ada"]))
        yield library.illustrate(book["ada"])
        yield life.speak(book)


def _book(outputs: dict[str, str], added: list[dict[str, str]]) -> life.People:
    api = client_config(outputs)["api"]
    return {each["email"].partition("@")[0]: persons.signed_in(outputs, api, each) for each in added}
