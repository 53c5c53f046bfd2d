"""Exporting the whole catalogue, and importing files of albums: first as a dry run, then for real."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import FIELDS, added, an_album, as_stored, button, dialog, heading, labelled, press
from tests.support.stage import User


def as_csv(*albums: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(albums)
    return out.getvalue().encode()


def choose(page: Page, name: str, content: bytes) -> None:
    file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    labelled(dialog(page), "CSV or JSON file").set_input_files(file)


def report(page: Page, number: int) -> Locator:
    return dialog(page).locator(".report tbody tr").nth(number - 1)


def exported(page: Page, format: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        press(page, f"Export {format}")
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_export_as_csv(curators_page: Page, curator: User) -> None:
    name, content = exported(curators_page, "CSV")
    assert name == "albums.csv"
    assert content == curator.get("/albums/export", headers={"Accept": "text/csv"}).content
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert tuple(rows[0]) == FIELDS
    assert len(rows) > 100
    expect(curators_page.get_by_text("Exported to albums.csv.")).to_be_visible()


def test_export_as_json(curators_page: Page, curator: User) -> None:
    name, content = exported(curators_page, "JSON")
    assert name == "albums.json"
    assert json.loads(content) == curator.get("/albums/export", headers={"Accept": "application/json"}).json()


def test_a_csv_file_first_on_trial_then_for_good(curators_page: Page, curator: User) -> None:
    page = curators_page
    there, other = added(curator), added(curator)
    plain, odd = an_album(), an_album(artist='Motörhead, "live" 東京 🎺')
    computed = an_album()
    computed["title"] = f"={computed['title']}"
    taken = an_album(rank=other["rank"])
    bad = an_album(year="soon")
    press(page, "Import")
    quoted = {**computed, "title": f"'{computed['title']}"}  # as an exported file has it
    choose(page, "mine.csv", as_csv(plain, there, taken, bad, odd, quoted))
    expect(heading(dialog(page), "What mine.csv would do")).to_be_visible()
    for number, status in enumerate(("New", "Unchanged", "Conflict", "Invalid", "New", "New"), 1):
        expect(report(page, number)).to_contain_text(status)
    expect(report(page, 4)).to_contain_text("year")
    expect(report(page, 5)).to_contain_text(odd["artist"])
    expect(report(page, 6).locator("td").last).to_contain_text(computed["title"])
    expect(report(page, 6)).not_to_contain_text("'")
    assert as_stored(curator, plain["title"]) == []
    press(dialog(page), "Import 3 albums")
    expect(heading(dialog(page), "Imported 3 albums")).to_be_focused()
    press(dialog(page), "Done")
    expect(button(page, "Import")).to_be_focused()
    [stored] = as_stored(curator, odd["title"])
    assert {**stored, **odd, "addedBy": None} == stored
    assert len(as_stored(curator, plain["title"])) == 1
    assert [one["title"] for one in as_stored(curator, computed["title"])] == [computed["title"]]
    labelled(page, "Search").fill(plain["title"].split()[0])
    expect(page.locator("#rows tr")).to_have_count(1)


def test_what_was_exported_comes_in_unchanged(curators_page: Page) -> None:
    page = curators_page
    _, content = exported(page, "CSV")
    press(page, "Import")
    choose(page, "albums.csv", content)
    expect(heading(dialog(page), "What albums.csv would do")).to_be_visible()
    expect(dialog(page).locator(".summary .created strong")).to_have_text("0")
    expect(dialog(page).locator(".summary .conflicts strong")).to_have_text("0")
    expect(dialog(page).locator(".summary .invalid strong")).to_have_text("0")
    expect(button(dialog(page), "Close")).to_be_visible()
    expect(dialog(page).get_by_role("button", name="Import")).to_have_count(0)


def test_a_json_file_is_dropped(curators_page: Page, curator: User) -> None:
    page, album = curators_page, an_album()
    press(page, "Import")
    data = page.evaluate_handle(
        """(text) => {
          const data = new DataTransfer();
          data.items.add(new File([text], "one.json", { type: "application/json" }));
          return data;
        }""",
        json.dumps([album]),
    )
    page.dispatch_event("#dropzone", "drop", {"dataTransfer": data})
    press(dialog(page), "Import 1 album")
    expect(heading(dialog(page), "Imported 1 album")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button(page, "Import")).to_be_focused()
    assert len(as_stored(curator, album["title"])) == 1


def test_a_file_that_is_of_no_use_is_refused_in_words(curators_page: Page) -> None:
    page = curators_page
    press(page, "Import")
    choose(page, "albums.txt", b"x")
    expect(dialog(page).get_by_text("albums.txt is neither CSV nor JSON.")).to_be_visible()
    choose(page, "albums.json", b"{")
    expect(dialog(page).get_by_role("alert")).to_contain_text("JSON")
    choose(page, "albums.csv", b"place,name\n1,x\n")
    expect(dialog(page).get_by_role("alert")).to_contain_text("The first line must name rank, title")
    choose(page, "albums.csv", "rank,title,artist,year,genre\n1,é,x,1999,Pop\n".encode("latin-1"))
    expect(dialog(page).get_by_role("alert")).to_contain_text("UTF-8")
    expect(button(dialog(page), "Try again")).to_be_visible()
