"""Exporting and importing the catalogue, as CSV and JSON, with a report for each row."""

from __future__ import annotations

import csv as csv_module
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.albums import transfer
from chalicelib.albums.catalogue import FIELDS, Album, Catalogue
from chalicelib.core.errors import BadRequestError, TooLargeError
from tests.albums.contract import ADA, a_body, fill
from tests.support.counting import counted

HEADER = "rank,title,artist,year,genre\r\n"
TRICKY = [
    a_body(1, title='He said "no", twice'),
    a_body(2, title="semi;colon", artist="tab\u2003space"),
    a_body(3, title="=1+1", genre="'quoted'"),
    a_body(4, title="Ágætis byrjun 🎶", artist="Sigur Rós"),
    a_body(5, title="00123", artist="7"),
]


def csv(text: str, rows: str = "") -> list[Any]:
    return list(transfer.from_csv((text + rows).encode()))


def report(catalogue: Catalogue, rows: Iterable[Any], dry_run: bool = False) -> dict[str, Any]:
    return transfer.bring_in(catalogue, rows, dry_run)


def kept(catalogue: Catalogue) -> list[Album]:
    return [{name: album[name] for name in FIELDS} for album in catalogue.every()]


lines = some.text(some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd"), min_size=1)
albums = some.builds(
    lambda rank, title, artist, year, genre: dict(zip(FIELDS, (rank, title, artist, year, genre), strict=True)),
    some.integers(1, 10**6), lines, lines, some.integers(1860, 2100), lines,
)  # fmt: skip


@given(some.lists(albums, max_size=5))
def test_what_is_written_as_csv_is_read_again(albums: list[Album]) -> None:
    assert list(transfer.from_csv(transfer.to_csv(albums).encode())) == albums


COMPUTED = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
BLANKS = " \u00a0\u2003\u3000\u200b\ufeff"
blanks = some.text(some.sampled_from(BLANKS + "\t"), max_size=3)
quotes = some.text(some.just("'"), max_size=3)
formulas = some.builds(
    lambda *parts: "".join(parts), quotes, blanks, some.sampled_from(COMPUTED) | quotes, quotes, lines
)


@given(some.lists(albums, max_size=3), formulas, formulas, formulas)
def test_what_a_spreadsheet_would_compute_is_read_again_as_it_was(
    albums: list[Album], title: str, artist: str, genre: str
) -> None:
    given = [*albums, a_body(1, title=title, artist=artist, genre=genre)]
    assert list(transfer.from_csv(transfer.to_csv(given).encode())) == given


@given(some.lists(albums | some.builds(a_body, some.just(1), title=formulas, artist=formulas, genre=formulas)))
def test_no_cell_begins_with_what_a_spreadsheet_computes(albums: list[Album]) -> None:
    cells = [cell for row in csv_module.reader(io.StringIO(transfer.to_csv(albums), newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("\t", "\r", "\n") or cell.strip(BLANKS + "\t")[:1] in COMPUTED]


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-7", "'-7"),
        ("+44 20", "'+44 20"),
        ("  =1+1", "'  =1+1"),
        ("\u3000＝1+1", "'\u3000＝1+1"),
        ("'=1+1", "''=1+1"),
        ("''@x", "'''@x"),
        ("'Til Tuesday", "'Til Tuesday"),
        ("''", "''"),
        ("a=b", "a=b"),
        ("(-)", "(-)"),
    ],
)
def test_what_a_spreadsheet_would_compute_goes_out_as_text(title: str, cell: str) -> None:
    text = transfer.to_csv([a_body(7, title=title)])
    [row] = csv_module.DictReader(io.StringIO(text, newline=""))
    assert row["title"] == cell and (row["rank"], row["year"]) == ("7", "1999"), "numbers stay numbers"
    assert [album["title"] for album in transfer.from_csv(text.encode())] == [title]


def test_what_was_written_by_hand_needs_no_quote() -> None:
    [album] = csv(HEADER, "1,=1+1,@b,1999,-\n")
    assert album == a_body(1, title="=1+1", artist="@b", genre="-")


@given(some.lists(albums, max_size=5))
def test_what_is_written_as_json_is_read_again(albums: list[Album]) -> None:
    assert json.loads(transfer.to_json(albums)) == albums


@pytest.mark.parametrize("as_read", ["csv", "json"])
def test_a_catalogue_moves_to_another_stage(catalogue: Catalogue, as_read: str) -> None:
    stored = fill(catalogue, TRICKY)
    text = transfer.to_csv(catalogue.every()) if as_read == "csv" else transfer.to_json(catalogue.every())
    rows = csv(text) if as_read == "csv" else json.loads(text)
    again = report(catalogue, rows)
    assert (again["unchanged"], again["created"]) == (5, 0)
    assert [row["id"] for row in again["rows"]] == [album["id"] for album in stored]
    for album in stored:
        catalogue.remove(catalogue.stored(album["id"]), 1)
    created = report(catalogue, rows)
    assert created["created"] == 5
    assert kept(catalogue) == TRICKY
    assert {album["addedBy"] for album in catalogue.every()} == {None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeff" + HEADER + "1,T,A,1999,G\r\n", a_body(1, title="T", artist="A", genre="G")),
        ("rank;title;artist;year;genre\n1;T,U;A;1999;G\n", a_body(1, title="T,U", artist="A", genre="G")),
        (HEADER + '1,"T;U, V",A,1999,G', a_body(1, title="T;U, V", artist="A", genre="G")),
        (HEADER + '1,"T\nU",A,1999,G\n', a_body(1, title="T\nU", artist="A", genre="G")),
        ("genre,year,artist,title,rank\nG,1999,A,T,1\n", a_body(1, title="T", artist="A", genre="G")),
        (HEADER + "\r\n\r\n1,T,A,1999,G\r\n\r\n", a_body(1, title="T", artist="A", genre="G")),
    ],
)
def test_reads_what_spreadsheets_write(text: str, expected: Album) -> None:
    assert csv(text) == [expected]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"rank,title\n1,T\n",
        HEADER.encode() + b'1,"T,A,1999,G\n',
        HEADER.encode() + b'1,"T"x,A,1999,G\n',
        HEADER.encode() + b"1,\xff\xfe,A,1999,G\n",
        HEADER.encode() + b"1," + b"x" * 200_000 + b",A,1999,G\n",
        HEADER.encode("utf-16"),
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b'{"rank": 1}',
    ],
)
def test_a_file_that_is_not_csv_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(BadRequestError):
        transfer.from_csv(raw)


