"""A person's folder in the browser: files go in and out whole, whatever their names and whatever the network does."""

from __future__ import annotations

import base64
import io
import json
import re
import secrets
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.support.browser import button, dialog, fill, heading, labelled, press, signed_in
from tests.support.cloud import outputs, root
from tests.support.credentials import folder_of
from tests.support.stage import RunningStage, User, until

NAMES = [".hidden", "🎈 100% (1)!*'~&=#?.txt", "a b+c%20 ü.txt"]
MEGABYTE = 1024 * 1024
BIG = 30 * MEGABYTE
CHANGED_BY_CHROMIUM = re.compile(r"[*?:\"<>|]")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DROP = """({ name, text }) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, { type: "text/plain" }));
  for (const type of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("#files-page").dispatchEvent(event);
  }
}"""


@dataclass
class Folder:
    """A person's folder as the root user sees it."""

    stage: RunningStage
    id: str

    @classmethod
    def of(cls, user: User) -> Folder:
        return cls(user.stage, folder_of(user)[0])

    @property
    def s3(self) -> Any:
        return root(self.stage, "s3")

    @property
    def bucket(self) -> str:
        return str(self.stage.config["filesBucket"])

    def put(self, name: str, content: bytes = b"something") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.id}/{name}", Body=content)

    def read(self, name: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=self.bucket, Key=f"{self.id}/{name}")["Body"].read()
        return content

    def names(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.id}/").get("Contents", [])
        return sorted(entry["Key"].removeprefix(f"{self.id}/") for entry in listed)

    def allow(self, quota: int) -> None:
        root(self.stage, "dynamodb").update_item(
            TableName=outputs(self.stage)["FoldersTable"],
            Key={"id": {"S": self.id}},
            UpdateExpression="SET quota = :quota",
            ExpressionAttributeValues={":quota": {"N": str(quota)}},
        )

    def begun(self) -> list[str]:
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return [upload["Key"] for upload in uploads if upload["Key"].startswith(f"{self.id}/")]


@pytest.fixture
def folder(somebody: User) -> Folder:
    return Folder.of(somebody)


@pytest.fixture
def files(page: Page, somebody: User) -> Page:
    return opened(page, somebody)


def opened(page: Page, user: User, path: str = "") -> Page:
    signed_in(page, user, f"#/files{path}")
    expect(page.locator("#skeleton")).to_be_hidden()
    return page


def folder_row(page: Page, name: str) -> Locator:
    shown = page.locator(".file-name").filter(has_text=re.compile(f"^(Folder )?{re.escape(name)}$"))
    return page.locator("#files > .file").filter(has=shown)


def choose(page: Page, *paths: Path) -> None:
    page.locator("#choose-files").set_input_files([str(path) for path in paths])


def made(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("film"), "film 🎬 ü+%.bin", secrets.token_bytes(BIG))


