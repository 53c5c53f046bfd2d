"""Which worker has a job: one at a time, while it makes progress; a worker that goes silent is replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.core.ids import new_id
from chalicelib.core.tables import Database, Table
from chalicelib.speech.jobs import (
    FAILED,
    LANES,
    PATIENCE_SECONDS,
    QUEUED,
    READY,
    SPEAKING,
    TRANSLATING,
    Job,
)

# Longer than any one step; each step renews it.
LEASE_SECONDS = 180
MOST_TRIES = 3
GAVE_UP = "Something went wrong on our side, several times. Try it again later."
_MINE = "worker = :me"


class LostError(Exception):
    """Another worker has the job now, or it is gone."""


@dataclass(frozen=True)
class Leases:
    database: Database
    table: str
    clock: Callable[[], float] = time.time

    @property
    def rows(self) -> Table[Job]:
        return Table(self.database, self.table, ("person", "id"))

    def take(self, job: Job) -> Job:
        """Take the lease. Raises LostError if the job is finished or another worker has it."""
        status = TRANSLATING if job["status"] == QUEUED else job["status"]
        return self._set(
            job,
            {"worker": new_id(), "due": self._until(LEASE_SECONDS), "status": status, "tries": job["tries"] + 1},
            "(attribute_not_exists(worker) OR due < :now) AND tries = :tries "
            "AND #status IN (:queued, :translating, :speaking)",
            now=int(self.clock()),
            tries=job["tries"],
            queued=QUEUED,
            translating=TRANSLATING,
            speaking=SPEAKING,
        )

    def go_on(self, job: Job, **values: object) -> Job:
        """Store a finished step and renew the lease for the next one."""
        return self._set(job, {"due": self._until(LEASE_SECONDS), **values}, _MINE, me=job["worker"])

    def finish(self, job: Job, seconds: float) -> None:
        self._end(job, {"status": READY, "progress": 1, "seconds": seconds})

    def fail(self, job: Job, reason: str, source: str = "", hopeless: bool = False) -> None:
        """`source` is the language of the text, if the failure revealed it."""
        found = {"source": source} if source else {}
        self._end(job, {"status": FAILED, "reason": reason, "hopeless": hopeless, **found})

    def let_go(self, job: Job) -> None:
        """After an unexpected failure: let another worker take over, unless it failed too often."""
        if job["tries"] >= MOST_TRIES:
            self.fail(job, GAVE_UP)
        else:
            self._set(job, {"due": self._until(PATIENCE_SECONDS)}, _MINE, "worker", me=job["worker"])

    def overdue(self) -> Iterator[Job]:
        """Jobs that no worker has taken, or whose worker is silent: each is yielded once, and its due time put off."""
        for lane in range(LANES):
            now = int(self.clock())
            found = self.rows.rows("lane = :lane AND due < :now", index="by-due", lane=lane, now=now)
            yield from filter(None, map(self._put_off, found))

    def _put_off(self, row: Job) -> Job | None:
        """None if it failed too often, or another call was faster."""
        later = {"due": self._until(PATIENCE_SECONDS)}
        try:
            job = self._set(row, later, "due = :seen", "worker", seen=row["due"])
            if job["tries"] < MOST_TRIES:
                return job
            ended = "attribute_not_exists(worker) AND due = :seen"
            self._set(job, {"status": FAILED, "reason": GAVE_UP}, ended, "worker, lane, due", seen=job["due"])
        except LostError:
            pass
        return None

    def _end(self, job: Job, values: Mapping[str, object]) -> None:
        self._set(job, values, _MINE, "worker, lane, due", me=job["worker"])

    def _until(self, seconds: int) -> int:
        return int(self.clock()) + seconds

    def _set(self, job: Job, values: Mapping[str, object], where: str, remove: str = "", **given: object) -> Job:
        """A deleted row meets no condition, so it is never recreated."""
        update = "SET " + ", ".join(f"#{name} = :new_{name}" for name in values)
        news = {f"new_{name}": value for name, value in values.items()}
        changed = self.rows.change(
            self.rows.key_of(job), f"{update} REMOVE {remove}" if remove else update, where, **news, **given
        )
        if not changed:
            raise LostError(job["id"])
        return changed