def test_of_a_file_that_breaks_at_its_end_nothing_is_taken(catalogue: Catalogue) -> None:
    rows = "".join(f"{rank},Title {rank},A,1999,G\r\n" for rank in range(1, 200))
    with pytest.raises(BadRequestError, match="line 201"):
        report(catalogue, transfer.from_csv((HEADER + rows + '200,"broken,A,1999,G').encode()))
    assert kept(catalogue) == []


def test_takes_two_thousand_rows_and_no_more() -> None:
    row = "1,T,A,1999,G\n"
    assert len(csv(HEADER, row * 2000)) == 2000
    with pytest.raises(TooLargeError):
        csv(HEADER, row * 2001)


@pytest.mark.parametrize(
    ("header", "rows", "line"),
    [
        (HEADER.rstrip() + ",x" * 46 + "\n", "1,T,A,1999,G\n", 1),
        (HEADER.rstrip() + ",x" * 10_000 + "\n", "1\n" * 2000, 1),
        (HEADER, "1,T,A,1999,G\n1,T,A,1999,G" + ",x" * 46 + "\n", 3),
        (HEADER, "1,T,A,1999," + "," * 1_000_000 + "\n", 2),
        (HEADER, "1," + "x" * 10_001 + ",A,1999,G\n", 2),
        (HEADER, "1,T,A,1999,G," + "x" * 10_001 + "\n", 2),
        (HEADER, '1,"' + '""' * 10_001 + '",A,1999,G\n', 2),
    ],
)
def test_a_line_that_is_too_wide_is_refused_before_any_row_is_looked_at(header: str, rows: str, line: int) -> None:
    with pytest.raises(BadRequestError, match=f"Line {line} is too wide"):
        transfer.from_csv((header + rows).encode())


def test_takes_what_is_as_wide_as_it_may_be(catalogue: Catalogue) -> None:
    columns = [f"column {number}" for number in range(45)]
    rows = csv(",".join([HEADER.rstrip(), *columns]) + "\n", "1,T,A,1999,G,x\n")
    [row] = report(catalogue, rows)["rows"]
    assert row["status"] == "invalid" and len(row["errors"]) == 11
    assert row["errors"][-1] == {"pointer": "", "detail": "and 35 more"}


