"""What a browser loads of the pages: few files, each named by what is in all of them."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from cloud.linking import NotLinkable, linked
from cloud.site import FRONTEND, Site

OUTPUTS = {"SiteBucket": "site", "DistributionId": "E1", "SiteAddress": "https://d.example.com"}
PAGE = """<!doctype html>
<html>
  <head>
    <link rel="stylesheet" href="/core/one.css">
    <!-- of features -->
    <link rel="stylesheet" href="/core/two.css">
    <link rel="stylesheet" href="/core/print.css" media="print">
    <script src="/core/theme.js"></script>
    <script type="module" src="/main.js"></script>
  </head>
</html>
"""
FILES = {
    "index.html": PAGE,
    "core/one.css": "a {}\n",
    "core/two.css": "b {}\n",
    "core/print.css": "c {}\n",
    "core/theme.js": "now();\n",
    "main.js": """// Starts.
import { one, two as second } from "./core/base.js";
import "./core/effects.js";

one(second, () => import("./wall/page.js"), () => import("./chat/page.js"));
""",
    "core/base.js": "export const one = () => null;\nexport function two() {}\n",
    "core/effects.js": "/** Not\n    needed there. */\nstart();\n",
    "core/list.js": 'import { one } from "./base.js";\n\nexport class List { one = one; }\n',
    "wall/page.js": 'import * as list from "../core/list.js";\nexport const show = () => list;\n',
    "chat/page.js": 'export { List as Own } from "../core/list.js";\n',
}


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def assets(pages: Path) -> dict[str, str]:
    found = {}
    for key, content in linked(pages).items():
        if key.startswith("assets/"):
            found[key.split("/")[2]] = content.decode()
    return found


def test_the_page_names_a_folder_of_its_own(pages: Path) -> None:
    files = linked(pages)
    (folder,) = {key.rpartition("/")[0] for key in files if key.startswith("assets/")}
    assert re.fullmatch(r"assets/[0-9a-f]{16}", folder)
    page = files["index.html"].decode()
    assert re.findall(r'(?:href|src)="([^"]+)"', page) == [
        f"/{folder}/site.css",
        f"/{folder}/theme.js",
        f"/{folder}/main.js",
    ]
    assert "<!--" not in page
    assert list(files)[-1] == "index.html", "what it names is there before it"


@pytest.mark.parametrize("name", ["core/list.js", "core/two.css", "core/theme.js"])
def test_any_change_makes_another_folder(pages: Path, name: str) -> None:
    before = linked(pages)
    assert linked(pages) == before
    (pages / name).write_text(FILES[name] + "\n\nmore {}\n", "utf-8")
    assert not {key for key in linked(pages) if key.startswith("assets/")} & before.keys()


def test_stylesheets_are_one_in_their_order(pages: Path) -> None:
    assert assets(pages)["site.css"] == "a {}\nb {}\n@media print {\nc {}\n}\n"
    assert linked(pages)["core/one.css"] == b"a {}\n", "for pages that functions make"


def test_modules_run_once_in_their_order(pages: Path) -> None:
    chunks = assets(pages)
    assert {name for name in chunks if name.endswith(".js")} == {
        "main.js", "core.js", "wall-page.js", "chat-page.js", "theme.js",
    }  # fmt: skip
    main = chunks["main.js"]
    assert re.findall(r"^const (\S+) = ", main, re.MULTILINE) == ["$core_base", "$core_effects", "$main"]
    assert "const { one, two: second } = $core_base;" in main
    assert 'import("./wall-page.js").then((all) => all.$wall_page)' in main
    assert "export { $core_base, $core_effects, $main };" in main
    assert chunks["core.js"].startswith('import { $core_base } from "./main.js"; const $core_list = ')
    assert "const list = $core_list;" in chunks["wall-page.js"]
    assert "return { Own: $core_list.List };" in chunks["chat-page.js"]
    assert "Starts" not in main and "needed" not in main


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("export default 1;", "core/base.js: write this as the other modules do.*export default 1;"),
        ("export let one = 1;", "export let one = 1;"),
        ('import one, { two } from "./list.js";', "import one, { two }"),
        ("const one = import(address);", r"import\(address\)"),
        ('import "./none.js";', "imports core/none.js, which does not exist"),
        ('import "../../outside.js";', r"imports \.\./outside.js, which is not in the pages' folder"),
        ('import { List } from "./list.js";', "core/base.js → core/list.js → core/base.js"),
    ],
)
def test_what_can_not_be_linked_is_named(pages: Path, text: str, said: str) -> None:
    (pages / "core" / "base.js").write_text(f"{text}\n", "utf-8")
    with pytest.raises(NotLinkable, match=said):
        linked(pages)


@pytest.mark.parametrize("name", ["index.html", "core/two.css", "core/theme.js"])
def test_what_the_page_needs_is_there_or_named(pages: Path, name: str) -> None:
    (pages / name).unlink()
    with pytest.raises(NotLinkable, match=name):
        linked(pages)


@pytest.mark.parametrize("name", ["core/base.js", "core/two.css"])
def test_half_a_character_is_named(pages: Path, name: str) -> None:
    """As an editor may leave it for a moment."""
    (pages / name).write_bytes(b"\xff")
    with pytest.raises(NotLinkable, match=f"{name} is not a text"):
        linked(pages)


def test_nothing_else_is_published(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = linked(pages).keys()
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret", "utf-8")
    (pages / "link.txt").symlink_to(secret)
    for name in (".env", ".hidden.css", "core/main.js.swp", "core/one.css~", "notes.md", "config.json"):
        (pages / name).write_text("secret", "utf-8")
    assert linked(pages).keys() == before


def numbers(segment: str) -> Iterator[int]:
    """As source maps are read."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    value, shift = 0, 0
    for digit in map(digits.index, segment):
        value, shift = value + ((digit & 31) << shift), shift + 5
        if digit < 32:
            yield -(value >> 1) if value & 1 else value >> 1
            value, shift = 0, 0


