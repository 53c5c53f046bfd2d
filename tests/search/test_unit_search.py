"""What searches find, for whom, page by page; and an index that ends right, however its events come."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

import app
from chalicelib.articles.api import articles
from chalicelib.chat.api import conversations, messages
from chalicelib.core import finding, ids, tokens
from chalicelib.core import index as indexes
from chalicelib.core.bounds import counters_of
from chalicelib.core.finding import index, kinds
from chalicelib.core.index import CARDS, ON_A_CARD
from chalicelib.core.things import Thing
from chalicelib.search.api import erase_index, index_left
from chalicelib.speech.api import jobs
from chalicelib.todos.api import erase_todos
from chalicelib.wall.api import wall
from chalicelib.wall.wall import key_of
from tests.support.events import ADA, BOB, CONTEXT, Api, claims
from tests.support.tables import Tables

CLEO = claims("cleo")
NAMED = {"post": "excerpt", "message": "excerpt"}


@pytest.fixture(autouse=True)
def everybody(api: Api) -> None:
    for who in (ADA, BOB, CLEO):
        assert api.call("GET", "/me", who=who).status == 200


def search(api: Api, q: str, who: dict[str, Any] | None = ADA, **query: str) -> dict[str, Any]:
    answer = api.call("GET", "/search", who=who, query={"q": q, **query})
    assert answer.status == 200, answer.text
    page: dict[str, Any] = answer.body
    return page


def found(api: Api, q: str, who: dict[str, Any] | None = ADA, **query: str) -> list[tuple[str, str]]:
    """Of all pages, the kinds and titles, or what was written."""
    items, page = [], search(api, q, who, **query)
    while page["next"]:
        items += page["items"]
        page = search(api, q, who, **query, after=page["next"])
    return [(item["kind"], item[NAMED.get(item["kind"], "title")]) for item in [*items, *page["items"]]]


def tell(table: str, *keys: dict[str, Any]) -> dict[str, Any]:
    """The function that follows the table gets a record of each of these rows."""
    typed = [{name: {"N" if isinstance(v, int) else "S": str(v)} for name, v in key.items()} for key in keys]
    records = [{"dynamodb": {"SequenceNumber": str(n), "Keys": key}} for n, key in enumerate(typed)]
    answer: dict[str, Any] = getattr(app, f"index_{table}")({"Records": records}, CONTEXT)
    return answer


def a_post(text: str, by: str = "ada") -> dict[str, Any]:
    id = wall().add(by, text, ids.new_id())["id"]
    key = dict(zip(("strip", "id"), key_of(id), strict=True))
    assert tell("posts", key) == {"batchItemFailures": []}
    return key


def a_todo(api: Api, title: str, who: dict[str, Any] = ADA, **more: Any) -> dict[str, Any]:
    todo = api.call("POST", "/todos", who=who, json={"title": title, **more}).body
    key = {"person": who["sub"], "id": todo["id"]}
    tell("todos", key)
    return key


def a_message(conversation: str, by: str, text: str) -> dict[str, Any]:
    place = conversations().place(conversation, by)
    sent, _ = messages().send(place, text, ids.new_id())
    key = {"conversation": conversation, "number": int(sent["id"])}
    tell("messages", key)
    return key


def left_in_the_index(tables: Tables) -> list[Any]:
    name = index().table
    return list(tables.database.scan(TableName=name)["Items"])


def test_beginnings_of_all_words_in_any_order(api: Api) -> None:
    a_todo(api, "Buy Ágætis byrjun on vinyl", notes="For Grace's birthday")
    for q in ("agæt", "ÁGÆTIS", "byr vin", "vinyl buy", "graces birth", "b"):
        assert [kind for kind, _ in found(api, q)] == ["todo"], q
    for q in ("gætis", "vinyl tape", "inyl"):
        assert found(api, q) == [], q
    assert search(api, " !? ")["items"] == []


def test_each_item_says_what_it_is_and_where(api: Api) -> None:
    a_post("Rain on the roof")
    [item] = search(api, "rain", None)["items"]
    assert (item["kind"], item["title"], item["excerpt"], item["url"]) == (
        "post",
        "Ada",
        "Rain on the roof",
        "/#/wall",
    )


def test_exact_words_come_first_then_the_latest_and_each_thing_once(api: Api) -> None:
    for text in ("Singers sing", "A single one", "Sing old", "Sing new"):
        a_post(text)
    assert [text for _, text in found(api, "sing")] == ["Sing new", "Sing old", "Singers sing", "A single one"]


def test_titles_come_before_texts(api: Api) -> None:
    for title in ("About rain", "Roof", "Rain", "Rain again"):
        a_todo(api, title, notes="the rain")
    titles = [title for _, title in found(api, "rain")]
    assert titles == ["Rain", "Rain again", "About rain", "Roof"]


def test_who_sees_what(api: Api) -> None:
    """Posts are for anyone, albums for who is signed in, to-dos for their owner, messages for members."""
    a_post("Blue post")
    album = {"rank": 1, "title": "Blue", "artist": "Joni", "year": 1971, "genre": "Folk"}
    tell("albums", {"id": api.call("POST", "/albums", who=BOB, json=album).body["id"]})
    a_todo(api, "Blue to-do", ADA)
    conversation = conversations().start("ada", ["bob"], "Blue talk")[0]["id"]
    a_message(conversation, "bob", "Blue message")
    tell("speech", {"person": "ada", "id": jobs().add("ada", {"text": "Blue text", "voice": "Amy"})["id"]})
    shared = {"album", "conversation", "message", "post"}
    for who, sees in ((None, {"post"}), (CLEO, {"album", "post"}), (BOB, shared), (ADA, {*shared, "speech", "todo"})):
        assert {kind for kind, _ in found(api, "blue", who)} == sees
    assert found(api, "blue", ADA, kind="todo") == [("todo", "Blue to-do")]
    assert found(api, "blue", None, kind="todo") == []
    assert api.call("GET", "/search", who=ADA, query={"q": "blue", "kind": "x"}).problem(400)
    assert api.call("GET", "/search", who=ADA).problem(400)


def test_who_has_left_a_conversation_finds_nothing_of_it(api: Api) -> None:
    conversation = conversations().start("ada", ["bob"], "Secret plans")[0]["id"]
    a_message(conversation, "ada", "Secret message")
    assert {kind for kind, _ in found(api, "secret", BOB)} == {"conversation", "message"}
    conversations().leave(conversations().place(conversation, "bob"))
    assert found(api, "secret", BOB) == []
    assert {kind for kind, _ in found(api, "secret", ADA)} == {"conversation", "message"}


def test_a_conversation_is_found_by_its_members_names(api: Api) -> None:
    conversations().start("ada", ["bob"], None)
    assert found(api, "bob") == [("conversation", "Bob")]
    assert found(api, "ada") == []  # one's own name is in all of them


def test_page_by_page_everything_once(api: Api) -> None:
    for number in range(5):
        a_post(f"Word post {number}")
        a_todo(api, f"Word words todo {number}")
    for round in range(22):
        conversation = conversations().start("ada", ["bob"], f"Word talk {round}")[0]["id"]
        a_message(conversation, "bob", f"Word message {round}")
    whole = found(api, "wor", limit="100")
    assert len(whole) == len(set(whole)) == 5 + 5 + 22 + 22
    for limit in ("7", "50"):
        assert sorted(found(api, "wor", limit=limit)) == sorted(whole)
    first = [item["kind"] for item in search(api, "wor", limit="4")["items"]]
    assert sorted(first) == ["conversation", "message", "post", "todo"], "the best of each kind"


def test_a_cursor_fits_only_its_search(api: Api) -> None:
    for number in range(3):
        a_post(f"Word {number}")
    after = search(api, "word", None, limit="1")["next"]
    for q, who in (("wo", None), ("word", ADA)):
        api.call("GET", "/search", who=who, query={"q": q, "after": after}).problem(400)


def tampered(after: str, place: str) -> str:
    """The cursor with another place in each list."""
    mark, [group, *places] = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    return base64.urlsafe_b64encode(json.dumps([mark, [group, *(place for _ in places)]]).encode()).decode()


@pytest.mark.parametrize("place", ["!", "x", "!%%%%", "!a", b"zebra", b"apple 3", b"word\xff"])
def test_a_cursor_that_somebody_wrote_is_refused_or_leads_nowhere_else(api: Api, place: str | bytes) -> None:
    a_post("Apple")
    for number in range(3):
        a_post(f"Word {number}")
    after = search(api, "word", None, limit="1")["next"]
    forged = tampered(after, place if isinstance(place, str) else f"!{base64.urlsafe_b64encode(place).decode()}")
    answer = api.call("GET", "/search", query={"q": "word", "limit": "1", "after": forged})
    if place != "!":
        answer.problem(400)
    else:
        assert answer.status == 200


def test_the_longest_words_and_addresses_have_a_next_page(api: Api) -> None:
    word = "山" * 24
    for number in range(3):
        slug = f"{'a' * 60}-{number:08d}"
        articles().rows.put({**ARTICLE, "slug": slug, "body": f"About {word}"})
        index().keep(kinds["article"], (slug, "article"))
    assert len(found(api, word, None, limit="1")) == 3


def test_what_changes_is_found_by_its_new_words_only(api: Api) -> None:
    key = a_todo(api, "Old words")
    api.call("PATCH", f"/todos/{key['id']}", who=ADA, json={"title": "New words"})
    for _ in range(2):
        tell("todos", key)
    assert found(api, "old") == [] and found(api, "new words") == [("todo", "New words")]


def test_nothing_is_left_of_what_is_deleted(api: Api, own_tables: Tables) -> None:
    post, todo = a_post("Gone soon"), a_todo(api, "Gone soon, too")
    conversation = conversations().start("ada", ["bob"], None)[0]["id"]
    message = a_message(conversation, "ada", "Gone as well")
    assert len(left_in_the_index(own_tables)) == (1 + 2) + (1 + 3) + (1 + 3)
    wall().remove(post["id"], "ada")
    api.call("DELETE", f"/todos/{todo['id']}", who=ADA)
    messages().delete(conversations().place(conversation, "ada"), f"{message['number']:012d}")
    for table, key in (("posts", post), ("todos", todo), ("messages", message)):
        tell(table, key)
    assert left_in_the_index(own_tables) == []


def test_a_late_record_brings_nothing_back(api: Api, own_tables: Tables) -> None:
    post = a_post("Gone")
    wall().remove(post["id"], "ada")
    tell("posts", post, post)
    tell("posts", post)
    assert left_in_the_index(own_tables) == []


def test_a_deletion_in_the_middle_wins(api: Api, own_tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is indexed as it was while another function, quicker, learns that it has gone."""
    post = wall().add("ada", "Gone meanwhile", "c1")
    key = key_of(post["id"])
    kind = kinds["post"]
    replace = indexes.Index._replace

    def later(self: Any, *given: Any) -> None:
        monkeypatch.setattr(indexes.Index, "_replace", replace)
        wall().remove(post["id"], "ada")
        index().keep(kind, key)
        replace(self, *given)

    monkeypatch.setattr(indexes.Index, "_replace", later)
    index().keep(kind, key)
    assert left_in_the_index(own_tables) == []


