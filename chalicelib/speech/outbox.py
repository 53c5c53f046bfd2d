"""Handles changed jobs from the table's stream: notifies workers and the owner, and frees places in the list."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.live.push import Push
from chalicelib.speech.jobs import FAILED, QUEUED, READY, Jobs, brief
from chalicelib.speech.leases import Leases
from chalicelib.speech.recordings import Recordings


@dataclass(frozen=True)
class Outbox:
    jobs: Jobs
    recordings: Recordings
    announce: Callable[[str], None]
    push: Push

    def change(self, changed: tuple[str, str]) -> None:
        """Goes by the job's current state, however late the record."""
        person, id = changed
        job = self.jobs.find(person, id)
        if job and job["status"] == QUEUED:
            self.announce(entry(person, id))
        if not job or job["status"] in (READY, FAILED):
            self.jobs.make_room(person, id)
        if not job:
            self.recordings.erase(person, id)
            self.push.to_persons([person], {"type": "speech.deleted", "id": id})
            return
        if job["status"] == READY:
            self.recordings.drop_pieces(job)
        self.push.to_persons([person], {"type": "speech", "speech": brief(job)})


def announce_overdue(leases: Leases, announce: Callable[[str], None]) -> None:
    for job in leases.overdue():
        announce(entry(job["person"], job["id"]))


def entry(person: str, id: str) -> str:
    return json.dumps({"person": person, "id": id})
