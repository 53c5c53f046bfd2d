"""The end of an account: everything that the person owns, in every feature, and the account itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.account.people import People
from chalicelib.core import aws, log
from chalicelib.core.erasure import Eraser, Noter


@dataclass(frozen=True)
class Erasure:
    """Each step can be run again. The mark is written first: its stream record repeats the rest if we stop halfway."""

    people: People
    cognito: Any
    user_pool: str
    erasers: Sequence[Eraser]
    noters: Sequence[Noter] = ()

    def begin(self, id: str, token: str, seconds: float) -> None:
        """Accepted once the mark is there: whatever then comes in between, its stream record goes on with it."""
        for note in self.noters:
            note(id, token)
        self.people.forget(id, seconds)
        try:
            self.finish(id)
        except Exception as error:
            log.failure(error)

    def finish(self, id: str) -> None:
        self._delete_sign_in(id)  # first, so that no new token is given out meanwhile
        failures = [failure for erase in self.erasers if (failure := _failure_of(erase, id))]
        if failures:
            raise failures[0]

    def _delete_sign_in(self, id: str) -> None:
        try:
            self.cognito.admin_delete_user(UserPoolId=self.user_pool, Username=id)
        except aws.Failure as failure:
            if aws.code_of(failure) != "UserNotFoundException":
                raise


def _failure_of(erase: Eraser, id: str) -> Exception | None:
    """One feature that can't go on just now doesn't keep the others from erasing."""
    try:
        erase(id)
    except Exception as failure:
        return failure
    return None


def erased_ids(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Sequence number and person of each record that is a mark coming, or going when its time is over."""
    found = []
    for record in records:
        change = record["dynamodb"]
        image = change.get("NewImage") or change.get("OldImage") or {}
        if "erasedAt" in image:
            found.append((change["SequenceNumber"], image["id"]["S"]))
    return found