def test_of_two_at_once_the_later_state_stays(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    key = a_todo(api, "First")
    replace = indexes.Index._replace

    def later(self: Any, *given: Any) -> None:
        monkeypatch.setattr(indexes.Index, "_replace", replace)
        api.call("PATCH", f"/todos/{key['id']}", who=ADA, json={"title": "Third"})
        tell("todos", key)
        replace(self, *given)

    api.call("PATCH", f"/todos/{key['id']}", who=ADA, json={"title": "Second"})
    monkeypatch.setattr(indexes.Index, "_replace", later)
    tell("todos", key)
    assert [found(api, word) for word in ("first", "second", "third")] == [[], [], [("todo", "Third")]]


def test_long_texts_are_found_by_their_first_words(api: Api, own_tables: Tables) -> None:
    words = [f"w{number:03d}x" for number in range(250)]
    key = a_todo(api, "Long", notes=" ".join(words))
    most = CARDS * ON_A_CARD
    assert found(api, words[most - 2]) and not found(api, words[most])
    assert len(left_in_the_index(own_tables)) == most + CARDS
    api.call("PATCH", f"/todos/{key['id']}", who=ADA, json={"notes": " ".join(reversed(words[:60]))})
    tell("todos", key)
    assert found(api, words[0]) and found(api, words[59]) and not found(api, words[100])
    assert len(left_in_the_index(own_tables)) == 61 + 2


def test_nothing_is_left_of_who_leaves(api: Api, own_tables: Tables) -> None:
    key = a_todo(api, "Mine alone")
    assert list(index_left("ada"))
    erase_index("ada")
    assert not list(index_left("ada")) and found(api, "mine") == []
    erase_todos("ada")
    tell("todos", key)
    assert left_in_the_index(own_tables) == []


def test_a_record_that_changes_no_words_costs_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"person": {"S": "ada"}, "id": {"S": ids.new_id()}, "title": {"S": "Milk"}, "notes": {"S": ""}}
    row["createdAt"] = {"S": ids.now()}
    told = {"SequenceNumber": "1", "Keys": {name: row[name] for name in ("person", "id")}}
    record = {"dynamodb": {**told, "OldImage": row, "NewImage": {**row, "completed": {"BOOL": True}}}}
    monkeypatch.setattr(finding, "index", lambda: pytest.fail("was asked"))
    assert app.index_todos({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}


def test_one_record_that_fails_keeps_none_from_being_indexed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [a_todo(api, f"Number {number}") for number in range(2)]
    keep = indexes.Index.keep

    def failing(self: Any, kind: Any, key: Any) -> None:
        if key[1] == keys[0]["id"]:
            raise ConnectionError
        keep(self, kind, key)

    monkeypatch.setattr(indexes.Index, "keep", failing)
    for number, key in enumerate(keys):
        api.call("PATCH", f"/todos/{key['id']}", who=ADA, json={"title": f"Changed {number}"})
    assert tell("todos", *keys) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert found(api, "changed") == [("todo", "Changed 1")]


ARTICLE = {
    "slug": "on-rain",
    "part": "article",
    "shelf": "published",
    "id": "1",
    "title": "On rain",
    "summary": "It rains.",
    "body": "It rains cats and dogs",
    "tags": ["weather"],
    "publishedAt": "2026-11-01T00:00:00.000Z",
}


@pytest.mark.parametrize("hidden", [{"shelf": "drafts"}, {"part": "tag#weather", "shelf": "tag#weather"}])
def test_only_what_is_published_is_found(hidden: dict[str, str]) -> None:
    read: Callable[[Any], Thing | None] = kinds["article"].thing
    assert read({**ARTICLE, **hidden}) is None
    thing = read(ARTICLE)
    assert thing and thing.title == "On rain" and "dogs" in thing.words


def test_searches_of_who_is_signed_in_are_counted(api: Api) -> None:
    for who in (ADA, ADA, None):
        search(api, "a", who)
    counted = [counter["used"] for counter in counters_of("ada") if counter["id"].startswith("searches#")]
    assert sum(counted) == 2


def test_a_token_that_is_not_valid_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_fetched", lambda pool: {"another": (15, 3)})
    monkeypatch.setenv("USER_POOL_ID", "eu-central-1_x")
    api.call("GET", "/search", query={"q": "a"}, headers={"Authorization": "Bearer a.b.c"}).problem(401)