def test_each_line_leads_to_its_source() -> None:
    chunks = assets(FRONTEND)
    for name, text in chunks.items():
        if f"{name}.map" not in chunks:
            continue
        told: dict[str, Any] = json.loads(chunks[f"{name}.map"])
        places: list[list[int]] = [list(numbers(segment)) for segment in told["mappings"].split(";")]
        moved = [place or [0, 0, 0, 0] for place in places]
        sources, lines = (list(accumulate(place[index] for place in moved)) for index in (1, 2))
        for place, source, line, code in zip(places, sources, lines, text.splitlines(), strict=False):
            if code and place and not re.match(r"const |import |.*import\(|return \{", code):
                original = told["sourcesContent"][source].splitlines()[line]
                assert code.strip() in original.removeprefix("export "), name
        assert len(places) == text.count("\n") - 2, "but for the two lines at the end"


class Bucket:
    """In memory, with S3's names."""

    class exceptions:
        class NoSuchKey(Exception):
            pass

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.told: list[tuple[str, str]] = []

    def put_object(self, *, Key: str, Body: bytes, CacheControl: str, **_: str) -> None:
        self.files[Key] = Body
        self.told.append((Key, CacheControl))

    def get_object(self, *, Key: str, **_: str) -> dict[str, Any]:
        if Key not in self.files:
            raise self.exceptions.NoSuchKey
        return {"Body": io.BytesIO(self.files[Key])}

    def delete_object(self, *, Key: str, **_: str) -> None:
        del self.files[Key]

    def get_paginator(self, _: str) -> Bucket:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        tags = {key: f'"{hashlib.md5(content).hexdigest()}"' for key, content in self.files.items()}
        return [{"Contents": [{"Key": key, "ETag": tag} for key, tag in tags.items()]}]

    def folders(self) -> set[str]:
        return {key.split("/")[1] for key in self.files if key.startswith("assets/")}


@pytest.fixture
def bucket(pages: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    bucket = Bucket()
    monkeypatch.setattr("cloud.site.FRONTEND", pages)
    monkeypatch.setattr("cloud.clients.of", lambda _: bucket)
    return bucket


def test_an_open_page_goes_on_after_the_next_publication(pages: Path, bucket: Bucket) -> None:
    bucket.files["config.json"] = b"{}"
    folders: list[set[str]] = []
    for text in ("one", "two", "three", "three"):
        (pages / "core" / "one.css").write_text(text, "utf-8")
        Site(OUTPUTS).publish()  # from a new process each time
        folders.append(bucket.folders())
    assert [len(there) for there in folders] == [1, 2, 2, 1]
    assert len(folders[0] & folders[1]) == 1 and not folders[0] & folders[2]
    assert "config.json" in bucket.files


def test_only_what_changed_is_sent_again(pages: Path, bucket: Bucket) -> None:
    site = Site(OUTPUTS)
    assert len(site.publish()) == len(bucket.files)
    assert site.publish() == []
    (pages / "core" / "two.css").unlink()
    (pages / "index.html").write_text(PAGE.replace('    <link rel="stylesheet" href="/core/two.css">\n', ""), "utf-8")
    assert {"core/two.css", "index.html"} <= set(site.publish())
    assert "core/two.css" not in bucket.files


def test_pages_go_back(pages: Path, bucket: Bucket) -> None:
    """What is the same stays; the page that names the others is the last, and who has it open goes on."""
    bucket.files["config.json"] = b"{}"
    site = Site(OUTPUTS)
    site.publish()
    (pages / "core" / "one.css").write_text("other", "utf-8")
    before, packed = dict(bucket.files), site.packed()
    (pages / "new.svg").write_text("new", "utf-8")
    Site(OUTPUTS).publish()
    bucket.told.clear()
    assert "new.svg" in Site(OUTPUTS).put_back(packed)
    assert before.items() <= bucket.files.items() and len(bucket.folders()) == 2 and "new.svg" not in bucket.files
    assert [key for key, _ in bucket.told][-1] == "index.html" and "core/one.css" in dict(bucket.told)
    assert "config.json" not in dict(bucket.told)
    Site(OUTPUTS).put_back(packed)
    assert bucket.files == before and Site(OUTPUTS).put_back(packed) == []


def test_browsers_keep_only_what_never_changes(bucket: Bucket) -> None:
    Site(OUTPUTS).publish()
    assert {kept for key, kept in bucket.told if key.startswith("assets/")} == {"public, max-age=31536000, immutable"}
    assert {kept for key, kept in bucket.told if not key.startswith("assets/")} == {"no-cache"}
    assert bucket.told[-1][0] == "index.html"
