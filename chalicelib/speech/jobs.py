"""Jobs: texts that somebody wants to hear, newest first, each begun once however often it was sent.

A person has a list of his unfinished jobs beside them, so that he can't have too many. It is written together with
a job; what is finished is taken out of it by the table's stream.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import ConflictError, NotFoundError, TooManyError
from chalicelib.core.ids import is_id, new_id, now
from chalicelib.core.items import plain, typed
from chalicelib.core.pages import Page, Turn, cursor, position
from chalicelib.core.tables import Permit, every, refused_as, write
from chalicelib.speech import voices

QUEUED, TRANSLATING, SPEAKING, READY, FAILED = "queued", "translating", "speaking", "ready", "failed"
MOST_UNFINISHED = 10
# Unfinished jobs lie in this many lanes of an index, by the time at which somebody should look after them.
LANES = 4
# By then a job that was announced has been taken; if not, it is announced again.
PATIENCE_SECONDS = 120
_REMEMBERED_SECONDS = 7 * 24 * 60 * 60
_OPEN, _SENT = "open#", "sent#"

Job = dict[str, Any]
Audio = Callable[[Job], dict[str, Any]]


class JobNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("There is no such speech, or it is not yours.")


class NotFailedError(ConflictError):
    def __init__(self) -> None:
        super().__init__("Only what has failed can be tried again.")


class TooManyJobsError(TooManyError):
    def __init__(self) -> None:
        super().__init__(
            f"{MOST_UNFINISHED} of your texts are still being worked on: wait until one is ready, or delete one.",
            retry_after=30,
        )


class HopelessError(Exception):
    """A job can't succeed, however often it is tried; the text is for the person who waits."""

    def __init__(self, reason: str, source: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.source = source  # what the text's language was found to be, if it was


@dataclass(frozen=True)
class Jobs:
    dynamodb: Any
    table: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def add(self, person: str, asked: dict[str, Any], permit: Permit | None = None) -> Job:
        """What has the same client id is the same job: sent again, it is only told again."""
        source = asked.get("source", voices.AUTO)
        voices.check(asked["voice"], source)
        job = self._new(person, asked["text"].strip(), asked["voice"], source)
        put = {"Put": {"TableName": self.table, "Item": typed(job)}}
        client_id = asked.get("clientId")
        sent = [self._sent(person, client_id, job["id"])] if client_id else []
        refused = write(self.dynamodb, [self._room(job), put, *sent], permit, self.sleep)
        if refused == {0}:
            raise TooManyJobsError()
        return self._sent_before(person, str(client_id)) if refused else job

    def newest(self, person: str, turn: Turn) -> Page[dict[str, Any]]:
        """One query: DynamoDB ends it after a megabyte, then the page is shorter than its limit."""
        of = ["speech", person]
        start = position(of, turn.after, (str,))
        query: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "person = :person",
            "ExpressionAttributeValues": typed({":person": person}),
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": turn.limit + 1,
        }
        if start:
            query["ExclusiveStartKey"] = key(person, start[0])
        answer = self.dynamodb.query(**query)
        found = [plain(item) for item in answer["Items"]]
        items = found[: turn.limit]
        more = bool(items) and (len(found) > turn.limit or "LastEvaluatedKey" in answer)
        return {"items": items, "next": cursor(of, [items[-1]["id"]]) if more else None}

    def get(self, person: str, id: str) -> Job:
        job = self.find(person, id) if is_id(id) else None
        if not job:
            raise JobNotFoundError()
        return job

    def find(self, person: str, id: str) -> Job | None:
        """As it is now, whatever an event says that comes late."""
        item = self.dynamodb.get_item(TableName=self.table, Key=key(person, id), ConsistentRead=True).get("Item")
        return plain(item) if item else None

    def remove(self, person: str, id: str) -> None:
        if not is_id(id):
            raise JobNotFoundError()
        with refused_as(JobNotFoundError()):
            self.dynamodb.delete_item(
                TableName=self.table, Key=key(person, id), ConditionExpression="attribute_exists(id)"
            )

    def retry(self, person: str, id: str, permit: Permit | None = None) -> Job:
        """Whatever was finished before it failed stays finished."""
        job = self.get(person, id)
        again = {
            "TableName": self.table,
            "Key": key(person, id),
            "UpdateExpression": "SET #status = :queued, lane = :lane, due = :due, tries = :none REMOVE reason",
            "ConditionExpression": "#status = :failed",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": typed(
                {":queued": QUEUED, ":failed": FAILED, ":none": 0, ":lane": _lane(id), ":due": self._due()}
            ),
        }
        refused = write(self.dynamodb, [self._room(job), {"Update": again}], permit, self.sleep)
        if 1 in refused:
            raise NotFailedError()
        if refused:
            raise TooManyJobsError()
        return self.get(person, id)

    def make_room(self, person: str, id: str) -> None:
        """It is finished, or gone."""
        with refused_as(None):  # told again
            self.dynamodb.update_item(
                TableName=self.table,
                Key=key(_OPEN + person, "open"),
                UpdateExpression="DELETE jobs :job",
                ConditionExpression="contains(jobs, :id)",
                ExpressionAttributeValues={":job": {"SS": [id]}, ":id": {"S": id}},
            )

    def erase(self, person: str) -> None:
        for row in self.rows(person):
            self.dynamodb.delete_item(TableName=self.table, Key=key(row["person"], row["id"]))

    def rows(self, person: str) -> Iterator[dict[str, Any]]:
        """The keys of all that lies in the person's partitions."""
        for partition in (person, _SENT + person, _OPEN + person):
            yield from every(
                self.dynamodb,
                TableName=self.table,
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
            "at": now(),
            "lane": _lane(id),
            "due": self._due(),
        }

    def _due(self) -> int:
        return int(self.clock()) + PATIENCE_SECONDS

    def _room(self, job: Job) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self.table,
                "Key": key(_OPEN + job["person"], "open"),
                "UpdateExpression": "ADD jobs :job",
                "ConditionExpression": "attribute_not_exists(jobs) OR size(jobs) < :most",
                "ExpressionAttributeValues": {":job": {"SS": [job["id"]]}, ":most": {"N": str(MOST_UNFINISHED)}},
            }
        }

    def _sent(self, person: str, client_id: str, id: str) -> dict[str, Any]:
        row = {"person": _SENT + person, "id": client_id, "job": id}
        expires = int(self.clock()) + _REMEMBERED_SECONDS
        return {
            "Put": {
                "TableName": self.table,
                "Item": typed({**row, "expiresAt": expires}),
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }

    def _sent_before(self, person: str, client_id: str) -> Job:
        sent = self.find(_SENT + person, client_id)
        return self.get(person, sent["job"] if sent else "")  # it may be deleted since


@dataclass(frozen=True)
class OwnJobs:
    jobs: Jobs
    person: str

    def get(self, id: str) -> Job:
        return self.jobs.get(self.person, id)

    def remove(self, id: str) -> None:
        self.jobs.remove(self.person, id)

    def retry(self, id: str, permit: Permit) -> Job:
        return self.jobs.retry(self.person, id, permit)


def shown(job: Job, audio: Audio) -> dict[str, Any]:
    """As its owner sees it."""
    whole = {**brief(job), "text": job["text"], "translation": "".join(job["parts"]) or None}
    return {**whole, "audio": audio(job)} if job["status"] == READY else whole


def brief(job: Job) -> dict[str, Any]:
    """Without what is too long to be pushed."""
    reason = {"reason": job["reason"]} if "reason" in job else {}
    return {name: job[name] for name in ("id", "source", "voice", "status", "progress", "at")} | reason


def key(person: str, id: str) -> dict[str, Any]:
    return typed({"person": person, "id": id})


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
