"""Jobs: texts to translate and speak, newest first, each created once however often it was sent.

A row per person lists their unfinished jobs, so that nobody has too many. A job is added to it in the same transaction;
the table's stream takes out finished ones.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from chalicelib.core.errors import ConflictError, NotFoundError, TooManyError
from chalicelib.core.ids import as_time, is_id, new_id
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, page, position
from chalicelib.core.tables import Database, Once, Permit, Table, Write, transaction
from chalicelib.core.things import Thing
from chalicelib.core.words import beginning
from chalicelib.speech import voices

QUEUED, TRANSLATING, SPEAKING, READY, FAILED = "queued", "translating", "speaking", "ready", "failed"
MOST_UNFINISHED = 10
# Unfinished jobs are spread over this many lanes of an index, by the time when they become overdue.
LANES = 4
# A worker should have taken an announced job by then; if not, it is announced again.
PATIENCE_SECONDS = 120
_LATEST = 10
OF_AN_ARTICLE = "article-"  # before its id, in place of a person's
_OPEN, _SENT = "open#", "sent#"
_TITLE = 60


class Job(TypedDict):
    person: str
    id: str
    text: str
    voice: str
    source: str
    status: str
    progress: float
    parts: list[str]  # translated so far
    tries: int
    at: str
    # While it is unfinished
    lane: NotRequired[int]
    due: NotRequired[int]
    worker: NotRequired[str]
    # At its end
    reason: NotRequired[str]
    hopeless: NotRequired[bool]  # trying again would change nothing
    heardAt: NotRequired[str]
    seconds: NotRequired[float]


class Asked(TypedDict):
    text: str
    voice: str
    source: NotRequired[str]
    clientId: NotRequired[str]


Audio = Callable[[Job], dict[str, Any]]


class JobNotFoundError(NotFoundError):
    detail = "There is no such speech, or it is not yours."


class NotFailedError(ConflictError):
    detail = "Only what has failed can be tried again."


class TooManyJobsError(TooManyError):
    retry_after = 30

    def __init__(self) -> None:
        unfinished = f"{MOST_UNFINISHED} of your texts are still being worked on"
        super().__init__(f"{unfinished}: wait until one is ready, or delete one.")


class HopelessError(Exception):
    """A job can't succeed, however often it is tried; the reason is shown to its owner."""

    def __init__(self, reason: str, source: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.source = source  # the text's language, if it was detected


@dataclass(frozen=True)
class Jobs:
    database: Database
    table: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def rows(self) -> Table[Job]:
        return Table(self.database, self.table, ("person", "id"))

    def add(self, person: str, asked: Asked, permit: Permit | None = None) -> Job:
        """The same client id means the same job: sending it again only returns it."""
        source = asked.get("source", voices.AUTO)
        voices.check(asked["voice"], source)
        job = self._new(person, asked["text"].strip(), asked["voice"], source)
        sent = Once(self.rows, (_SENT + person, asked.get("clientId", "")))
        note = {"sent": sent.note(self.clock(), job=job["id"])} if "clientId" in asked else {}
        writes = {"room": self._room(job), "job": self.rows.putting(job), **note}
        refused = transaction(self.database, writes, permit, self.sleep)
        if "sent" in refused:
            return self.get(person, sent.became().get("job", ""))  # it may have been deleted since
        if refused:
            raise TooManyJobsError()
        return job

    def newest(self, person: str, turn: Turn) -> Page[Job]:
        """A single query: DynamoDB ends it after a megabyte, so a page may be shorter than its limit."""
        of = ["speech", person]
        after = position(of, turn.after, (str,))
        start = {"person": person, "id": after[0]} if after else None
        found = self.rows.some(turn.limit + 1, "person = :person", newest_first=True, start=start, person=person)
        items, following = page(of, turn, found.rows, ["id"], more=found.more)
        return {"items": items, "next": following}

    def get(self, person: str, id: str) -> Job:
        job = self.find(person, id) if is_id(id) else None
        if not job:
            raise JobNotFoundError()
        return job

    def find(self, person: str, id: str) -> Job | None:
        """The job as it is now, however late the event is."""
        return self.rows.get(person, id)

    def remove(self, person: str, id: str) -> None:
        if not is_id(id) or not self.rows.remove((person, id), self.rows.there):
            raise JobNotFoundError()

    def hear(self, person: str, id: str) -> None:
        """Its owner has begun to listen to it; only the first time counts."""
        first = "#status = :ready AND attribute_not_exists(heardAt)"
        values = {"at": as_time(self.clock()), "ready": READY}
        if not self.rows.change((person, id), "SET heardAt = :at", first, **values):
            self.get(person, id)

    def unheard(self, person: str) -> list[Job]:
        """The ready ones that nobody has listened to, among the latest."""
        latest = self.rows.some(_LATEST, "person = :person", newest_first=True, person=person).rows
        return [job for job in latest if job["status"] == READY and "heardAt" not in job]

    def has_any(self, person: str) -> bool:
        return bool(self.rows.some(1, "person = :person", newest_first=True, person=person).rows)

    def retry(self, person: str, id: str, permit: Permit | None = None) -> Job:
        """Steps finished before the failure are not repeated."""
        job = self.get(person, id)
        again = self.rows.changing(
            (person, id),
            "SET #status = :queued, lane = :lane, due = :due, tries = :none REMOVE reason, hopeless",
            "#status = :failed",
            queued=QUEUED,
            failed=FAILED,
            none=0,
            lane=_lane(id),
            due=self._due(),
        )
        refused = transaction(self.database, {"room": self._room(job), "again": again}, permit, self.sleep)
        if "again" in refused:
            raise NotFailedError()
        if refused:
            raise TooManyJobsError()
        return self.get(person, id)

    def make_room(self, person: str, id: str) -> None:
        """The job is finished or deleted; repeated calls change nothing."""
        self.rows.change(_room_of(person), "DELETE jobs :job", "contains(jobs, :id)", job={id}, id=id)

    def erase(self, person: str) -> None:
        for row in self.of_person(person):
            self.rows.remove((row["person"], row["id"]))

    def of_person(self, person: str) -> Iterator[Job]:
        """The keys of all rows in the person's partitions."""
        for partition in (person, _SENT + person, _OPEN + person):
            yield from self.rows.ask_all(
                KeyConditionExpression="person = :person",
                ExpressionAttributeValues=typed({":person": partition}),
                ProjectionExpression="person, id",
                ConsistentRead=True,
            )

    def _new(self, person: str, text: str, voice: str, source: str) -> Job:
        id = new_id()
        return {
            "person": person,
            "id": id,
            "text": text,
            "voice": voice,
            "source": source,
            "status": QUEUED,
            "progress": 0,
            "parts": [],
            "tries": 0,
            "at": as_time(self.clock()),
            "lane": _lane(id),
            "due": self._due(),
        }

    def _due(self) -> int:
        return int(self.clock()) + PATIENCE_SECONDS

    def _room(self, job: Job) -> Write:
        where = "attribute_not_exists(jobs) OR size(jobs) < :most"
        return self.rows.changing(
            _room_of(job["person"]), "ADD jobs :job", where, job={job["id"]}, most=MOST_UNFINISHED
        )


@dataclass(frozen=True)
class OwnJobs:
    jobs: Jobs
    person: str

    def get(self, id: str) -> Job:
        return self.jobs.get(self.person, id)

    def remove(self, id: str) -> None:
        self.jobs.remove(self.person, id)

    def hear(self, id: str) -> None:
        if not is_id(id):
            raise JobNotFoundError()
        self.jobs.hear(self.person, id)

    def retry(self, id: str, permit: Permit) -> Job:
        return self.jobs.retry(self.person, id, permit)


def found(row: Job) -> Thing | None:
    """A text and its translation, as a search finds them."""
    if "text" not in row or row["person"].startswith(OF_AN_ARTICLE):
        return None
    title, text = beginning(row["text"], _TITLE), row["text"]
    translated = "".join(row["parts"]) if row["status"] == READY else ""
    return Thing(row["id"], row["at"], title, text, translated, of=row["person"])


def shown(job: Job, audio: Audio) -> dict[str, Any]:
    """The job as its owner sees it."""
    whole = {**brief(job), "text": job["text"], "translation": "".join(job["parts"]) or None}
    return {**whole, "audio": audio(job)} if job["status"] == READY else whole


def brief(job: Job) -> dict[str, Any]:
    """The job without what is too long to push."""
    reason = {name: job[name] for name in ("reason", "hopeless") if name in job}
    return {name: job[name] for name in ("id", "source", "voice", "status", "progress", "at")} | reason


def unheard(job: Job) -> dict[str, Any]:
    """As the signed-in home names it."""
    title = beginning(job["text"].strip().split("\n", 1)[0], _TITLE)
    return {"title": title, **{name: job[name] for name in ("id", "source", "voice", "seconds", "at")}}


def _room_of(person: str) -> tuple[str, str]:
    return _OPEN + person, "open"


def changed(records: list[dict[str, Any]]) -> list[tuple[str, tuple[str, str]]]:
    """Sequence number, person and id of each stream record that is about a job."""
    found = []
    for record in records:
        row = plain(record["dynamodb"]["Keys"])
        if "#" not in row["person"]:
            found.append((record["dynamodb"]["SequenceNumber"], (row["person"], row["id"])))
    return found


def _lane(id: str) -> int:
    return zlib.crc32(id.encode()) % LANES
