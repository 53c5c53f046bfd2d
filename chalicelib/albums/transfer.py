"""The catalogue as CSV or JSON, out and in. Every export can be imported."""

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
MOST_LETTERS = 10_000  # in a cell
# Rows not done by then are left for another import: the gateway gives up after 29 seconds, without a word.
SECONDS = 18.0
_FAULTS_OF_A_ROW = 10
_FAULTS_IN_ALL = 1000  # reports one fault per row from then on, to fit into an answer
_AT_ONCE = 16
_COUNTED = {
    "created": "created",
    "unchanged": "unchanged",
    "conflict": "conflicts",
    "invalid": "invalid",
    "left": "left",
}
# What a spreadsheet would compute instead of show, also after spaces and in full-width characters.
# Export puts a quote before such a cell and import removes it; a cell that has a quote there gets one more.
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
    """Yields rows once the whole file is known to be readable: a broken file imports nothing."""
    text = raw.decode("utf-8-sig", errors="replace")  # spreadsheets put a byte order mark in front
    if "\ufffd" in text:  # the gateway, too, replaces what is not UTF-8
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
            raise BadRequestError(f"The first line must name {', '.join(FIELDS)}; missing: {', '.join(missing)}.")
        if sum(1 for _ in _narrow(reader)) > MOST_ROWS:
            raise TooLargeError(f"One import takes at most {MOST_ROWS} rows: split the file.")
    except csv.Error as error:
        raise BadRequestError(f"The file is not valid CSV from line {reader.line_num} on: {error}.") from None


def _narrow(reader: Any) -> Iterator[list[str]]:
    """Non-empty lines, none wider than a catalogue can be: each cell may add to the report."""
    for cells in filter(None, reader):
        if len(cells) > MOST_COLUMNS or max(map(len, cells)) > MOST_LETTERS:
            raise BadRequestError(
                f"Line {reader.line_num} is too wide: a line has at most {MOST_COLUMNS} columns, "
                f"and a cell {MOST_LETTERS} characters."
            )
        yield cells


def _as_album(row: dict[str | None, Any]) -> dict[str, Any]:
    """CSV has only text. Extra columns stay in, so that the row is refused with a reason."""
    named = {str(name) if name is not None else "more columns": value for name, value in row.items()}
    read = {**dict.fromkeys(("rank", "year"), _number), **dict.fromkeys(_TEXTS, _as_it_was)}
    return {name: read[name](value) if name in read else value for name, value in named.items()}


def _number(text: str | None) -> int | str | None:
    return int(text) if text and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", text) else text


def bring_in(
    catalogue: Catalogue, rows: Iterable[Any], dry_run: bool, clock: Callable[[], float] = time.monotonic
) -> dict[str, Any]:
    """A report for each row, in order. On a second run, what is already there is `unchanged`: nothing is added twice.

    If time runs out, the report says how many rows are left; importing the same file again continues there.
    """
    from concurrent.futures import ThreadPoolExecutor  # only imports need it

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
    """A row and its faults, by itself or in conflict with an earlier row."""

    number: int
    body: Any
    errors: list[FieldError]


def _checked(rows: Iterable[Any]) -> Iterator[Checked]:
    ranks: dict[Any, int] = {}
    titles: dict[Any, int] = {}
    told = 0
    for number, body in enumerate(rows, 1):
        errors = faults("albums/new-album", body, _FAULTS_OF_A_ROW if told < _FAULTS_IN_ALL else 1)
        told += len(errors)
        if not errors:
            rank, title = taken_by(tidy(body)).values()
            errors = _repeated("rank", ranks.setdefault(rank, number), number)
            errors += _repeated("title", titles.setdefault(title, number), number)
        yield Checked(number, body, errors)


def _repeated(field: str, first: int, number: int) -> list[FieldError]:
    return [{"pointer": f"/{field}", "detail": f"is already taken by row {first}"}] if first != number else []


def _batches(rows: Iterator[Checked]) -> Iterator[list[Checked]]:
    """Works on a long file while it is being read."""
    batch: list[Checked] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 4 * _AT_ONCE:
            yield batch
            batch = []
    yield batch


def _bring_in_one(catalogue: Catalogue, row: Checked, held: Held, dry_run: bool) -> Row:
    """A row already there costs no write: importing a file again quickly gets to where it stopped."""
    told: Row = {"row": row.number}
    if held == _NOT_HELD and not dry_run:
        with suppress(ConflictError):
            return {**told, "status": "created", "id": catalogue.add(row.body, None)["id"]}
        held = catalogue.holder(row.body)
    there, taken = held
    if there and same(there, row.body):
        return {**told, "status": "unchanged", "id": there["id"]}
    if taken:
        error = AlbumTakenError(row.body, taken, {taken[0]: there} if there else {})
        return {**told, "status": "conflict", "detail": error.detail, "errors": error.errors or []}
    if dry_run:
        return {**told, "status": "created"}
    return {**told, "status": "conflict", "detail": "Somebody was changing it at the same time: import it again."}


def _invalid(row: Checked) -> Row:
    return {"row": row.number, "status": "invalid", "errors": row.errors}


def _left(row: Checked) -> Row:
    return {"row": row.number, "status": "left"}


def to_json(albums: Iterable[Album]) -> str:
    return json.dumps(to_list(albums), ensure_ascii=False, separators=(",", ":"))
