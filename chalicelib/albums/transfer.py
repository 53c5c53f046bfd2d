"""The catalogue as CSV or JSON, out and in. What goes out can come in again."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from chalicelib.albums.catalogue import FIELDS, Album, AlbumTakenError, Catalogue, same, taken_by, tidy
from chalicelib.core.errors import BadRequestError, ConflictError, FieldError, TooLargeError
from chalicelib.core.schemas import faults

MOST_ROWS = 2000
_AT_ONCE = 16
_COUNTED = {"created": "created", "unchanged": "unchanged", "conflict": "conflicts", "invalid": "invalid"}

Row = dict[str, Any]


def to_csv(albums: Iterable[Album]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(albums)
    return out.getvalue()


def to_list(albums: Iterable[Album]) -> list[Album]:
    return [{name: album[name] for name in FIELDS} for album in albums]


def from_csv(raw: bytes) -> Iterator[Any]:
    """One row after the other, once the whole file is seen to be readable: of a broken one nothing is taken."""
    text = raw.decode("utf-8-sig", errors="replace")  # spreadsheets put a mark in front
    if "\ufffd" in text:  # the gateway replaces, too, what is no UTF-8
        raise BadRequestError("The file is not UTF-8 text: save it as CSV in UTF-8.")
    _verify(_reader(text))
    return map(_with_numbers, _reader(text))


def _reader(text: str) -> csv.DictReader[str]:
    header = text.partition("\n")[0]
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",", strict=True)


def _verify(reader: csv.DictReader[str]) -> None:
    try:
        if missing := [name for name in FIELDS if name not in (reader.fieldnames or [])]:
            raise BadRequestError(f"The first line must name {', '.join(FIELDS)}; it lacks {', '.join(missing)}.")
        if sum(1 for _ in reader) > MOST_ROWS:
            raise TooLargeError(f"At most {MOST_ROWS} rows can be imported at once: split the file.")
    except csv.Error as error:
        raise BadRequestError(f"The file is not CSV from line {reader.reader.line_num} on: {error}.") from None


def _with_numbers(row: dict[str | None, Any]) -> dict[str, Any]:
    """CSV knows only text. Columns beyond the header's are left in, so that the row is refused and says so."""
    named = {str(name) if name is not None else "more columns": value for name, value in row.items()}
    return {name: _number(value) if name in ("rank", "year") else value for name, value in named.items()}


def _number(text: str | None) -> int | str | None:
    return int(text) if text and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", text) else text


def bring_in(catalogue: Catalogue, rows: Iterable[Any], dry_run: bool) -> dict[str, Any]:
    """A report for each row, in order. Run again, what is there already is `unchanged`: nothing comes twice."""
    from concurrent.futures import ThreadPoolExecutor  # only an import pays for it

    report: list[Row] = []
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for batch in _batches(_checked(rows)):
            report += threads.map(lambda checked: _bring_in_one(catalogue, checked, dry_run), batch)
    counts = {name: sum(row["status"] == status for row in report) for status, name in _COUNTED.items()}
    return {"dryRun": dry_run, **counts, "rows": report}


def _checked(rows: Iterable[Any]) -> Iterator[tuple[int, Any, list[FieldError]]]:
    """Each row with what is wrong with it, by itself or beside an earlier one."""
    ranks: dict[Any, int] = {}
    titles: dict[Any, int] = {}
    for number, body in enumerate(rows, 1):
        errors = faults("albums/album", body)
        if not errors:
            rank, title = taken_by(tidy(body))
            errors = _repeated("rank", ranks.setdefault(rank, number), number)
            errors += _repeated("title", titles.setdefault(title, number), number)
        yield number, body, errors


def _repeated(field: str, first: int, number: int) -> list[FieldError]:
    return [{"pointer": f"/{field}", "detail": f"is row {first}'s already"}] if first != number else []


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    """So that a long file is worked on while it is read."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 4 * _AT_ONCE:
            yield batch
            batch = []
    yield batch


def _bring_in_one(catalogue: Catalogue, checked: tuple[int, Any, list[FieldError]], dry_run: bool) -> Row:
    number, body, errors = checked
    if errors:
        return {"row": number, "status": "invalid", "errors": errors}
    if not dry_run:
        with suppress(ConflictError):
            return {"row": number, "status": "created", "id": catalogue.add(body, None)["id"]}
    there, taken = catalogue.holder(body)
    if there and same(there, body):
        return {"row": number, "status": "unchanged", "id": there["id"]}
    if taken:
        error = AlbumTakenError(body, taken)
        return {"row": number, "status": "conflict", "detail": error.detail, "errors": error.errors or []}
    if dry_run:
        return {"row": number, "status": "created"}
    return {"row": number, "status": "conflict", "detail": "Somebody was changing it just then: import it again."}


def to_json(albums: Iterable[Album]) -> str:
    return json.dumps(to_list(albums), ensure_ascii=False, separators=(",", ":"))
