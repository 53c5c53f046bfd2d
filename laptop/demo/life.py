"""What the demo people have been up to: their wall, conversations, folders, to-dos and spoken texts.

Each thing is added under an id of its own. So a start that was cut short is gone on with: nothing comes twice.
"""

from __future__ import annotations

import time
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from laptop.demo.drawing import drawn
from laptop.demo.folders import Folder
from laptop.demo.past import Past
from laptop.demo.persons import Person

Told = dict[str, Any]  # a table in life.toml
People = dict[str, Person]  # by first name

_LIFE: dict[str, list[Told]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def post(stage: str, people: People) -> str:
    for number, told in enumerate(_LIFE["posts"]):
        _then(stage, told).wall.add(people[told["by"]].id, told["text"], f"demo-{number}")
    return f"{len(_LIFE['posts'])} posts"


def comment(stage: str, people: People, articles: dict[str, str]) -> str:
    """`articles` has their ids, by the names of their files."""
    for number, told in enumerate(_LIFE["comments"]):
        writer, article = people[told["by"]].id, articles[told["article"]]
        _then(stage, told).comments.add(article, writer, told["text"], f"demo-{number}")
    return f"{len(_LIFE['comments'])} comments"


def talk(stage: str, people: People) -> str:
    for told in _LIFE["conversations"]:
        conversation = _begun(stage, people, told)
        sent = [_sent(stage, people, conversation, message, n) for n, message in enumerate(told["messages"])]
        for name, number in told["read"].items():
            last = {"messageId": sent[number - 1]}
            people[name].ask(f"/conversations/{conversation}/read", last, "PUT")
    return f"{sum(len(told['messages']) for told in _LIFE['conversations'])} messages"


def keep(outputs: dict[str, str], people: People) -> str:
    """The folders first: to-dos name files in them."""
    folders = {name: _filled(Folder.of(person, outputs), name) for name, person in people.items()}
    for number, told in enumerate(_LIFE["todos"]):
        people[told["of"]].ask("/todos", {**_todo(told, folders[told["of"]]), "clientId": f"demo-{number}"})
    return f"{len(_LIFE['todos'])} to-dos, {len(_LIFE['files'])} files"


def speak(people: People) -> str:
    for number, told in enumerate(_LIFE["spoken"]):
        text = {name: told[name] for name in ("text", "voice", "source")}
        people[told["by"]].ask("/speech", {**text, "clientId": f"demo-{number}"})
    return f"{len(_LIFE['spoken'])} spoken texts"


def _then(stage: str, told: Told) -> Past:
    return Past(stage, time.time() - 3600 * told["hours_ago"])


def _begun(stage: str, people: People, told: Told) -> str:
    members = [people[name].id for name in told["members"]]
    for there in people[told["members"][0]].ask("/conversations")["items"]:
        same = {member["id"] for member in there["members"]} == set(members)
        if same and there["title"] == told.get("title"):  # an earlier start was interrupted after it
            return str(there["id"])
    past = _then(stage, told["messages"][0])
    conversation, _ = past.conversations.start(members[0], members[1:], told.get("title"))
    return conversation["id"]


def _sent(stage: str, people: People, conversation: str, told: Told, number: int) -> str:
    past = _then(stage, told)
    place = past.conversations.place(conversation, people[told["by"]].id)
    message, _ = past.messages.send(place, told["text"], f"demo-{number}")
    return message["id"]


def _filled(folder: Folder, name: str) -> dict[str, Told]:
    """The person's files by path, each as a to-do names it."""
    files = {}
    for told in _LIFE["files"]:
        if told["of"] == name:
            path = told["path"]
            content = drawn(told["drawn"]) if "drawn" in told else told["text"].lstrip().encode()
            key = folder.put(path, content)
            files[path] = {"key": key, "name": path.rpartition("/")[2], "size": len(content)}
    return files


def _todo(told: Told, folder: dict[str, Told]) -> Told:
    todo: Told = {name: told[name] for name in ("title", "notes", "priority", "completed") if name in told}
    if "due" in told:
        todo["due"] = (date.today() + timedelta(days=told["due"])).isoformat()
    return {**todo, "files": [folder[told["file"]]]} if "file" in told else todo
