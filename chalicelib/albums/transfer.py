"""The catalogue as CSV or JSON, out and in. What goes out can come in again."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from chalicelib.albums.catalogue import FIELDS, Album, AlbumTakenError, Catalogue, same, taken_by, tidy
from chalicelib.core.errors import BadRequestError, ConflictError, FieldError, TooLargeError
from chalicelib.core.schemas import faults

MOST_ROWS = 2000
MOST_COLUMNS = 50
MOST_LETTERS = 10_000  # of a cell
# What isn't done by then is left for another time: the gateway gives up after 29 seconds, and tells nobody anything.
SECONDS = 18.0
_FAULTS_OF_A_ROW = 10
_FAULTS_IN_ALL = 1000  # from then on one of a row: a report has to fit into an answer
_AT_ONCE = 16
_COUNTED = {
    "created": "created",
    "unchanged": "unchanged",
    "conflict": "conflicts",
    "invalid": "invalid",
    "left": "left",
}
# What a spreadsheet computes instead of showing it, also behind blanks, and in the letters of a Japanese keyboard.
# Such a cell goes out behind a quote, which comes off as it comes in; so one that has a quote there gets one more.
_COMPUTED = re.compile(r"'*[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\t\r\n＝＋－＠]")
_TEXTS = ("title", "artist", "genre")

Row = dict[str, Any]
Held = tuple[Album | None, list[str]]
_NOT_HELD: Held = (None, [])


def to_csv(albums: Iterable[Album]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**album, **{name: _shown_as_text(album[name]) for name in _TEXTS}} for album in albums)
    return out.getvalue()


def _shown_as_text(text: str) -> str:
    return "'" + text if _COMPUTED.match(text) else text


def _as_it_was(text: str | None) -> str | None:
    return text[1:] if text and text[0] == "'" and _COMPUTED.match(text) else text


def to_list(albums: Iterable[Album]) -> list[Album]:
    return [{name: album[name] for name in FIELDS} for album in albums]


def from_csv(raw: bytes) -> Iterator[Any]:
    """One row after the other, once the whole file is seen to be readable: of a broken one nothing is taken."""
    text = raw.decode("utf-8-sig", errors="replace")  # spreadsheets put a mark in front
    if "\ufffd" in text:  # the gateway replaces, too, what is no UTF-8
        raise BadRequestError("The file is not UTF-8 text: save it as CSV in UTF-8.")
    _verify(text)
    return map(_as_album, csv.DictReader(io.StringIO(text, newline=""), **_dialect(text)))


def _dialect(text: str) -> dict[str, Any]:
    return {"delimiter": ";" if ";" in text.partition("\n")[0] else ",", "strict": True}


def _verify(text: str) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), **_dialect(text))
    try:
        header = next(_narrow(reader), [])
        if missing := [name for name in FIELDS if name not in header]:
            raise BadRequestError(f"The first line must name {', '.join(FIELDS)}; it lacks {', '.join(missing)}.")
        if sum(1 for _ in _narrow(reader)) > MOST_ROWS:
            raise TooLargeError(f"At most {MOST_ROWS} rows can be imported at once: split the file.")
    except csv.Error as error:
        raise BadRequestError(f"The file is not CSV from line {reader.line_num} on: {error}.") from None


def _narrow(reader: Any) -> Iterator[list[str]]:
    """Lines that hold something, none of them wider than a catalogue can be: each cell costs a word in the report."""
    for cells in filter(None, reader):
        if len(cells) > MOST_COLUMNS or max(map(len, cells)) > MOST_LETTERS:
            raise BadRequestError(
                f"Line {reader.line_num} is too wide: a line has at most {MOST_COLUMNS} columns, "
                f"and a cell {MOST_LETTERS} characters."
            )
        yield cells


def _as_album(row: dict[str | None, Any]) -> dict[str, Any]:
    """CSV knows only text. Columns beyond the header's are left in, so that the row is refused and says so."""
    named = {str(name) if name is not None else "more columns": value for name, value in row.items()}
    read = {**dict.fromkeys(("rank", "year"), _number), **dict.fromkeys(_TEXTS, _as_it_was)}
    return {name: read[name](value) if name in read else value for name, value in named.items()}


