"""Who works on a job: one at a time, for as long as he goes on; whom nobody hears of any more is replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws
from chalicelib.core.ids import new_id
from chalicelib.core.items import plain, typed
from chalicelib.core.tables import every
from chalicelib.speech.jobs import (
    FAILED,
    LANES,
    PATIENCE_SECONDS,
    QUEUED,
    READY,
    SPEAKING,
    TRANSLATING,
    Job,
    key,
)

# Longer than any one step, and each step begins it anew.
LEASE_SECONDS = 180
MOST_TRIES = 3
GAVE_UP = "Something went wrong on our side, several times. Try it again later."
_MINE = "worker = :me"


class LostError(Exception):
    """Somebody else works on it now, or it is gone."""


@dataclass(frozen=True)
class Leases:
    dynamodb: Any
    table: str
    clock: Callable[[], float] = time.time

    def take(self, job: Job) -> Job:
        """From now on it is ours. Raises LostError where it is finished, or somebody else's."""
        status = TRANSLATING if job["status"] == QUEUED else job["status"]
        taken = self._set(
            job,
            {"worker": new_id(), "due": self._until(LEASE_SECONDS), "status": status, "tries": job["tries"] + 1},
            condition="(attribute_not_exists(worker) OR due < :now) AND tries = :tries "
            "AND #status IN (:queued, :translating, :speaking)",
            given={
                ":now": int(self.clock()),
                ":tries": job["tries"],
                ":queued": QUEUED,
                ":translating": TRANSLATING,
                ":speaking": SPEAKING,
            },
        )
        return taken

    def go_on(self, job: Job, **values: Any) -> Job:
        """A step is done, and the next one begins."""
        return self._set(job, {"due": self._until(LEASE_SECONDS), **values}, _MINE, {":me": job["worker"]})

    def finish(self, job: Job, seconds: float) -> None:
        self._end(job, {"status": READY, "progress": 1, "seconds": seconds})

    def fail(self, job: Job, reason: str, source: str = "") -> None:
        """With the language of the text, where that was found out by failing."""
        found = {"source": source} if source else {}
        self._end(job, {"status": FAILED, "reason": reason, **found})

    def let_go(self, job: Job) -> None:
        """Something unexpected: whoever comes next takes it over, unless it went wrong too often."""
        if job["tries"] >= MOST_TRIES:
            self.fail(job, GAVE_UP)
        else:
            self._set(job, {"due": self._until(PATIENCE_SECONDS)}, _MINE, {":me": job["worker"]}, remove="worker")

    def overdue(self) -> Iterator[Job]:
        """Jobs that nobody has taken, or whose worker is not heard of any more: each is put off, and given once."""
        for lane in range(LANES):
            found = every(
                self.dynamodb,
                TableName=self.table,
                IndexName="by-due",
                KeyConditionExpression="lane = :lane AND due < :now",
                ExpressionAttributeValues=typed({":lane": lane, ":now": int(self.clock())}),
            )
            yield from filter(None, map(self._put_off, found))

    def _put_off(self, row: Job) -> Job | None:
        """None where it went too often wrong, or somebody was faster."""
        later = {"due": self._until(PATIENCE_SECONDS)}
        try:
            job = self._set(row, later, "due = :seen", {":seen": row["due"]}, remove="worker")
            if job["tries"] < MOST_TRIES:
                return job
            given = {":seen": job["due"]}
            ended = "attribute_not_exists(worker) AND due = :seen"
            self._set(job, {"status": FAILED, "reason": GAVE_UP}, ended, given, remove="worker, lane, due")
        except LostError:
            pass
        return None

    def _end(self, job: Job, values: dict[str, Any]) -> None:
        self._set(job, values, _MINE, {":me": job["worker"]}, remove="worker, lane, due")

    def _until(self, seconds: int) -> int:
        return int(self.clock()) + seconds

    def _set(
        self, job: Job, values: dict[str, Any], condition: str, given: dict[str, Any], remove: str | None = None
    ) -> Job:
        """A row that is gone meets no condition: it does not come back."""
        names = {f"#{name}": name for name in values}
        expression = "SET " + ", ".join(f"#{name} = :new_{name}" for name in values)
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=key(job["person"], job["id"]),
                UpdateExpression=f"{expression} REMOVE {remove}" if remove else expression,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=typed({f":new_{name}": value for name, value in values.items()} | given),
                ReturnValues="ALL_NEW",
            )
        except aws.Failure as failure:
            if aws.code_of(failure) != "ConditionalCheckFailedException":
                raise
            raise LostError(job["id"]) from None
        return plain(answer["Attributes"])
