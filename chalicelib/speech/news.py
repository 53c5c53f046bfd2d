"""What a person is told of a text: that it is ready, or that it failed."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.notices import News, Notices, kind
from chalicelib.speech.jobs import FAILED, READY, Jobs

SPOKEN = kind("speech", "A text of yours is ready to hear, or failed")
_SAYS = {READY: "A text of yours is ready to hear.", FAILED: "A text of yours could not be spoken."}


@dataclass(frozen=True)
class Reporter:
    jobs: Jobs
    notices: Notices

    def change(self, changed: tuple[str, str]) -> None:
        """Goes by the job's current state, however late the record. A text that fails again is told of once."""
        person, id = changed
        job = self.jobs.find(person, id)
        if job and job["status"] in _SAYS:
            self.notices.tell(person, News(SPOKEN, _key(id, job["status"]), _SAYS[job["status"]], "/speech"))
        for status in () if job else _SAYS:
            self.notices.take_back(person, _key(id, status))


def _key(id: str, status: str) -> str:
    return f"speech {id} {status}"
