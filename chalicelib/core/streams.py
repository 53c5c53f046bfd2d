"""Stream records, worked off so that a bad one does not block those behind it.

From the first that failed on, records come again, those that were done included: what is done must bear it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from chalicelib.core import log

Work = TypeVar("Work")


Record = dict[str, Any]


def numbered(records: list[Record]) -> list[tuple[str, Record]]:
    return [(record["dynamodb"]["SequenceNumber"], record) for record in records]


def one_by_one(work: Iterable[tuple[str, Work]], do: Callable[[Work], None]) -> dict[str, Any]:
    """Do each piece; those that failed are named by sequence number, and come again."""
    failed = []
    for sequence_number, piece in work:
        try:
            do(piece)
        except Exception as error:  # whatever it is, the record must come again and the others go on
            log.failure(error)
            failed.append({"itemIdentifier": sequence_number})
    return {"batchItemFailures": failed}