class Network:
    """A page's network, at a speed that lets a test look during an upload."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._set(offline=False)

    def _set(self, *, offline: bool) -> None:
        speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": 10 * MEGABYTE}
        self._session.send("Network.emulateNetworkConditions", {"offline": offline, **speed})

    def cut(self) -> None:
        self._set(offline=True)

    def mend(self) -> None:
        self._set(offline=False)


@dataclass
class Parts:
    """The parts that a page has completed."""

    done: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Parts:
        parts = cls()
        page.on("requestfinished", parts._on_finished)
        return parts

    def _on_finished(self, request: Request) -> None:
        if is_part(request):
            self.done.append(int(parse_qs(urlsplit(request.url).query)["partNumber"][0]))


def is_part(request: Request) -> bool:
    return request.method == "PUT" and "partNumber=" in request.url


def begin(page: Page, film: Path) -> None:
    """Until the first part has arrived."""
    with page.expect_event("requestfinished", is_part):
        choose(page, film)


# Signatures

KEYS = ["a b", "a+b", "100%", "%20", "Größe", "🎈👩‍👧", "~", "*!'()", ".hidden", "..x", "a//b/"]
KEYS += ["a&b=c;d:e@f,$h", '\\|^`{}[]<>"#?']
SIGN = """async (given) => {
  const { encodePath, encodeQuery, hexSha256, presign, sign } = await moduleOf("files/sigv4");
  const host = new URL(given.endpoint).host;
  const at = (text) => new Date(text.replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5"));
  return Promise.all(given.asked.map(async ({ key, query, headers, body, signedAt, presignedAt }) => {
    const path = `/bucket/${encodePath(key)}`;
    const by = { credentials: given.credentials, region: given.region };
    const request = { method: "PUT", host, path, query, headers, payload: await hexSha256(body) };
    const { authorization } = await sign(request, { ...by, date: at(signedAt) });
    const link = await presign({ host, path, query }, { ...by, date: at(presignedAt), seconds: 900 });
    return { path, query: encodeQuery(query), authorization, link };
  }));
}"""


def test_signatures_are_as_botocore_makes_them(page: Page, stage: RunningStage) -> None:
    endpoint, region = "https://s3.eu-west-1.amazonaws.com", "eu-west-1"
    ours = {"id": "AKIDEXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG+bPx", "token": "a/token+with=signs"}
    theirs = Credentials(ours["id"], ours["secret"], ours["token"])
    asked, expected = [], []
    for key in KEYS:
        query, headers = {"list-type": "2", "prefix": key, "b c": "d+e %"}, {"x-amz-meta-note": " two   blanks "}
        url = f"{endpoint}/bucket/{quote(key, safe='/')}"
        signed = AWSRequest("PUT", url, params=query, headers=headers, data=key.encode())
        S3SigV4Auth(theirs, "s3", region).add_auth(signed)
        linked = AWSRequest("GET", url, params=query)
        S3SigV4QueryAuth(theirs, "s3", region, expires=900).add_auth(linked)
        times = {"signedAt": signed.headers["X-Amz-Date"], "presignedAt": query_of(linked.url)["X-Amz-Date"][0]}
        asked.append({"key": key, "query": query, "headers": headers, "body": key, **times})
        expected.append((urlsplit(url).path, signed.headers["Authorization"], query_of(linked.url)))
    page.goto(stage.address)
    made = page.evaluate(SIGN, {"asked": asked, "credentials": ours, "endpoint": endpoint, "region": region})
    for one, (path, authorization, link) in zip(made, expected, strict=True):
        assert (one["path"], one["authorization"]) == (path, authorization)
        assert parse_qs(one["link"]) == link


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


# Files and folders


def test_files_go_in_and_out_whole(files: Page, folder: Folder, tmp_path: Path) -> None:
    expect(heading(files, "Your folder is empty")).to_be_visible()
    given = {name: made(tmp_path, name, name.encode() * index) for index, name in enumerate(NAMES)}
    choose(files, *given.values())
    for name in NAMES:
        expect(folder_row(files, name)).to_be_visible()
    assert folder.names() == sorted(NAMES)
    for name, path in given.items():
        assert folder.read(name) == path.read_bytes()
        with files.expect_download() as saved:
            press(files, f"Download {name}")
        assert saved.value.suggested_filename.lstrip("_.") == CHANGED_BY_CHROMIUM.sub("_", name).lstrip("_.")
        assert Path(saved.value.path()).read_bytes() == path.read_bytes()

    old, new = NAMES[2], f"Neu + {NAMES[1]}"
    folder_row(files, old).locator("[data-main]").focus()
    files.keyboard.press("F2")
    fill(dialog(files), new_name=NAMES[1])
    press(dialog(files), "Rename")
    expect(dialog(files).get_by_text("This name is already taken.")).to_be_visible()
    fill(dialog(files), new_name=new)
    press(dialog(files), "Rename")
    expect(folder_row(files, new).locator("[data-main]")).to_be_focused()
    expect(folder_row(files, old)).to_have_count(0)
    assert folder.read(new) == given[old].read_bytes() and old not in folder.names()

    files.keyboard.press("Delete")
    expect(dialog(files)).to_contain_text(new)
    press(dialog(files), "Delete")
    expect(folder_row(files, new)).to_have_count(0)
    assert new not in folder.names()


def test_folders(files: Page, folder: Folder, tmp_path: Path) -> None:
    name, inner = "50% + Größe 🎈", "a/b c.txt"
    press(files, "New folder")
    fill(dialog(files), name=f"{name}/")
    press(dialog(files), "Make folder")
    expect(dialog(files).get_by_text("can't contain")).to_be_visible()
    fill(dialog(files), name=name)
    press(dialog(files), "Make folder")
    expect(folder_row(files, name).locator("[data-main]")).to_be_focused()
    files.keyboard.press("Enter")
    expect(heading(files, name)).to_be_focused()
    expect(heading(files, "Nothing in here yet")).to_be_visible()

    made(tmp_path / "tree", inner, b"deep")
    files.locator("#choose-folder").set_input_files(str(tmp_path / "tree"))
    expect(folder_row(files, "tree")).to_be_visible()
    files.evaluate(DROP, {"name": "dropped.txt", "text": "let fall"})
    expect(folder_row(files, "dropped.txt")).to_be_visible()
    assert folder.names() == sorted([f"{name}/", f"{name}/tree/{inner}", f"{name}/dropped.txt"])
    files.reload()
    folder_row(files, "tree").get_by_role("link").click()
    expect(folder_row(files, "a")).to_be_visible()
    files.get_by_role("navigation", name="Folders above").get_by_role("link", name="Files").click()

    press(files, f"Rename {name}")
    fill(dialog(files), new_name="plain")
    press(dialog(files), "Rename")
    expect(folder_row(files, "plain")).to_be_visible()
    assert folder.names() == sorted(["plain/", f"plain/tree/{inner}", "plain/dropped.txt"])
    press(files, "Delete plain")
    expect(dialog(files)).to_contain_text("“plain” and the 2 files in it (12 bytes) will be gone.")
    press(dialog(files), "Delete")
    expect(heading(files, "Your folder is empty")).to_be_visible()
    assert folder.names() == []


def test_nothing_is_overwritten_unasked(folder: Folder, page: Page, somebody: User, tmp_path: Path) -> None:
    names = ["a.txt", "b.txt", "c.txt"]
    for name in names:
        folder.put(name, b"old")
    files = opened(page, somebody)
    given = {name: made(tmp_path, name, b"new") for name in names}
    for name, act in zip(names, ("Keep both", "Replace", "Skip"), strict=True):
        choose(files, given[name])
        expect(heading(dialog(files), "The name is taken")).to_be_visible()
        press(dialog(files), act)
        expect(files.locator(".uploads")).to_be_hidden()
    expect(folder_row(files, "a (2).txt")).to_be_visible()
    stored = {name: folder.read(name) for name in folder.names()}
    assert stored == {"a.txt": b"old", "a (2).txt": b"new", "b.txt": b"new", "c.txt": b"old"}

    choose(files, *given.values())
    labelled(dialog(files), "The same for all that follow").check()
    press(dialog(files), "Keep both")
    expect(folder_row(files, "c (2).txt")).to_be_visible()
    expect(folder_row(files, "a (3).txt")).to_be_visible()
    until(lambda: folder.read("b (2).txt") == b"new")


def test_previews_run_nothing(folder: Folder, page: Page, somebody: User) -> None:
    hostile = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
    folder.put("page.html", hostile.encode())
    folder.put("picture.svg", f"<svg xmlns='http://www.w3.org/2000/svg'>{hostile}</svg>".encode())
    folder.put("dot.png", PNG)
    folder.put("broken.png", b"none")
    folder.put("tone.wav", tone())
    folder.put("paper.pdf", b"%PDF-1.4")
    folder.put("no.kind", hostile.encode())
    files = opened(page, somebody)
    for name in ("page.html", "picture.svg"):
        folder_row(files, name).locator("[data-main]").click()
        expect(dialog(files).locator("pre")).to_contain_text(hostile)
        files.keyboard.press("Escape")
    folder_row(files, "dot.png").locator("[data-main]").click()
    expect(dialog(files).get_by_role("img", name="dot.png")).to_have_js_property("naturalWidth", 1)
    files.keyboard.press("Escape")
    folder_row(files, "broken.png").locator("[data-main]").click()
    expect(dialog(files)).to_contain_text("It can't be shown")
    files.keyboard.press("Escape")
    folder_row(files, "no.kind").locator("[data-main]").click()
    expect(dialog(files)).to_contain_text("There is no preview")
    files.keyboard.press("Escape")
    folder_row(files, "tone.wav").locator("[data-main]").click()
    expect(dialog(files).locator("audio")).to_have_js_property("duration", 0.5)
    files.keyboard.press("Escape")
    folder_row(files, "paper.pdf").locator("[data-main]").click()
    away = re.compile(re.escape(somebody.stage.config["s3Endpoint"]) + ".*response-content-type=application%2Fpdf")
    expect(dialog(files).get_by_role("link", name="Open in a new tab")).to_have_attribute("href", away)
    expect(files).to_have_title("Files · Commonplace")


def tone() -> bytes:
    """Half a second of sound."""
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setparams((1, 2, 8000, 4000, "NONE", ""))
        sound.writeframes(bytes(8000))
    return content.getvalue()


# Large files


def test_an_upload_goes_on_once_the_network_is_back(
    files: Page, folder: Folder, film: Path, unreachable_at_times: None
) -> None:
    network, parts = Network(files), Parts.of(files)
    begin(files, film)
    network.cut()
    expect(files.locator(".upload")).to_contain_text("Waiting for the connection…")
    before = list(parts.done)
    network.mend()
    expect(folder_row(files, film.name)).to_be_visible()
    assert before and len(parts.done) == len(set(parts.done)), "no part that had arrived was sent again"
    assert folder.read(film.name) == film.read_bytes()
    assert folder.begun() == []


def test_an_upload_goes_on_after_a_reload(files: Page, folder: Folder, film: Path, tmp_path: Path) -> None:
    network, parts = Network(files), Parts.of(files)
    begin(files, film)
    files.once("dialog", lambda asked: asked.accept())
    files.reload()
    network.mend()
    before = set(parts.done)
    assert before < {1, 2, 3, 4}
    parts.done.clear()
    resume = button(files, f"Choose file {film.name}")
    with files.expect_file_chooser() as chooser:
        resume.click()
    chooser.value.set_files(made(tmp_path, "other.bin", b"another"))
    expect(files.locator(".upload").get_by_role("alert")).to_contain_text("That is a different file.")
    with files.expect_file_chooser() as chooser:
        resume.click()
    chooser.value.set_files(film)
    expect(folder_row(files, film.name)).to_be_visible()
    assert before.isdisjoint(parts.done)
    assert folder.begun() == []
    expect(files.locator(".uploads")).to_be_hidden()
    with files.expect_download() as saved:
        press(files, f"Download {film.name}")
    assert saved.value.suggested_filename == film.name
    assert Path(saved.value.path()).read_bytes() == film.read_bytes()


def test_a_cancelled_upload_leaves_nothing_behind(files: Page, folder: Folder, film: Path) -> None:
    Network(files)
    begin(files, film)
    assert folder.begun() == [f"{folder.id}/{film.name}"]
    press(files, f"Cancel {film.name}")
    expect(files.locator(".uploads")).to_be_hidden()
    until(lambda: folder.begun() == [])
    assert folder.names() == []
    assert files.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('files:uploads'))") == []


# How much fits


def test_what_does_not_fit_is_not_sent(page: Page, somebody: User, folder: Folder, tmp_path: Path) -> None:
    folder.allow(1000)
    files = opened(page, somebody)
    expect(files.locator("#used")).to_have_text("0 bytes of 1 kB used")
    choose(files, made(tmp_path, "large.txt", b"x" * 1100))
    refused = files.locator(".upload").filter(has_text="large.txt")
    expect(refused.get_by_role("alert")).to_contain_text("It needs 1.1 kB, with 1 kB of 1 kB left.")
    press(refused, "Dismiss large.txt")
    expect(files.locator(".uploads")).to_be_hidden()
    choose(files, made(tmp_path, "small.txt", b"x" * 600))
    expect(files.locator("#used")).to_have_text("600 bytes of 1 kB used")
    press(folder_row(files, "small.txt"), "Rename small.txt")
    fill(dialog(files), new_name="other.txt")
    press(dialog(files), "Rename")
    expect(dialog(files).get_by_role("alert")).to_contain_text("room for a copy (600 bytes), with 400 bytes left.")
    press(dialog(files), "Cancel")

    folder.put("much.bin", b"x" * 500)
    notice = files.locator("#refused").get_by_role("alert")
    expect(notice).to_contain_text("much.bin (500 bytes")
    press(files, "Understood")
    expect(notice).to_have_count(0)
    files.reload()
    expect(folder_row(files, "small.txt")).to_be_visible()
    expect(files.locator("#used")).to_have_text("600 bytes of 1 kB used")
    expect(notice).to_have_count(0)
    assert folder.names() == ["small.txt"]


# Credentials


def is_exchange(request: Request) -> bool:
    return request.headers.get("x-amz-target", "").endswith("GetCredentialsForIdentity")


def test_credentials_are_renewed_before_they_end(page: Page, somebody: User, folder: Folder, tmp_path: Path) -> None:
    exchanges: list[Request] = []
    refusals = [400, 200]

    def ending(route: Route) -> None:
        if not is_exchange(route.request):
            route.fallback()
            return
        exchanges.append(route.request)
        answer = route.fetch()
        given = answer.json()
        given["Credentials"]["Expiration"] -= 3600 - 4 * 60 if len(exchanges) == 1 else 0
        route.fulfill(response=answer, json=given)

    def ended(route: Route) -> None:
        if refusals.pop(0) == 200:
            route.fallback()
            return
        allowed = {"Access-Control-Allow-Origin": somebody.stage.address}
        route.fulfill(status=400, body="<Error><Code>ExpiredToken</Code></Error>", headers=allowed)

    page.route(somebody.stage.config["identityEndpoint"] + "/", ending)
    files = opened(page, somebody)
    expect(heading(files, "Your folder is empty")).to_be_visible()
    assert len(exchanges) == 2, "those of the first were to end soon"
    choose(files, made(tmp_path, "a.txt", b"a"))
    expect(folder_row(files, "a.txt")).to_be_visible()
    assert len(exchanges) == 2
    page.route(re.compile(r"[?&]list-type=2"), ended, times=2)
    choose(files, made(tmp_path, "b.txt", b"b"))
    expect(folder_row(files, "b.txt")).to_be_visible()
    assert len(exchanges) == 3, "S3 took the others no longer"
    assert folder.names() == ["a.txt", "b.txt"]


def test_a_wrong_clock_is_no_hindrance(page: Page, somebody: User, folder: Folder) -> None:
    folder.put("a.txt")
    page.add_init_script("const now = Date.now; Date.now = () => now() - 3 * 3600 * 1000;")
    expect(folder_row(opened(page, somebody), "a.txt")).to_be_visible()


def test_signing_out_forgets(
    page: Page, somebody: User, folder: Folder, film: Path, stage: RunningStage, unreachable_at_times: None
) -> None:
    folder.put("mine.txt")
    files, other = opened(page, somebody), stage.sign_up()
    Network(files)
    begin(files, film)
    asked: list[str] = []
    files.locator("#sign-out").click()
    expect(files.get_by_text("You are signed out.")).to_be_visible()
    files.on("request", lambda request: asked.append(request.url))
    kept = json.dumps(files.evaluate("[{ ...localStorage }, { ...sessionStorage }]"))
    assert "ASIA" not in kept and folder.id not in kept and film.name not in kept
    opened(files, other)
    expect(heading(files, "Your folder is empty")).to_be_visible()
    assert not [url for url in asked if folder.id in url or quote(folder.id, safe="") in url]
    assert folder.names() == ["mine.txt"]


# Files of the folder, elsewhere

CHOOSE = """async (selected) => {
  const { chooseFiles } = await moduleOf("files/choose");
  window.chosen = null;
  chooseFiles({ selected }).then((chosen) => (window.chosen = { chosen }));
}"""


def test_files_are_chosen_from_the_folder(page: Page, somebody: User, folder: Folder, tmp_path: Path) -> None:
    folder.put("a.txt", b"a")
    folder.put("deep down/b ü.txt", b"bb")
    files = opened(page, somebody)

    def chosen(*selected: dict[str, Any]) -> None:
        files.evaluate(CHOOSE, list(selected))

    def entry(name: str, size: int) -> dict[str, Any]:
        return {"key": f"{folder.id}/{name}", "name": name.split("/")[-1], "size": size}

    chosen(entry("a.txt", 1))
    expect(dialog(files).get_by_role("checkbox", name="a.txt")).to_be_checked()
    press(dialog(files), "Folder deep down")
    dialog(files).get_by_role("checkbox", name="b ü.txt").check()
    dialog(files).locator("#chooser-input").set_input_files(str(made(tmp_path, "c.txt", b"ccc")))
    press(dialog(files), "Attach 3 files")
    found = until(lambda: files.evaluate("window.chosen"))["chosen"]
    assert found == [entry("a.txt", 1), entry("deep down/b ü.txt", 2), entry("deep down/c.txt", 3)]
    chosen()
    press(dialog(files), "Cancel")
    assert until(lambda: files.evaluate("window.chosen")) == {"chosen": None}
    files.evaluate("(key) => { moduleOf('files/choose').then(({ openFile }) => openFile(key)); }", found[1]["key"])
    expect(dialog(files).locator("pre")).to_have_text("bb")
