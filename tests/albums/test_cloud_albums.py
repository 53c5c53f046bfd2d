"""The album catalogue over HTTP: each route, and what holds when two people act at once."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.support.cloud import added, an_album, pointers, problem, remove
from tests.support.sockets import Socket
from tests.support.stage import PROJECT, RunningStage, User

FIELDS = ("rank", "title", "artist", "year", "genre")
Album = dict[str, Any]


def body_of(album: Album) -> Album:
    return {name: album[name] for name in FIELDS}


def good(answer: requests.Response, status: int = 200) -> Any:
    """The body of a success, checked to be readable by browsers."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers.get("Access-Control-Allow-Origin") == "*"
    return answer.json() if answer.content else None


def together(*calls: Callable[[], requests.Response]) -> list[int]:
    """The sorted statuses of requests that start together."""
    barrier = threading.Barrier(len(calls))
    statuses: list[int] = []

    def run(call: Callable[[], requests.Response]) -> None:
        barrier.wait(timeout=10)
        statuses.append(call().status_code)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def everything(user: User, limit: int = 100, **search: Any) -> list[Album]:
    found: list[Album] = []
    after = None
    while True:
        page = good(user.get("/albums", params={"limit": limit, "after": after, **search}))
        assert len(page["items"]) <= limit
        found += page["items"]
        if not (after := page["next"]):
            return found


# One album


def test_adding(bruno: User) -> None:
    given = an_album()
    answer = bruno.post("/albums", given)
    album = good(answer, 201)
    assert answer.headers["ETag"] == '"1"'
    assert {"ETag", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].replace(" ", "").split(","))
    assert body_of(album) == given
    assert (album["version"], album["addedBy"]) == (1, bruno.id)
    assert album["createdAt"] == album["updatedAt"] and album["createdAt"].endswith("Z")
    assert good(bruno.get(f"/albums/{album['id']}")) == album
    remove(bruno, album)


def test_what_is_added_is_tidy(bruno: User) -> None:
    given = an_album()
    album = good(bruno.post("/albums", {**given, "title": f"  {given['title']} ", "year": 1999.0}), 201)
    assert body_of(album) == given and isinstance(album["year"], int)
    remove(bruno, album)


def test_ids_sort_by_time(bruno: User) -> None:
    albums = [added(bruno) for _ in range(3)]
    ids = [album["id"] for album in albums]
    assert ids == sorted(ids) and all(len(id) == 26 for id in ids)
    remove(bruno, *albums)


def test_a_taken_rank(bruno: User, chidi: User) -> None:
    album = added(bruno)
    taken = problem(chidi.post("/albums", an_album(rank=album["rank"])), 409)
    assert [error["pointer"] for error in taken["errors"]] == ["/rank"]
    remove(bruno, album)
    remove(chidi, added(chidi, rank=album["rank"]))


def test_a_taken_title(bruno: User, chidi: User) -> None:
    """However it is spelled; a refused album takes no rank."""
    album = added(bruno)
    same = an_album(title=f" {album['title'].upper()} ", artist="the  testers")
    taken = problem(chidi.post("/albums", same), 409)
    assert [error["pointer"] for error in taken["errors"]] == ["/title"]
    by_another = added(chidi, rank=same["rank"], title=album["title"], artist="Others")
    both = problem(chidi.post("/albums", body_of(album)), 409)
    assert {error["pointer"] for error in both["errors"]} == {"/rank", "/title"}
    remove(bruno, album)
    remove(chidi, by_another)


def test_reading_one(bruno: User, chidi: User) -> None:
    album = added(bruno)
    answer = chidi.get(f"/albums/{album['id']}")
    assert good(answer) == album and answer.headers["ETag"] == '"1"'
    remove(bruno, album)
    problem(chidi.get(f"/albums/{album['id']}"), 404)


