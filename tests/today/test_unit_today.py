"""Each feature tells its part of the day, for one person; one that fails takes no other with it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.albums import api as albums
from chalicelib.albums.catalogue import MOST_OF_THE_DAY
from chalicelib.chat import api as chat
from chalicelib.core import today
from chalicelib.core.today import Part
from chalicelib.speech import api as speech
from chalicelib.wall import api as wall
from tests.albums.contract import a_body
from tests.support.events import ADA, BOB, Api, claims

DAY = "2026-12-24"
AUTHOR = claims("ada", "authors")
NOTHING_DONE = {"todo": False, "post": False, "conversation": False, "file": False, "speech": False}

Json = dict[str, Any]


def told(api: Api, who: Json = ADA, day: str = DAY) -> Json:
    found: Json = api.call("GET", "/today", who=who, query={"day": day}).body
    return found


def steps(api: Api, who: Json = ADA) -> dict[str, bool]:
    return {step["id"]: step["done"] for step in told(api, who)["steps"]}


def noted(api: Api, title: str, due: str | None = DAY, **more: Any) -> str:
    answer = api.call("POST", "/todos", who=ADA, json={"title": title, "due": due, **more})
    assert answer.status == 201, answer.text
    return str(answer.body["id"])


def titles(found: list[Json]) -> list[str]:
    return [one["title"] for one in found]


def spoken(api: Api, text: str = "Hello") -> str:
    """A text whose recording is ready."""
    id = str(api.call("POST", "/speech", who=ADA, json={"text": text, "voice": "Lucia"}).body["id"])
    speech.leases().finish(speech.leases().take(speech.jobs().get("ada", id)), 1.5)
    return id


def test_a_new_person_has_everything_before_them(api: Api) -> None:
    found = told(api)
    assert found.pop("missing") == []
    assert {step["id"]: step["done"] for step in found.pop("steps")} == NOTHING_DONE
    assert found.pop("todos") == {"overdue": [], "due": []}
    assert found.pop("album") is None
    assert found == {"articles": [], "conversations": [], "drafts": [], "posts": [], "speech": []}


def test_what_is_due_by_the_persons_own_day(api: Api) -> None:
    noted(api, "Late", "2026-12-23")
    noted(api, "Later still", "2026-11-02")
    noted(api, "Today")
    noted(api, "Tomorrow", "2026-12-25")
    noted(api, "Some day", None)
    noted(api, "Done", completed=True)
    found = told(api)["todos"]
    assert (titles(found["overdue"]), titles(found["due"])) == (["Later still", "Late"], ["Today"])
    elsewhere = told(api, day="2026-12-25")["todos"]
    assert (titles(elsewhere["overdue"]), titles(elsewhere["due"])) == (["Later still", "Late", "Today"], ["Tomorrow"])
    assert found["due"] == [api.call("GET", f"/todos/{found['due'][0]['id']}", who=ADA).body]
    assert told(api, BOB)["todos"] == {"overdue": [], "due": []}


@pytest.mark.parametrize("day", ["2026-02-30", "20261224", "tomorrow", "2026-1-1", "0000-01-01"])
def test_a_day_must_be_a_real_one(api: Api, day: str) -> None:
    refused = api.call("GET", "/today", who=ADA, query={"day": day})
    assert refused.status == 400 and refused.pointers == ["/day"]


def test_only_unread_conversations(api: Api) -> None:
    for person in (ADA, BOB):
        api.call("GET", "/me", who=person)
    id = api.call("POST", "/conversations", who=BOB, json={"members": ["ada"]}).body["id"]
    assert told(api)["conversations"] == []
    message, _ = chat.messages().send(chat.place("bob", id), "Hello", "c1")
    assert [(one["id"], one["unread"]) for one in told(api)["conversations"]] == [(id, 1)]
    assert told(api, BOB)["conversations"] == []
    api.call("PUT", f"/conversations/{id}/read", who=ADA, json={"messageId": message["id"]})
    assert told(api)["conversations"] == []


def test_a_text_is_new_until_its_owner_listens_to_it(api: Api) -> None:
    one, other = spoken(api, "One\nand more"), spoken(api, "Other " * 40)
    waiting = api.call("POST", "/speech", who=ADA, json={"text": "Later", "voice": "Lucia"}).body["id"]
    new = told(api)["speech"]
    assert [text["id"] for text in new] == [other, one]
    assert new[1]["title"] == "One" and len(new[0]["title"]) <= 80 and new[0]["title"].endswith("…")
    api.call("PUT", f"/speech/{one}/heard", who=BOB).problem(404)
    for id in (one, one, waiting):
        assert api.call("PUT", f"/speech/{id}/heard", who=ADA).status == 204
    speech.leases().finish(speech.leases().take(speech.jobs().get("ada", waiting)), 1.5)
    assert [text["id"] for text in told(api)["speech"]] == [waiting, other]


def test_the_album_of_the_day(api: Api) -> None:
    catalogue = albums.catalogue()
    for rank in (3, 7, 8, MOST_OF_THE_DAY + 1):
        catalogue.add(a_body(rank), None)
    days = [f"2026-12-{day:02d}" for day in range(1, 29)]
    chosen = [told(api, day=day)["album"]["rank"] for day in days]
    assert chosen == [told(api, BOB, day)["album"]["rank"] for day in days]
    assert set(chosen) == {3, 7, 8}


def test_drafts_are_for_those_who_write_and_their_own(api: Api) -> None:
    draft = {"title": "Draft", "body": "Text", "status": "draft"}
    api.call("POST", "/blog/articles", who=AUTHOR, json=draft)
    api.call("POST", "/blog/articles", who=AUTHOR, json={**draft, "title": "Out", "status": "published"})
    later = {**draft, "title": "Waits", "status": "published", "publishAt": "2099-01-01T00:00:00Z"}
    api.call("POST", "/blog/articles", who=AUTHOR, json=later)
    assert titles(told(api, AUTHOR)["drafts"]) == ["Draft"]
    assert titles(told(api, AUTHOR)["articles"]) == ["Out"]
    assert told(api, ADA)["drafts"] == [] == told(api, claims("bob", "authors"))["drafts"]


def test_the_first_steps_tick_themselves_off(api: Api) -> None:
    assert steps(api) == NOTHING_DONE
    todo = noted(api, "Milk", None)
    wall.wall().add("ada", "Hello", "c1")
    spoken(api)
    assert steps(api) == {**NOTHING_DONE, "todo": True, "post": True, "speech": True}
    for person in (ADA, BOB):
        api.call("GET", "/me", who=person)
    api.call("POST", "/conversations", who=BOB, json={"members": ["ada"]})
    assert steps(api)["conversation"] and steps(api, BOB) == {**NOTHING_DONE, "conversation": True}
    api.call("DELETE", f"/todos/{todo}", who=ADA)
    assert not steps(api)["todo"]


def fails(day: today.Day) -> Any:
    raise RuntimeError("no part today")


def test_one_part_that_fails_takes_no_other_with_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(today.parts, "posts", Part(fails, {}))
    noted(api, "Milk")
    found = told(api)
    assert found["missing"] == ["posts"] and "posts" not in found
    assert titles(found["todos"]["due"]) == ["Milk"]


def test_if_all_parts_fail_so_does_the_day(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(today, "parts", {"posts": Part(fails, {})})
    monkeypatch.setattr(today, "_steps", fails)
    api.call("GET", "/today", who=ADA).problem(500)