WIDE = "\U0001d11e"  # twelve characters in an answer
WORST = {
    "columns": lambda: csv(
        ",".join([HEADER.rstrip(), *(f"{n:02}" + WIDE * 2000 for n in range(45))]) + "\n", "x\n" * 2000
    ),
    "fields": lambda: [dict.fromkeys((f"{n:03}" + WIDE * 90 for n in range(9)), 1)] * 1500,
    "nothing": lambda: [{}] * 2000,
}


@pytest.mark.parametrize("rows", WORST.values(), ids=WORST)
def test_the_report_of_the_worst_file_fits_into_an_answer(catalogue: Catalogue, rows: Callable[[], list[Any]]) -> None:
    given = rows()
    found, calls = counted(lambda: report(catalogue, given))
    assert found["invalid"] == len(given) and len(json.dumps(found)) < 5_000_000
    assert calls < 1000 * len(given)


class Clock:
    """Time passes each time it is read."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def __call__(self) -> float:
        self.now += self.seconds
        return self.now


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_import_that_would_not_end_in_time_stops_and_says_what_is_left(catalogue: Catalogue, dry_run: bool) -> None:
    rows = [a_body(rank) for rank in range(1, 200)] + [a_body(0)]
    found = transfer.bring_in(catalogue, rows, dry_run, Clock(transfer.SECONDS / 100))
    statuses = [row["status"] for row in found["rows"]]
    assert [row["row"] for row in found["rows"]] == list(range(1, 201)), "each row is told of, in order"
    assert 0 < found["created"] < 110 and found["created"] + found["left"] == 199 and found["invalid"] == 1
    assert set(statuses[:64]) == {"created"} and set(statuses[128:199]) == {"left"}, "it stops between them"
    assert len(kept(catalogue)) == (0 if dry_run else found["created"])


def test_the_same_file_once_more_goes_on_where_it_stopped(catalogue: Catalogue) -> None:
    rows = [a_body(rank) for rank in range(1, 141)]
    done = []
    while len(kept(catalogue)) < len(rows):
        found = transfer.bring_in(catalogue, rows, False, Clock(transfer.SECONDS / 80))
        assert found["conflicts"] == found["invalid"] == 0 < found["created"]
        done.append(found["created"])
    assert len(done) > 1 and sum(done) == len(rows) and kept(catalogue) == rows
    again = report(catalogue, rows)
    assert (again["unchanged"], again["left"]) == (len(rows), 0)


def test_rows_that_are_there_take_no_write_and_few_reads(catalogue: Catalogue) -> None:
    """Otherwise an import that always times out at the same point would never get further."""
    bodies = [a_body(rank) for rank in range(1, 65)]
    fill(catalogue, bodies)
    seen = Counting(catalogue.database)
    assert report(Catalogue(seen, catalogue.table), bodies)["unchanged"] == 64
    assert seen.calls == ["batch_get_item"] * 3, "128 places in two reads, 64 albums in one"


class Counting:
    """A client that records which operations were called."""

    def __init__(self, client: Any) -> None:
        self.client, self.calls = client, list[str]()

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            self.calls.append(operation)
            return getattr(self.client, operation)(**parameters)

        return call


def test_reports_each_row_in_order(catalogue: Catalogue) -> None:
    mine, *_ = fill(catalogue, [a_body(1), a_body(5), a_body(6)], ADA.id)
    rows = [
        a_body(2),
        a_body(1),
        a_body(5, title="Other"),
        a_body(9, title="Title 6"),
        a_body(0),
        a_body(3, genre=""),
        "not an album",
        a_body(4),
    ]
    found = report(catalogue, rows)
    assert [(row["row"], row["status"]) for row in found["rows"]] == [
        (1, "created"), (2, "unchanged"), (3, "conflict"), (4, "conflict"),
        (5, "invalid"), (6, "invalid"), (7, "invalid"), (8, "created"),
    ]  # fmt: skip
    assert {name: found[name] for name in ("dryRun", "created", "unchanged", "conflicts", "invalid")} == {
        "dryRun": False, "created": 2, "unchanged": 1, "conflicts": 2, "invalid": 3,
    }  # fmt: skip
    pointers = [sorted({error["pointer"] for error in row.get("errors", [])}) for row in found["rows"]]
    assert pointers == [[], [], ["/rank"], ["/title"], ["/rank"], ["/genre"], [""], []]
    assert found["rows"][1]["id"] == mine["id"]
    assert catalogue.get(found["rows"][0]["id"])["rank"] == 2
    assert kept(catalogue) == [a_body(rank) for rank in (1, 2, 4, 5, 6)]


def test_keeps_the_order_over_many_batches(catalogue: Catalogue) -> None:
    bodies = [a_body(rank if rank % 7 else 0) for rank in range(1, 71)]
    found = report(catalogue, iter(bodies))
    assert [row["row"] for row in found["rows"]] == list(range(1, 71))
    assert [row["row"] for row in found["rows"] if row["status"] == "invalid"] == list(range(7, 71, 7))
    assert found["created"] == 60 == len(kept(catalogue))


@pytest.mark.parametrize(
    ("second", "pointers"),
    [
        (a_body(1, title="Other"), ["/rank"]),
        ({**a_body(1, title="Other"), "rank": 1.0}, ["/rank"]),
        (a_body(2, title="title  1 "), ["/title"]),
        (a_body(1), ["/rank", "/title"]),
    ],
)
def test_what_comes_twice_in_a_file_comes_in_once(catalogue: Catalogue, second: Album, pointers: list[str]) -> None:
    predicted = report(catalogue, [a_body(1, title="Title 1"), second], dry_run=True)
    found = report(catalogue, [a_body(1, title="Title 1"), second])
    for told in (predicted, found):
        assert [row["status"] for row in told["rows"]] == ["created", "invalid"]
        assert [error["pointer"] for error in told["rows"][1]["errors"]] == pointers
    assert len(kept(catalogue)) == 1


def test_csv_rows_say_what_is_wrong_with_them(catalogue: Catalogue) -> None:
    rows = csv(HEADER, "one,T,A,1999,G\n1.5,T,A,1999,G\n2,T\n3,T,A,1999,G,more\n4,T,A,,G\n" + "9" * 500 + ",T,A,1999,G")
    found = report(catalogue, rows)
    assert {row["status"] for row in found["rows"]} == {"invalid"}
    pointers = [sorted({error["pointer"] for error in row["errors"]}) for row in found["rows"]]
    assert pointers == [["/rank"], ["/rank"], ["/artist", "/genre", "/year"], ["/more columns"], ["/year"], ["/rank"]]


def test_only_digits_are_a_number(catalogue: Catalogue) -> None:
    rows = csv(HEADER, "1_0,T,A,1999,G\n٣,T,A,1999,G\n")
    assert [row["status"] for row in report(catalogue, rows, dry_run=True)["rows"]] == ["invalid", "invalid"]


def test_a_dry_run_writes_nothing_and_tells_what_the_real_one_does(catalogue: Catalogue) -> None:
    fill(catalogue, [a_body(1), a_body(2)])
    rows = [a_body(1), a_body(2, title="X"), a_body(3), a_body(3, title="Y"), a_body(4, title="Title 2"), {}, a_body(5)]
    predicted = report(catalogue, rows, dry_run=True)
    assert kept(catalogue) == [a_body(1), a_body(2)]
    found = report(catalogue, rows)
    for row in found["rows"]:
        if row["status"] == "created":
            assert row.pop("id")
    assert predicted == {**found, "dryRun": True}
    assert kept(catalogue) == [a_body(1), a_body(2), a_body(3), a_body(5)]


def test_run_again_it_changes_nothing(catalogue: Catalogue) -> None:
    rows = [a_body(rank) for rank in range(1, 6)]
    assert report(catalogue, rows)["created"] == 5
    before = list(catalogue.every())
    assert report(catalogue, rows)["unchanged"] == 5
    assert report(catalogue, [a_body(1, year=2000)])["conflicts"] == 1
    assert list(catalogue.every()) == before


def test_no_rows_are_an_empty_report(catalogue: Catalogue) -> None:
    assert report(catalogue, []) == {
        "dryRun": False, "created": 0, "unchanged": 0, "conflicts": 0, "invalid": 0, "left": 0, "rows": [],
    }  # fmt: skip