def test_changing(bruno: User) -> None:
    album = added(bruno)
    new = an_album(year=2001)
    answer = bruno.put(f"/albums/{album['id']}", new, album["version"])
    changed = good(answer)
    assert answer.headers["ETag"] == '"2"'
    assert changed == {**album, **new, "version": 2, "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > album["updatedAt"]
    assert good(bruno.get(f"/albums/{album['id']}")) == changed
    free_again = added(bruno, **body_of(album))
    remove(bruno, changed, free_again)


def test_changing_nothing_is_a_version_too(bruno: User) -> None:
    album = added(bruno)
    changed = good(bruno.put(f"/albums/{album['id']}", body_of(album), 1))
    assert (body_of(changed), changed["version"]) == (body_of(album), 2)
    remove(bruno, changed)


def test_no_change_is_lost(bruno: User, curator: User) -> None:
    album = added(bruno)
    path = f"/albums/{album['id']}"
    first = good(curator.put(path, {**body_of(album), "genre": "Curated"}, 1))
    assert "version 2" in problem(bruno.put(path, {**body_of(album), "year": 1970}, 1), 412)["detail"]
    problem(bruno.delete(path, 1), 412)
    problem(bruno.put(path, body_of(album)), 428)
    problem(bruno.delete(path), 428)
    assert good(bruno.get(path)) == first
    remove(bruno, first)


def test_deleting(bruno: User) -> None:
    album = added(bruno)
    answer = bruno.delete(f"/albums/{album['id']}", 1)
    assert good(answer, 204) is None and answer.content == b""
    problem(bruno.get(f"/albums/{album['id']}"), 404)
    problem(bruno.delete(f"/albums/{album['id']}", 1), 404)
    problem(bruno.put(f"/albums/{album['id']}", body_of(album), 1), 404)
    assert album["id"] not in [one["id"] for one in everything(bruno, q=album["title"])]


def test_a_curator_may_change_all(curator: User, bruno: User) -> None:
    album = added(bruno)
    changed = good(curator.put(f"/albums/{album['id']}", {**body_of(album), "year": 1971}, 1))
    assert changed["addedBy"] == bruno.id, "it stays whose it is"
    remove(curator, changed)


def test_the_catalogues_own_are_the_curators(curator: User, bruno: User) -> None:
    [album] = good(bruno.get("/albums", params={"limit": 1}))["items"]
    assert album["addedBy"] is None
    problem(bruno.put(f"/albums/{album['id']}", {**body_of(album), "year": 1901}, album["version"]), 403)
    problem(bruno.delete(f"/albums/{album['id']}", album["version"]), 403)
    assert good(bruno.get(f"/albums/{album['id']}")) == album


@pytest.mark.parametrize("tag", ['W/"1"', '"1" '])
def test_if_match_is_read_generously(bruno: User, tag: str) -> None:
    album = added(bruno)
    answer = bruno.call("DELETE", f"/albums/{album['id']}", headers={"If-Match": tag})
    assert answer.status_code == 204


def test_internal_items_are_not_albums(bruno: User) -> None:
    """The items that hold an album's rank and title can't be read, changed or deleted."""
    album = added(bruno)
    held = f"/albums/rank%23{album['rank']}"
    problem(bruno.get(held), 404)
    problem(bruno.put(held, an_album(), 1), 404)
    problem(bruno.delete(held, 1), 404)
    problem(bruno.post("/albums", an_album(rank=album["rank"])), 409)
    remove(bruno, album)


# Lists


def test_the_catalogue_in_pages(bruno: User) -> None:
    whole = everything(bruno)
    ranks = [album["rank"] for album in whole]
    assert ranks == sorted(set(ranks)) and len(ranks) >= 400
    assert everything(bruno, limit=37) == whole
    assert len(good(bruno.get("/albums"))["items"]) == 50, "as many as a page has when nobody says"


def test_a_page_survives_what_happens_meanwhile(bruno: User) -> None:
    base = [added(bruno, genre="Meanwhile") for _ in range(4)]
    first = good(bruno.get("/albums", params={"genre": "meanwhile", "limit": 2}))
    assert [one["id"] for one in first["items"]] == [one["id"] for one in base[:2]]
    remove(bruno, base[1])
    second = good(bruno.get("/albums", params={"genre": "meanwhile", "limit": 2, "after": first["next"]}))
    assert second["items"] == base[2:] and second["next"] is None
    remove(bruno, base[0], *base[2:])


@pytest.fixture(scope="module")
def shelf(bruno: User) -> Iterator[list[Album]]:
    albums = [
        added(bruno, title="Ágætis byrjun zzq", artist="Sigur Rós", year=1867, genre="Post-Rock"),
        added(bruno, title="( ) zzq", artist="Sigur Rós", year=1868, genre="Post-Rock"),
        added(bruno, title="Don't Stop zzq", artist="The !!! Band", year=1867, genre="Hip-Hop"),
    ]
    yield albums
    remove(bruno, *albums)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"q": "zzq"}, [0, 1, 2]),
        ({"q": "agætis zzq"}, [0]),
        ({"q": "ÁGÆTIS zzq"}, [0]),
        ({"q": "byr sig zzq"}, [0]),
        ({"q": "dont zzq"}, [2]),
        ({"q": "don't zzq"}, [2]),
        ({"q": "ros zzq"}, [0, 1]),
        ({"q": "zq"}, []),
        ({"q": "zzq", "genre": "post-rock"}, [0, 1]),
        ({"q": "zzq", "genre": "Post"}, []),
        ({"year": 1867}, [0, 2]),
        ({"year": 1867, "genre": "POST-ROCK"}, [0]),
        ({"year": 1867, "genre": "Post-Rock", "q": "stop"}, []),
        ({"year": 1861}, []),
    ],
)
def test_searching(bruno: User, shelf: list[Album], search: dict[str, Any], found: list[int]) -> None:
    assert everything(bruno, **search) == [shelf[index] for index in found]


