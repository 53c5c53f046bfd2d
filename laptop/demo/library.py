"""The demo's albums, and Ada's articles with their photos."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from cloud.errors import CloudError
from laptop.demo.drawing import drawn
from laptop.demo.persons import Person, request

ALBUMS = Path(__file__).parent / "albums.csv"
ARTICLES = Path(__file__).parent / "articles"
_PATIENCE = 30.0  # with a photo that is being made ready


def add_albums(curator: Person) -> str:
    report = request(f"{curator.api}/albums/import", curator.token, ALBUMS.read_bytes(), "text/csv")
    if report["conflicts"] or report["invalid"]:
        raise CloudError(f"{ALBUMS.name} could not be imported completely: {_refused(report)}.")
    return f"{report['created'] + report['unchanged']} albums"


def _refused(report: dict[str, Any]) -> str:
    return f"{report['conflicts']} conflicts, {report['invalid']} invalid rows"


def add_articles(author: Person, reader: Person, *, with_photos: bool) -> dict[str, str]:
    """Their ids, by the names of their files."""
    articles = {path.stem: _read(path) for path in sorted(ARTICLES.glob("*.md"))}
    there = {each["title"] for each in author.ask("/blog/articles?limit=100")["items"]}  # of an interrupted start
    photos = {
        stem: _add_photo(author, facts)
        for stem, facts in articles.items()
        if with_photos and "photo" in facts and facts["title"] not in there
    }
    return {stem: _add_article(author, reader, stem, facts, photos.get(stem)) for stem, facts in articles.items()}


def _read(path: Path) -> dict[str, str]:
    """Lines of the form `name: value`, an empty line, then the text."""
    head, _, text = path.read_text("utf-8").partition("\n\n")
    return {**dict(line.split(": ", 1) for line in head.splitlines()), "body": text}


def _add_article(author: Person, reader: Person, stem: str, facts: dict[str, str], photo: str | None) -> str:
    if photo:
        _await(author, photo)
    article = {
        "title": facts["title"],
        "body": facts["body"],
        "tags": facts["tags"].split(", "),
        "status": "published",
        "publishAt": facts["publishAt"],
        "photo": photo,
        "clientId": f"demo-{stem}"[:64],  # an earlier start may have been interrupted after it
    }
    stored = author.ask("/blog/articles", article)
    if "comment" in facts:
        reader.ask(f"/blog/articles/{stored['slug']}/comments", {"text": facts["comment"], "clientId": "demo"})
    return str(stored["id"])


def _add_photo(author: Person, facts: dict[str, str]) -> str:
    content = drawn(facts["photo"])
    name, kind = f"{facts['photo']}.jpg", "image/jpeg"
    file = {"name": name, "type": kind, "size": len(content), "alt": facts["alt"]}
    added = author.ask("/blog/photos", file)
    form = added["upload"]
    body, multipart = encode_multipart_formdata({**form["fields"], "file": (name, content, kind)})
    with urllib.request.urlopen(urllib.request.Request(form["url"], body, {"Content-Type": multipart}), timeout=60):
        return str(added["id"])


def _await(author: Person, photo: str) -> None:
    """An article's page is made when it is published, so its photo must be there."""
    deadline = time.monotonic() + _PATIENCE
    while (found := author.ask(f"/blog/photos/{photo}"))["status"] != "ready":
        if found["status"] == "failed" or time.monotonic() > deadline:
            raise CloudError(f"The photo of an article is {found['status']}: see cloud.log.")
        time.sleep(0.05)
