"""An export on a deployed stage: with the rights that its function has, from asking to the zip."""

from __future__ import annotations

import io
import json
import zipfile

import requests

from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User, until


def test_from_asking_to_the_zip(stage: RunningStage, somebody: User, bruno: User) -> None:
    assert somebody.get("/me").status_code == 200 and somebody.get("/folder").status_code == 200
    somebody.post("/todos", {"title": "Milk"})
    talk = somebody.post("/conversations", {"members": [bruno.id]}).json()["id"]
    somebody.post(f"/conversations/{talk}/messages", {"text": "Hello", "clientId": "c1"})
    bruno.post(f"/conversations/{talk}/messages", {"text": "Not hers", "clientId": "c1"})
    assert somebody.get("/me/export").json() == {"status": "none"}
    with Socket(somebody) as page:
        page.post("On the wall", "c1")
        assert somebody.post("/me/export", None).status_code == 202
        pushed = page.until(lambda heard: heard["type"] == "notice" and heard["notice"]["kind"] == "export")
        assert pushed["notice"]["url"] == "/profile"
    made = somebody.get("/me/export").json()
    zipped = requests.get(made["url"], timeout=10)
    assert len(zipped.content) == made["bytes"]
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        assert archive.testzip() is None
        lists = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    texts = {name: [row.get("text") or row.get("title") for row in rows] for name, rows in lists.items()}
    assert (texts["messages.json"], texts["posts.json"], texts["todos.json"]) == (["Hello"], ["On the wall"], ["Milk"])
    [mail] = until(lambda: [mail for mail in stage.mails(somebody.email) if "export" in mail["subject"]])
    assert f"{stage.address}/#/profile" in mail["text"]
    assert somebody.delete("/me").status_code == 204
    until(lambda: requests.get(made["url"], timeout=10).status_code in (403, 404), 30)