def test_a_search_in_pages(bruno: User, shelf: list[Album]) -> None:
    assert everything(bruno, limit=1, q="zzq") == shelf


def test_blank_searches_are_none(bruno: User) -> None:
    everywhere = good(bruno.get("/albums", params={"limit": 5}))
    assert good(bruno.get("/albums", params={"limit": 5, "q": "  "})) == everywhere
    assert good(bruno.get("/albums", params={"limit": 5, "genre": " "})) == everywhere


def test_a_cursor_fits_its_own_list(bruno: User) -> None:
    next = good(bruno.get("/albums", params={"limit": 1}))["next"]
    for search in ({"genre": "Rock"}, {"year": 1967}, {"q": "the"}):
        refused = problem(bruno.get("/albums", params={"after": next, **search}), 400)
        assert refused["errors"][0]["pointer"] == "/after"


# Two at once


def test_two_add_the_same_rank_at_once(bruno: User, chidi: User, curator: User) -> None:
    for _ in range(6):
        one, other = an_album(), an_album()
        other["rank"] = one["rank"]
        statuses = together(lambda one=one: bruno.post("/albums", one), lambda o=other: chidi.post("/albums", o))  # type: ignore[misc]
        assert statuses == [201, 409]
        there = [album for album in everything(bruno, q="album") if album["rank"] == one["rank"]]
        assert len(there) == 1
        remove(curator, *there)


def test_many_add_the_same_album_at_once(bruno: User, chidi: User, curator: User) -> None:
    """The same title at different ranks: one of them wins, the others' ranks stay free."""
    base = an_album()
    ranks = [base["rank"], *(an_album()["rank"] for _ in range(5))]
    people = [bruno, chidi] * 3
    calls = [
        lambda rank=rank, who=who: who.post("/albums", {**base, "rank": rank})
        for rank, who in zip(ranks, people, strict=True)
    ]
    assert together(*calls) == [201, 409, 409, 409, 409, 409]
    (there,) = [album for album in everything(bruno, q=base["title"]) if album["title"] == base["title"]]
    others = [added(bruno, rank=rank) for rank in ranks if rank != there["rank"]]
    remove(curator, there, *others)


def test_two_change_the_same_album_at_once(bruno: User, curator: User) -> None:
    album = added(bruno)
    for version in range(1, 5):
        body = {**body_of(album), "year": 1900 + version}
        statuses = together(
            lambda body=body, version=version: bruno.put(f"/albums/{album['id']}", body, version),  # type: ignore[misc]
            lambda body=body, version=version: curator.put(  # type: ignore[misc]
                f"/albums/{album['id']}", {**body, "genre": "Other"}, version
            ),
        )
        assert statuses == [200, 412]
        assert good(bruno.get(f"/albums/{album['id']}"))["version"] == version + 1
    remove(bruno, good(bruno.get(f"/albums/{album['id']}")))


