"""`python -m laptop` itself: its start, its stops, what it keeps, and what it says when it can't."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
import requests

from tests.support.cloud import added, refused_by_cognito, root
from tests.support.stage import PASSWORD, PROJECT, RunningStage, User, environment_of, forget_settings, free_port, until


def a_name() -> str:
    return f"run-{secrets.token_hex(2)}"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStage]:
    """A stage that these tests stop and start as they like; each leaves it running."""
    running = RunningStage(tmp_path_factory.mktemp("run"), name=a_name(), options=("--no-demo",))
    try:
        yield running.start()
    finally:
        if running.process and running.process.poll() is None:
            running.stop()
        forget_settings(running.name)


def start_and_fail(*arguments: str, project: Path = PROJECT) -> str:
    """Its last sentence, checked to be just one, with a non-zero status."""
    command = [sys.executable, "-m", "laptop", "--no-demo", *arguments]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, cwd=project, stdout=out, stderr=errors, text=True)
        try:
            until(lambda: process.poll() is not None or "Ready" in read(out), 90)
            assert process.poll() == 1, (process.poll(), read(out), read(errors))
        finally:
            process.terminate()
            process.wait(timeout=20)
        said = read(errors).strip()
        assert said and len(said.splitlines()) == 1, said
        assert "Traceback" not in read(out)
        return said


def read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


# Up


def test_the_last_line_is_ready(own: RunningStage) -> None:
    assert own.output.rstrip().splitlines()[-1] == f"Ready  http://localhost:{own.port}"
    assert "✗" not in own.output


def test_what_is_served(own: RunningStage) -> None:
    page = requests.get(f"{own.address}/", timeout=10)
    assert page.status_code == 200 and "<title>" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "demo" not in own.config
    mailbox = requests.get(f"{own.address}/mailbox.json", timeout=10)
    assert isinstance(mailbox.json(), list) and mailbox.headers["Content-Type"] == "application/json"
    assert requests.get(f"{own.address}/mailbox", timeout=10).headers["Content-Type"].startswith("text/html")
    assert requests.get(f"{own.address}/no-such-file", timeout=10).status_code in (403, 404)
    assert requests.get(f"{own.address}/../etc/passwd", timeout=10).status_code in (400, 403, 404)


def test_only_loopback_is_bound(own: RunningStage) -> None:
    """Every socket that any of its processes listens on."""
    assert own.process
    inodes = {
        target.removeprefix("socket:[").removesuffix("]")
        for process in family(own.process.pid)
        for target in links(Path(f"/proc/{process}/fd"))
        if target.startswith("socket:[")
    }
    listening = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, _, port = fields[1].rpartition(":")
                listening[int(port, 16)] = address
    assert {own.port, own.cloud_port} <= listening.keys()
    assert set(listening.values()) <= {"0100007F", "00000000000000000000000001000000"}, listening


def family(ancestor: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [ancestor]
    for process in found:
        found += parents.get(process, [])
    return found


def links(folder: Path) -> list[str]:
    found = []
    for entry in folder.iterdir():
        try:
            found.append(str(entry.readlink()))
        except OSError:
            continue  # closed meanwhile
    return found


def test_deploying_by_hand_leaves_it_as_it_is(own: RunningStage) -> None:
    """`python -m cloud deploy` for a running cloud's stage keeps the address of its pages."""
    assert own.process
    deploy = [sys.executable, "-m", "cloud", "deploy", "--stage", own.name]
    client = {"UserPoolId": own.config["userPoolId"], "ClientId": own.config["userPoolClientId"]}

    def callbacks() -> list[str]:
        found = root(own, "cognito-idp").describe_user_pool_client(**client)["UserPoolClient"]["CallbackURLs"]
        return [str(url) for url in found]

    assert callbacks() == [f"{own.address}/"]
    done = subprocess.run(deploy, cwd=PROJECT, env=environment_of(own), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert callbacks() == [f"{own.address}/"]
    assert requests.get(f"{own.address}/config.json", timeout=10).json() == own.config


# Refusals


@pytest.mark.parametrize("option", ["--port", "--cloud-port"])
def test_a_port_in_use(option: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = {"--port": str(free_port()), "--cloud-port": str(free_port()), option: str(port)}
        given = [text for pair in ports.items() for text in pair]
        said = start_and_fail("--data", str(tmp_path), *given)
    assert str(port) in said and option in said and "in use" in said


def test_a_data_folder_in_use(own: RunningStage) -> None:
    ports = ("--port", str(free_port()), "--cloud-port", str(free_port()))
    said = start_and_fail("--data", str(own.data), *ports)
    assert str(own.data) in said and "--data" in said
    assert requests.get(f"{own.address}/config.json", timeout=10).json() == own.config, "the other one goes on"


def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    said = start_and_fail("--data", str(file), "--port", str(free_port()), "--cloud-port", str(free_port()))
    assert str(file) in said and file.read_text() == "mine"


@pytest.mark.parametrize("name", ["Upper", "1st", "much-too-long-for-a-stage", "under_score", ""])
def test_a_bad_name(name: str, tmp_path: Path) -> None:
    assert f"'{name}'" in start_and_fail("--stage", name, "--data", str(tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_one_port_for_both(tmp_path: Path) -> None:
    port = str(free_port())
    said = start_and_fail("--data", str(tmp_path / "data"), "--port", port, "--cloud-port", port)
    assert said == "--port and --cloud-port are the same: choose two ports."
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_bad_port(port: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "laptop", "--data", str(tmp_path), f"--port={port}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and f"'{port}' is not a port" in done.stderr


# Down, and up again


def test_what_is_kept(own: RunningStage) -> None:
    """Accounts, albums and mails are there after a stop by SIGTERM."""
    user = own.sign_up(name="Kept Person")
    album = added(user)
    assert user.get("/me").status_code == 200
    mails = requests.get(f"{own.address}/mailbox.json", timeout=10).json()
    config = own.config
    assert own.stop() == 0
    assert "Traceback" not in own.output

    own.start()
    assert own.config == config, "the same pool, the same API"
    again = own.sign_in(user.email, user.password)
    assert again.get("/me").json()["name"] == "Kept Person"
    assert again.get(f"/albums/{album['id']}").json() == album
    assert user.get("/me").status_code == 200, "a token from before is good too"
    assert requests.get(f"{own.address}/mailbox.json", timeout=10).json() == mails


def test_a_crash_loses_nothing_that_was_acknowledged(own: RunningStage) -> None:
    """Except for the last second at most."""
    user = own.sign_up()
    album = added(user)
    changed = user.put(f"/albums/{album['id']}", {**body_of(album), "year": 1971}, 1).json()
    gone = added(user)
    assert user.delete(f"/albums/{gone['id']}", 1).status_code == 204
    stored = [added(user) for _ in range(25)]
    acknowledged = time.monotonic()
    until(lambda: time.monotonic() > acknowledged + 1.1)
    own.kill()

    own.start()
    again = own.sign_in(user.email, PASSWORD)
    there = again.get("/albums/export").json()
    assert all(body_of(one) in there for one in [changed, *stored])
    assert again.get(f"/albums/{album['id']}").json() == changed
    assert again.get(f"/albums/{gone['id']}").status_code == 404
    assert own.mails(user.email)


def body_of(album: dict[str, object]) -> dict[str, object]:
    return {name: album[name] for name in ("rank", "title", "artist", "year", "genre")}


def test_a_crash_while_people_write(own: RunningStage) -> None:
    """What was stored is whole: each album with its rank and title, nothing half-written, no stale reservations."""
    user = own.sign_up()
    stored: list[tuple[float, dict[str, object]]] = []
    began = time.monotonic()
    while time.monotonic() < began + 2:
        stored.append((time.monotonic(), added(user)))
    crashed = time.monotonic()
    own.kill()

    own.start()
    again = own.sign_in(user.email, PASSWORD)
    there = again.get("/albums/export").json()
    assert all(body_of(album) in there for at, album in stored if at < crashed - 1.1)
    for _, album in stored[-25:]:
        status = again.post("/albums", body_of(album)).status_code
        assert status == (409 if body_of(album) in there else 201)


def test_ctrl_c_and_a_fresh_start(own: RunningStage) -> None:
    user = own.sign_up()
    keepsake = own.data / "mine.txt"
    keepsake.write_text("not theirs to delete")
    assert own.stop(signal.SIGINT) == 0
    assert "Traceback" not in own.output

    own.options = ("--no-demo", "--fresh")
    own.start()
    refused_by_cognito(own.for_client("InitiateAuth", **credentials(user)), "NotAuthorizedException")
    assert requests.get(f"{own.address}/mailbox.json", timeout=10).json() == []
    newcomer = own.sign_up(user.email)
    assert newcomer.get("/albums").json() == {"items": [], "next": None}
    assert keepsake.read_text() == "not theirs to delete"


def credentials(user: User) -> dict[str, object]:
    given = {"USERNAME": user.email, "PASSWORD": user.password}
    return {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}


def test_a_stop_leaves_no_process(own: RunningStage) -> None:
    assert own.process
    processes = family(own.process.pid)
    assert len(processes) >= 2
    assert own.stop() == 0
    until(lambda: not any(alive(process) for process in processes))
    for port in (own.port, own.cloud_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# A project being worked on


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git would clone, including uncommitted changes."""
    folder = tmp_path_factory.mktemp("project")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def workshop(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStage]:
    data = tmp_path_factory.mktemp("workshop")
    running = RunningStage(data, name=a_name(), options=("--no-demo",), project=project)
    try:
        yield running.start()
    finally:
        if running.process and running.process.poll() is None:
            running.stop()


def version(stage: RunningStage) -> str:
    return str(stage.call("GET", "/health").json()["version"])


def save(file: Path, change: Callable[[str], str]) -> None:
    """Atomically, as an editor does."""
    before = file.read_text("utf-8")
    assert change(before) != before
    temporary = file.with_suffix(".saved")
    temporary.write_text(change(before), "utf-8")
    temporary.replace(file)


def test_saved_code_is_live(workshop: RunningStage, project: Path) -> None:
    settings = project / "chalicelib" / "core" / "settings.py"
    old = version(workshop)
    save(settings, lambda text: text.replace(f'VERSION = "{old}"', 'VERSION = "7.7.7"'))
    until(lambda: version(workshop) == "7.7.7", 60)


def test_saved_rights_are_enforced(workshop: RunningStage, project: Path) -> None:
    rights = project / "chalicelib" / "albums" / "rights.py"
    somebody = workshop.sign_up()
    assert somebody.get("/albums").status_code == 200
    save(rights, lambda text: text.replace("albums/by-rank", "albums/by-nothing"))
    until(lambda: somebody.get("/albums").status_code == 500, 60)
    save(rights, lambda text: text.replace("albums/by-nothing", "albums/by-rank"))
    until(lambda: somebody.get("/albums").status_code == 200, 60)


def test_a_saved_resource_is_made(workshop: RunningStage, project: Path) -> None:
    resources = project / "chalicelib" / "wall" / "resources.yaml"
    notes = "{Type: AWS::SNS::Topic, Properties: {TopicName: !Sub 'commonplace-${Stage}-notes'}}"
    save(resources, lambda text: text.replace("Resources:\n", f"Resources:\n  Notes: {notes}\n", 1))
    topics = root(workshop, "sns")
    until(lambda: any(one["TopicArn"].endswith("-notes") for one in topics.list_topics()["Topics"]), 60)


def test_a_mistake_is_said_and_the_old_code_answers(workshop: RunningStage, project: Path) -> None:
    settings = project / "chalicelib" / "core" / "settings.py"
    good, before, said = settings.read_text("utf-8"), version(workshop), workshop.output
    try:
        save(settings, lambda text: text + "\ndef broken(:\n")
        until(lambda: "Not deployed: " in workshop.output.removeprefix(said), 60)
        assert version(workshop) == before
    finally:
        save(settings, lambda _: good.replace(f'VERSION = "{before}"', 'VERSION = "8.8.8"'))
    until(lambda: version(workshop) == "8.8.8", 60)
    (line,) = [line for line in workshop.output.removeprefix(said).splitlines() if "Not deployed" in line]
    assert "SyntaxError" in line and "settings.py" in line, line
    assert "Traceback" not in workshop.output


def test_a_saved_page_is_there_on_reload(workshop: RunningStage, project: Path) -> None:
    index, fresh = project / "frontend" / "index.html", project / "frontend" / "fresh.txt"
    save(index, lambda text: text.replace("</title>", " saved</title>"))
    assert " saved</title>" in requests.get(f"{workshop.address}/", timeout=10).text
    fresh.write_text("fresh", "utf-8")
    assert requests.get(f"{workshop.address}/fresh.txt", timeout=10).text == "fresh"
    fresh.unlink()
    assert requests.get(f"{workshop.address}/fresh.txt", timeout=10).status_code in (403, 404)


def test_a_broken_page_is_named_until_it_is_mended(workshop: RunningStage, project: Path) -> None:
    script = project / "frontend" / "core" / "times.js"
    good = script.read_text("utf-8")
    save(script, lambda text: f'import "./nothing.js";\n{text}')
    broken = requests.get(f"{workshop.address}/", timeout=10)
    assert (broken.status_code, "core/nothing.js" in broken.text) == (500, True)
    save(script, lambda _: good)
    assert requests.get(f"{workshop.address}/", timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text.replace("Resources:\n", "Resources: [\n", 1), "chalicelib/albums/resources.yaml"),
        (lambda text: text.replace("AWS::DynamoDB::Table\n", "AWS::DynamoDB::NoSuchThing\n", 1), "NoSuchThing"),
        (lambda text: f"{text}\nOutputs:\n  Some: {{Value: !Ref NoSuchTable}}\n", "NoSuchTable"),
    ],
    ids=["no YAML", "no such type", "no such resource"],
)
def test_a_broken_template(project: Path, tmp_path: Path, change: Callable[[str], str], named: str) -> None:
    template = project / "chalicelib" / "albums" / "resources.yaml"
    good = template.read_text("utf-8")
    save(template, change)
    ports = ("--port", str(free_port()), "--cloud-port", str(free_port()))
    try:
        assert named in start_and_fail("--stage", a_name(), "--data", str(tmp_path), *ports, project=project)
    finally:
        template.write_text(good, "utf-8")
