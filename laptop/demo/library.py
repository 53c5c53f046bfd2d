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


def add_articles(author: Person, reader: Person) -> str:
    articles = _articles()
    for stem, facts in articles.items():
        slug = _stored(author, stem, facts)["slug"]
        if "comment" in facts:
            reader.ask(f"/blog/articles/{slug}/comments", {"text": facts["comment"], "clientId": "demo"})
    return f"{len(articles)} articles"


def article_ids(author: Person) -> dict[str, str]:
    """By the names of their files."""
    return {stem: str(_stored(author, stem, facts)["id"]) for stem, facts in _articles().items()}


def illustrate(author: Person) -> str:
    """Draw the photos of articles that should have one."""
    pictured = {stem: facts for stem, facts in _articles().items() if "photo" in facts}
    for stem, facts in pictured.items():
        there = _stored(author, stem, facts)
        if not there["photo"]:
            photo = {"photo": _add_photo(author, facts)}
            author.ask(f"/blog/articles/{there['slug']}", {**_article(facts), **photo}, "PUT", there["version"])
    return f"{len(pictured)} photos"


def _articles() -> dict[str, dict[str, str]]:
    return {path.stem: _read(path) for path in sorted(ARTICLES.glob("*.md"))}


def _read(path: Path) -> dict[str, str]:
    """Lines of the form `name: value`, an empty line, then the text."""
    head, _, text = path.read_text("utf-8").partition("\n\n")
    return {**dict(line.split(": ", 1) for line in head.splitlines()), "body": text}


def _stored(author: Person, stem: str, facts: dict[str, str]) -> Any:
    """As it is: an earlier call, even of an earlier start, may have added it."""
    return author.ask("/blog/articles", {**_article(facts), "clientId": f"demo-{stem}"[:64]})


def _article(facts: dict[str, str]) -> dict[str, Any]:
    return {
        "title": facts["title"],
        "body": facts["body"],
        "tags": facts["tags"].split(", "),
        "status": "published",
        "publishAt": facts["publishAt"],
    }


def _add_photo(author: Person, facts: dict[str, str]) -> str:
    content = drawn(facts["photo"])
    name, kind = f"{facts['photo']}.jpg", "image/jpeg"
    file = {"name": name, "type": kind, "size": len(content), "alt": facts["alt"]}
    added = author.ask("/blog/photos", file)
    form = added["upload"]
    body, multipart = encode_multipart_formdata({**form["fields"], "file": (name, content, kind)})
    with urllib.request.urlopen(urllib.request.Request(form["url"], body, {"Content-Type": multipart}), timeout=60):
        _await(author, added["id"])
    return str(added["id"])


def _await(author: Person, photo: str) -> None:
    """An article's page is made when it is saved, so its photo must be there."""
    deadline = time.monotonic() + _PATIENCE
    while (found := author.ask(f"/blog/photos/{photo}"))["status"] != "ready":
        if found["status"] == "failed" or time.monotonic() > deadline:
            raise CloudError(f"A photo is {found['status']}")
        time.sleep(0.1)