def test_two_move_to_the_same_rank_at_once(bruno: User, chidi: User) -> None:
    for _ in range(4):
        one, other, free = added(bruno), added(chidi), an_album()["rank"]
        statuses = together(
            lambda: bruno.put(f"/albums/{one['id']}", {**body_of(one), "rank": free}, 1),  # noqa: B023
            lambda: chidi.put(f"/albums/{other['id']}", {**body_of(other), "rank": free}, 1),  # noqa: B023
        )
        assert statuses == [200, 409]
        now = [good(bruno.get(f"/albums/{album['id']}")) for album in (one, other)]
        assert sorted(album["rank"] == free for album in now) == [False, True]
        remove(bruno, now[0])
        remove(chidi, now[1])


def test_ranks_are_not_swapped_by_two_at_once(bruno: User, chidi: User) -> None:
    one, other = added(bruno), added(chidi)
    for _ in range(3):
        statuses = together(
            lambda: bruno.put(f"/albums/{one['id']}", {**body_of(one), "rank": other["rank"]}, 1),
            lambda: chidi.put(f"/albums/{other['id']}", {**body_of(other), "rank": one["rank"]}, 1),
        )
        assert statuses == [409, 409]
    assert [good(bruno.get(f"/albums/{album['id']}")) for album in (one, other)] == [one, other]
    remove(bruno, one)
    remove(chidi, other)


def test_one_changes_what_another_deletes(bruno: User, curator: User) -> None:
    for _ in range(4):
        album = added(bruno)
        path = f"/albums/{album['id']}"
        body = {**body_of(album), "rank": an_album()["rank"]}
        statuses = together(lambda p=path, b=body: bruno.put(p, b, 1), lambda p=path: curator.delete(p, 1))  # type: ignore[misc]
        assert statuses in ([200, 412], [204, 404], [204, 412])
        left = bruno.get(path)
        if left.status_code == 200:
            remove(bruno, left.json())
        free = [added(bruno, rank=rank) for rank in (album["rank"], body["rank"])]
        remove(bruno, *free)


# Export and import


def as_csv(*albums: Album) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(albums)
    return out.getvalue()


def bring_in(user: User, content: str | bytes | list[Any], kind: str = "text/csv", dry_run: bool = False) -> Any:
    raw = json.dumps(content) if isinstance(content, list) else content
    data = raw.encode() if isinstance(raw, str) else raw
    params = {"dry_run": "true"} if dry_run else {}
    return user.call("POST", "/albums/import", data=data, headers={"Content-Type": kind}, params=params)


def export(user: User, accept: str) -> requests.Response:
    return user.call("GET", "/albums/export", headers={"Accept": accept})


def exported(user: User) -> list[Album]:
    return list(good(export(user, "application/json")))


def remove_ranks(curator: User, ranks: set[int]) -> None:
    remove(curator, *(album for album in everything(curator) if album["rank"] in ranks))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/html, text/csv;q=0.9", "text/csv"),
    ],
)
def test_export_by_accept(bruno: User, accept: str, kind: str) -> None:
    answer = export(bruno, accept)
    assert answer.status_code == 200 and answer.headers["Content-Type"].partition(";")[0] == kind
    assert answer.headers["Content-Disposition"] == f'attachment; filename="albums.{kind.rpartition("/")[2]}"'
    assert "Content-Disposition" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_export_refuses_what_it_does_not_have(bruno: User) -> None:
    problem(export(bruno, "application/pdf"), 406)


def test_both_exports_are_the_whole_catalogue(bruno: User) -> None:
    whole = [body_of(album) for album in everything(bruno)]
    assert exported(bruno) == whole
    answer = export(bruno, "text/csv")
    # Other tests leave titles that a spreadsheet would compute, were there no quote in front.
    text = re.sub(r"""^(\d+,"?)'(?='*=)""", r"\1", answer.content.decode("utf-8"), flags=re.MULTILINE)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert answer.text.splitlines()[0] == ",".join(FIELDS)
    assert [{**row, "rank": int(row["rank"]), "year": int(row["year"])} for row in rows] == whole


