"""Who is told of what happens in each area, as the streams' functions tell it, and the routes of notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import app
from chalicelib.account.api import people
from chalicelib.articles.api import articles
from chalicelib.chat.api import conversations, messages
from chalicelib.comments.api import comments
from chalicelib.core import mentions
from chalicelib.core.notices import State
from chalicelib.core.streams import Change
from chalicelib.notices.inbox import told_of
from chalicelib.speech.api import jobs, leases
from chalicelib.wall.api import wall
from tests.support.events import ADA, BOB, CONTEXT, Api, a_record, claims

Json = dict[str, Any]
CLEO = claims("cleo", "authors")
AT_BOB, AT_CLEO = "@[Bob](bob)", "@[Cleo](cleo)"


@pytest.fixture
def here(api: Api) -> Api:
    """Ada, Bob and Cleo are here."""
    for who in (ADA, BOB, CLEO):
        api.call("GET", "/me", who=who)
    return api


def told(api: Api, who: Json) -> list[tuple[str, str]]:
    page = api.call("GET", "/notices", who=who).body
    return [(notice["text"], notice["url"]) for notice in page["items"]]


def deliver(function: Any, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
    for _ in range(2):  # records may come twice
        assert function({"Records": [a_record(1, before, after)]}, CONTEXT) == {"batchItemFailures": []}


def test_a_post_tells_those_it_mentions_until_it_is_deleted(here: Api) -> None:
    id = wall().add("ada", f"{AT_BOB} {AT_CLEO} @[Nobody](nobody) @[Me](ada)", "c1")["id"]
    post = wall().find(id)
    deliver(app.push_posts, None, post)
    assert told(here, BOB) == told(here, CLEO) == [("Ada mentioned you on the wall.", "/wall")]
    assert told(here, ADA) == []
    wall().remove(id, "ada")
    deliver(app.push_posts, post, None)
    assert told(here, BOB) == []
    deliver(app.push_posts, None, post)
    assert told(here, BOB) == [], "a late record of a post that is gone"


def test_a_message_tells_members_only(here: Api) -> None:
    talk = conversations().start("ada", ["bob"], None)[0]["id"]
    place = conversations().place(talk, "ada")
    sent, _ = messages().send(place, f"{AT_BOB} {AT_CLEO}", "c1")
    row = messages().as_it_is(talk, 1)
    deliver(app.push_messages, None, row)
    assert told(here, BOB) == [("Ada mentioned you in a conversation.", f"/chat/{talk}")]
    assert told(here, CLEO) == [], "she isn't in it"
    messages().delete(place, sent["id"])
    deliver(app.push_messages, row, messages().as_it_is(talk, 1))
    assert told(here, BOB) == []


def test_who_is_added_to_a_conversation_is_told(here: Api) -> None:
    talk = conversations().start("ada", ["bob"], None)[0]["id"]
    started = conversations().rows.get(talk)
    deliver(app.push_conversations, None, started)
    assert told(here, BOB) == [("Ada started a conversation with you.", f"/chat/{talk}")] and told(here, ADA) == []
    conversations().add_member(conversations().place(talk, "ada"), "cleo")
    joined = conversations().rows.get(talk)
    deliver(app.push_conversations, started, joined)
    assert told(here, CLEO) == [("You were added to a conversation.", f"/chat/{talk}")]
    conversations().leave(conversations().place(talk, "cleo"))
    deliver(app.push_conversations, joined, conversations().rows.get(talk))
    deliver(app.push_conversations, started, joined)
    assert told(here, CLEO) == [], "who left is not led there, not even by a late record"


def test_a_comment_tells_the_author_and_those_it_mentions(here: Api) -> None:
    body = {"title": "Cats", "body": "Text", "status": "published"}
    article = articles().add(body, "cleo")[0]
    path = "/blog/articles/cats/comments"
    said = here.call("POST", path, who=ADA, json={"text": f"{AT_BOB} {AT_CLEO}", "clientId": "c1"}).body
    row = comments().get(articles().id_of_published("cats"), said["id"])
    deliver(app.tell_comments, None, row)
    assert told(here, CLEO) == [("Ada commented on your article.", "/blog/cats")], "once, though it mentions her too"
    assert told(here, BOB) == [("Ada mentioned you in a comment.", "/blog/cats")]
    here.call("DELETE", f"{path}/{said['id']}", who=ADA)
    deliver(app.tell_comments, row, None)
    assert told(here, CLEO) == told(here, BOB) == []
    articles().change("cats", {**body, "status": "draft"}, article["version"])
    deliver(app.tell_comments, None, {**row, "id": "01KAZ3T3M8V2Q6W9X4Y7B5C1DE"})
    assert told(here, CLEO) == [], "nobody sees a comment on a draft"


def test_a_text_that_became_ready_or_failed_is_told(here: Api) -> None:
    texts = [jobs().add("ada", {"text": text, "voice": "Lucia"}) for text in ("Hello", "Goodbye")]
    leases().fail(leases().take(texts[0]), "No.")
    leases().finish(leases().take(texts[1]), 1.5)
    keys = [{"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "1", "Keys": a_key(text["id"])}} for text in texts]
    for _ in range(2):
        assert app.tell_speech({"Records": keys}, CONTEXT) == {"batchItemFailures": []}
    says = ("A text of yours is ready to hear.", "A text of yours could not be spoken.")
    assert sorted(told(here, ADA)) == sorted((text, "/speech") for text in says)
    for text in texts:
        jobs().remove("ada", text["id"])
    assert app.tell_speech({"Records": keys}, CONTEXT) == {"batchItemFailures": []}
    assert told(here, ADA) == []


def a_key(id: str) -> Json:
    return {"person": {"S": "ada"}, "id": {"S": id}}


def test_one_sees_and_reads_only_ones_own(here: Api) -> None:
    deliver(app.push_posts, None, wall().find(wall().add("ada", AT_BOB, "c1")["id"]))
    [notice] = here.call("GET", "/notices", who=BOB).body["items"]
    here.call("PUT", "/notices/read", who=ADA, json={"id": notice["id"]}).problem(404)
    assert here.call("PUT", "/notices/read", who=BOB, json={"id": notice["id"]}).status == 204
    assert here.call("GET", "/notices", who=BOB).body["items"] == [{**notice, "read": True}]


def test_all_kinds_are_offered_and_can_be_left_out(here: Api) -> None:
    offered = here.call("GET", "/me/notices", who=ADA).body["kinds"]
    assert {one["kind"] for one in offered} >= {"mention", "comment", "conversation", "speech"}
    assert all(one["wanted"] and one["says"] for one in offered)
    chosen = here.call("PUT", "/me/notices", who=BOB, json={"kinds": [{"kind": "mention", "wanted": False}]})
    assert [one["kind"] for one in chosen.body["kinds"] if not one["wanted"]] == ["mention"]
    refused = here.call("PUT", "/me/notices", who=ADA, json={"kinds": [{"kind": "spam", "wanted": True}]})
    assert (refused.status, refused.pointers) == (422, ["/kinds/0/kind"])
    deliver(app.push_posts, None, wall().find(wall().add("ada", AT_BOB, "c1")["id"]))
    assert told(here, BOB) == []


def test_only_notices_and_what_is_read_of_them_is_pushed() -> None:
    row: State = {"person": "ada", "id": "1"}
    note: State = {"person": "told#ada", "id": "post 1"}
    assert told_of(Change("INSERT", None, row)) == told_of(Change("REMOVE", row, None)) == ("ada", "1")
    assert told_of(Change("INSERT", None, note)) is None


def test_who_left_is_told_nothing(here: Api) -> None:
    people().forget("bob")
    deliver(app.push_posts, None, wall().find(wall().add("ada", AT_BOB, "c1")["id"]))
    assert told(here, BOB) == []


def test_mentions_are_plain_text_and_few() -> None:
    text = "Hi @[Ada Lovelace](ada-1), @[x](<b>), @[a[b](c), @[Bob](bob) and @[Ada](ada-1)!"
    assert mentions.mentioned(text) == ["ada-1", "bob"]
    assert mentions.plain(text) == "Hi @Ada Lovelace, @[x](<b>), @[a[b](c), @Bob and @Ada!"
    crowd = "".join(f"@[N](n{number})" for number in range(50))
    assert mentions.mentioned(crowd) == [f"n{number}" for number in range(mentions.MOST)]
