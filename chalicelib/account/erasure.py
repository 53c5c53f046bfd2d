"""The end of an account: everything the person owns, in every feature, and the account itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.account.people import People, PersonRow
from chalicelib.core import aws
from chalicelib.core.erasure import Eraser, Look, Noter
from chalicelib.core.streams import Change


class LeftOverError(Exception):
    """Raised so that the record comes again; after the last try it goes to the failures queue."""


@dataclass(frozen=True)
class Erasure:
    """Begins with a mark, whose stream record does the rest. Each step can run again."""

    people: People
    cognito: Any
    user_pool: str
    erasers: Sequence[Eraser]
    looks: Sequence[Look] = ()
    noters: Sequence[Noter] = ()

    def begin(self, id: str, token: str) -> None:
        """Returns once the mark is there: nothing new can begin, and the stream erases everything."""
        for note in self.noters:
            note(id, token)
        self.people.forget(id)

    def finish(self, id: str) -> None:
        self._delete_sign_in(id)  # first, so that no new token is issued meanwhile
        failures = [failure for erase in self.erasers if (failure := _failure_of(erase, id))]
        if failures:
            raise failures[0]
        if left := [look.__name__ for look in self.looks if any(True for _ in look(id))]:
            raise LeftOverError(f"not yet erased: {', '.join(left)}")

    def _delete_sign_in(self, id: str) -> None:
        try:
            self.cognito.admin_delete_user(UserPoolId=self.user_pool, Username=id)
        except aws.Failure as failure:
            if aws.code_of(failure) != "UserNotFoundException":
                raise


def _failure_of(erase: Eraser, id: str) -> Exception | None:
    """A feature that fails now doesn't keep the others from erasing."""
    try:
        erase(id)
    except Exception as failure:
        return failure
    return None


def erased_ids(changes: Iterable[tuple[str, Change[PersonRow]]]) -> list[tuple[str, str]]:
    """Record number and person for each mark that came, or went when it expired."""
    rows = ((number, change.after or change.before) for number, change in changes)
    return [(number, row["id"]) for number, row in rows if row and "erasedAt" in row]