@pytest.mark.parametrize("kind", ["text/csv", "application/json"])
def test_what_goes_out_comes_in_unchanged(curator: User, kind: str) -> None:
    before = everything(curator)
    answer = bring_in(curator, export(curator, kind).content, kind)
    report = good(answer)
    assert (report["created"], report["unchanged"]) == (0, len(before))
    assert (report["conflicts"], report["invalid"]) == (0, 0)
    assert [row["id"] for row in report["rows"]] == [album["id"] for album in before]
    assert everything(curator) == before


@pytest.mark.parametrize("kind", ["text/csv", "application/json"])
def test_a_round_trip_keeps_every_letter(curator: User, kind: str) -> None:
    titles = ['Quote " and , comma', "Semicolon; here", "=1+1", "'=2+2", "Ünïcødé 山田 🎵", "'single'", "tail\\"]
    given = [an_album(title=f"{title} {n}") for n, title in enumerate(titles)]
    quoted = [{**album, "title": album["title"].replace("'=", "''=")} for album in given]  # as a file has it
    report = good(bring_in(curator, as_csv(*quoted) if kind == "text/csv" else given, kind))
    assert report["created"] == len(given), report
    ranks = {album["rank"] for album in given}
    there = [album for album in everything(curator) if album["rank"] in ranks]
    assert [body_of(album) for album in there] == given
    assert {album["addedBy"] for album in there} == {None}, "imported ones belong to the catalogue"
    out = export(curator, kind)
    if kind == "text/csv":
        assert ",'=1+1 2," in out.text and ",''=2+2 3," in out.text, "a spreadsheet shows it, and computes nothing"
    assert [album for album in exported(curator) if album["rank"] in ranks] == given
    remove(curator, *there)
    again = good(bring_in(curator, out.content, kind))
    assert (again["created"], again["conflicts"], again["invalid"]) == (len(given), 0, 0)
    remove_ranks(curator, ranks)


def test_a_dry_run_foretells_the_real_one(curator: User, bruno: User) -> None:
    there, *others = [added(bruno) for _ in range(3)]
    fresh = an_album()
    rows: list[Any] = [
        fresh,
        body_of(there),
        an_album(rank=others[0]["rank"]),
        an_album(title=others[1]["title"]),
        an_album(year=1),
        {**fresh, "title": "Same rank as row 1"},
        an_album(extra=True),
        "no album",
    ]
    before = everything(curator)
    foretold = good(bring_in(curator, rows, "application/json", dry_run=True))
    assert foretold["dryRun"] is True
    assert everything(curator) == before, "nothing is written"

    came = good(bring_in(curator, rows, "application/json"))
    expected = ["created", "unchanged", "conflict", "conflict", "invalid", "invalid", "invalid", "invalid"]
    assert [row["status"] for row in came["rows"]] == expected
    assert came["dryRun"] is False
    counts = {"created": 1, "unchanged": 1, "conflicts": 2, "invalid": 4}
    assert {name: came[name] for name in counts} == counts
    for told, row in zip(foretold["rows"], came["rows"], strict=True):
        assert told == {name: value for name, value in row.items() if told["status"] != "created" or name != "id"}

    again = good(bring_in(curator, rows, "application/json"))
    assert [row["status"] for row in again["rows"]] == ["unchanged", *expected[1:]], "the second time nothing is new"
    remove_ranks(curator, {fresh["rank"]})
    remove(bruno, there, *others)


def test_a_file_of_ten_thousand_columns_is_refused_whole(curator: User) -> None:
    wide = ",".join([*FIELDS, *(f"c{number}" for number in range(10_000))]) + "\n" + "1\n" * 2000
    assert "Line 1 is too wide" in problem(bring_in(curator, wide), 400)["detail"]


