"""The catalogue out and in again, as CSV and as JSON, with a report for each row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.albums import transfer
from chalicelib.albums.catalogue import FIELDS, Album, Catalogue
from chalicelib.core.errors import BadRequestError, TooLargeError
from tests.contracts.catalogue import ADA, a_body, fill

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
        catalogue.remove(album["id"], 1, ADA)
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
        "dryRun": False, "created": 0, "unchanged": 0, "conflicts": 0, "invalid": 0, "rows": [],
    }  # fmt: skip