def _number(text: str | None) -> int | str | None:
    return int(text) if text and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", text) else text


def bring_in(
    catalogue: Catalogue, rows: Iterable[Any], dry_run: bool, clock: Callable[[], float] = time.monotonic
) -> dict[str, Any]:
    """A report for each row, in order. Run again, what is there already is `unchanged`: nothing comes twice.

    What is left when the time is over is told; the same file once more goes on there.
    """
    from concurrent.futures import ThreadPoolExecutor  # only an import pays for it

    report: list[Row] = []
    ends = clock() + SECONDS
    with ThreadPoolExecutor(_AT_ONCE) as threads:

        def bring_in_one(row: Checked, held: Held) -> Row:
            is_late = held == _NOT_HELD and clock() >= ends
            return _left(row) if is_late else _bring_in_one(catalogue, row, held, dry_run)

        for batch in _batches(_checked(rows)):
            good = [row for row in batch if not row.errors]
            helds = catalogue.holders([row.body for row in good]) if clock() < ends else [_NOT_HELD] * len(good)
            done = threads.map(bring_in_one, good, helds)
            report += [_invalid(row) if row.errors else next(done) for row in batch]
    counts = {name: sum(row["status"] == status for row in report) for status, name in _COUNTED.items()}
    return {"dryRun": dry_run, **counts, "rows": report}


class Checked(NamedTuple):
    """A row with what is wrong with it, by itself or beside an earlier one."""

    number: int
    body: Any
    errors: list[FieldError]


def _checked(rows: Iterable[Any]) -> Iterator[Checked]:
    ranks: dict[Any, int] = {}
    titles: dict[Any, int] = {}
    told = 0
    for number, body in enumerate(rows, 1):
        errors = faults("albums/album", body, _FAULTS_OF_A_ROW if told < _FAULTS_IN_ALL else 1)
        told += len(errors)
        if not errors:
            rank, title = taken_by(tidy(body)).values()
            errors = _repeated("rank", ranks.setdefault(rank, number), number)
            errors += _repeated("title", titles.setdefault(title, number), number)
        yield Checked(number, body, errors)


def _repeated(field: str, first: int, number: int) -> list[FieldError]:
    return [{"pointer": f"/{field}", "detail": f"is row {first}'s already"}] if first != number else []


def _batches(rows: Iterator[Checked]) -> Iterator[list[Checked]]:
    """So that a long file is worked on while it is read."""
    batch: list[Checked] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 4 * _AT_ONCE:
            yield batch
            batch = []
    yield batch


def _bring_in_one(catalogue: Catalogue, row: Checked, held: Held, dry_run: bool) -> Row:
    """What is seen to be there costs no try: a file that is imported once more is soon where it was left."""
    told: Row = {"row": row.number}
    if held == _NOT_HELD and not dry_run:
        with suppress(ConflictError):
            return {**told, "status": "created", "id": catalogue.add(row.body, None)["id"]}
        held = catalogue.holder(row.body)
    there, taken = held
    if there and same(there, row.body):
        return {**told, "status": "unchanged", "id": there["id"]}
    if taken:
        error = AlbumTakenError(row.body, taken)
        return {**told, "status": "conflict", "detail": error.detail, "errors": error.errors or []}
    if dry_run:
        return {**told, "status": "created"}
    return {**told, "status": "conflict", "detail": "Somebody was changing it just then: import it again."}


def _invalid(row: Checked) -> Row:
    return {"row": row.number, "status": "invalid", "errors": row.errors}


def _left(row: Checked) -> Row:
    return {"row": row.number, "status": "left"}


def to_json(albums: Iterable[Album]) -> str:
    return json.dumps(to_list(albums), ensure_ascii=False, separators=(",", ":"))