def test_what_is_wrong_in_very_many_places_is_told_shortly(curator: User) -> None:
    row = {f"field {number}": number for number in range(2000)}
    answer = bring_in(curator, [row] * 50, "application/json", dry_run=True)
    assert good(answer)["invalid"] == 50 and len(answer.content) < 50_000
    assert answer.json()["rows"][0]["errors"][-1] == {"pointer": "", "detail": "and 1990 more"}


def test_each_row_says_what_is_wrong(curator: User) -> None:
    good_one = an_album()
    lines = as_csv(good_one).splitlines()
    bad = [f"{good_one['rank'] + 1},,Nobody,abc,Test", f"x,Title {good_one['rank']},Nobody,1999,Test,more"]
    report = good(bring_in(curator, "\n".join([*lines, *bad]), dry_run=True))
    assert [row["status"] for row in report["rows"]] == ["created", "invalid", "invalid"]
    assert [row["row"] for row in report["rows"]] == [1, 2, 3]
    assert {error["pointer"] for error in report["rows"][1]["errors"]} == {"/title", "/year"}
    assert "/rank" in {error["pointer"] for error in report["rows"][2]["errors"]}


@pytest.mark.parametrize("variant", ["bom", "semicolons", "line feeds", "other order"])
def test_csv_as_spreadsheets_write_it(curator: User, variant: str) -> None:
    album = an_album()
    text = as_csv(album)
    if variant == "other order":
        text = "genre,year,artist,title,rank\r\n" + ",".join(str(album[name]) for name in reversed(FIELDS))
    content = {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "semicolons": text.replace(",", ";").encode(),
        "line feeds": text.replace("\r\n", "\n").encode(),
        "other order": text.encode(),
    }[variant]
    report = good(bring_in(curator, content, "text/csv; charset=utf-8", dry_run=True))
    assert [row["status"] for row in report["rows"]] == ["created"], report


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"rank,title\r\n1,No\r\n", 400),
        (b"\xff\xfe\x00", 400),
        ("rank,title,artist,year,genre\r\n1,Café,Nobody,1999,Test\r\n".encode("latin-1"), 400),
        (b'rank,title,artist,year,genre\r\n1,"never ends', 400),
        (b"rank,title,artist,year,genre\r\n" + b"1,a,b,1999,c\r\n" * 2001, 413),
        (b"rank,title,artist,year,genre\r\n" + b"x" * 5_000_000, 413),
    ],
)
def test_files_that_are_refused(curator: User, content: bytes, status: int) -> None:
    before = good(curator.get("/albums"))
    problem(bring_in(curator, content), status)
    assert good(curator.get("/albums")) == before


def test_json_that_is_no_list(curator: User) -> None:
    assert pointers(bring_in(curator, "{}", "application/json")) == [""]
    assert pointers(bring_in(curator, [0] * 2001, "application/json")) == [""]
    assert good(bring_in(curator, "[]", "application/json"))["rows"] == []


def test_only_curators_import(bruno: User) -> None:
    album = an_album()
    problem(bring_in(bruno, as_csv(album)), 403)
    problem(bring_in(bruno, as_csv(album), dry_run=True), 403)
    assert not [one for one in everything(bruno) if one["rank"] == album["rank"]]


def test_two_import_the_same_file_at_once(curator: User) -> None:
    albums = [an_album() for _ in range(20)]
    text = as_csv(*albums)
    assert together(lambda: bring_in(curator, text), lambda: bring_in(curator, text)) == [200, 200]
    ranks = {album["rank"] for album in albums}
    assert [album for album in exported(curator) if album["rank"] in ranks] == albums
    remove_ranks(curator, ranks)


def test_the_demo_albums_are_there(stage: RunningStage, bruno: User) -> None:
    with (PROJECT / "laptop" / "demo" / "albums.csv").open(encoding="utf-8", newline="") as file:
        titles = {row["title"] for row in csv.DictReader(file)}
    there = {album["title"] for album in everything(bruno) if album["addedBy"] is None}
    assert len(titles & there) > 390, "some may have been changed by tests that ran before"


def test_every_open_page_is_told(bruno: User, chidi: User) -> None:
    with Socket(chidi) as socket:
        album = added(bruno)
        assert socket.of("albums")["at"]
        assert chidi.get(f"/albums/{album['id']}").json() == album
    remove(bruno, album)
