"""Functions that events set going, interrupted at any call to AWS: the event comes again until it succeeds."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

import app
from chalicelib.articles import api as articles_api
from chalicelib.core import aws, directory, mailer, settings
from chalicelib.core.items import plain
from chalicelib.subscribers import api as subscriber_api
from chalicelib.subscribers.subscribers import id_of
from tests.interruptions.cuts import Cut, Fault, Killed, Knife, cuts_of, restore, state
from tests.support.events import ADA, BOB, CONTEXT, Api, a_record
from tests.support.tables import Tables

READERS = ("ada@example.com", "bob@example.com")
ARTICLE = {"title": "Hello", "body": "Hello *you*", "status": "published"}
MAY_WRITE = {**ADA, "cognito:groups": "authors"}
_MOST_DELIVERIES = 4


class Ses:
    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    def send_email(self, **mail: Any) -> None:
        self.sent[mail["Destination"]["ToAddresses"][0]] += 1


@pytest.fixture
def knife(api: Api, monkeypatch: pytest.MonkeyPatch) -> Knife:
    knife = Knife()
    for service in ("dynamodb", "cognito-idp", "s3"):
        monkeypatch.setitem(aws._clients, service, knife.over(aws._clients[service]))
    return knife


@pytest.fixture
def ses(knife: Knife, monkeypatch: pytest.MonkeyPatch) -> Ses:
    ses = Ses()
    monkeypatch.setenv("MAIL_SENDER", "noreply@example.com")
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setitem(aws._clients, "sesv2", knife.over(ses))
    monkeypatch.setattr(mailer, "_PAUSES", (0.0,))
    return ses


def interrupted(
    knife: Knife, deliver: Callable[[], bool], mails: Counter[str] | None = None, faults: Sequence[Fault] = (*Fault,)
) -> Iterator[tuple[Cut, str]]:
    """After each interruption and what followed: where it was, and during which operation."""
    before = state()
    knife.cut = Cut()
    assert deliver()
    made = knife.cut.made
    assert made
    for cut in cuts_of(made):
        if cut.fault not in faults:
            continue
        restore(before)
        (mails or Counter()).clear()
        directory.forget()
        knife.cut = cut
        is_done = False
        with suppress(Killed):
            is_done = deliver()
        knife.cut = Cut()
        for _ in range(_MOST_DELIVERIES):
            is_done = is_done or deliver()
        assert is_done, f"{cut.fault} at {cut.at} of {made} keeps it from ever succeeding"
        assert deliver()  # events come twice
        yield cut, made[cut.at - 1]


def succeeded(function: Callable[[Any, Any], Any], event: Any) -> bool:
    try:
        answer = function(event, CONTEXT) or {}
    except Exception:
        return False
    return not answer.get("batchItemFailures")


def stored(slug: str) -> Any:
    return articles_api.articles().found(slug)


def records_of(tables: Tables, table: str) -> dict[str, Any]:
    """All its rows, as if each had just come."""
    rows = tables.items(settings.table(table))
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"{n}", "Keys": {}, "NewImage": row}}
            for n, row in enumerate(rows)
        ]
    }


def subscribed(tables: Tables) -> None:
    desk = subscriber_api.subscribers()
    for address in READERS:
        desk.ask(address)
        [wish] = [row for row in map(plain, tables.items(desk.table)) if row.get("wants") == address]
        desk.grant(wish)
        _, token = desk.to_question(id_of(address), desk.row(id_of(address))["round"]) or ("", "")
        desk.confirm(token)


def test_a_mailing_reaches_everyone_and_nobody_twice(api: Api, knife: Knife, ses: Ses, own_tables: Tables) -> None:
    subscribed(own_tables)
    article = api.call("POST", "/blog/articles", who=MAY_WRITE, json=ARTICLE).body
    news = {"id": stored(article["slug"])["id"], "slug": article["slug"]}
    announced: dict[str, Any] = {
        "Records": [{"Sns": {"Message": json.dumps(news), "Subject": None, "MessageAttributes": {}}}]
    }

    def deliver() -> bool:
        return succeeded(app.announce_articles, announced) and succeeded(
            app.mail_article, records_of(own_tables, "mailings")
        )

    for cut, operation in interrupted(knife, deliver, ses.sent):
        assert all(count == 1 for count in ses.sent.values()), (cut, ses.sent)
        # Noted, but never known to be sent: rather no mail than two.
        may_miss = cut.fault in (Fault.KILLED, Fault.LOST) and operation in ("TransactWriteItems", "SendEmail")
        assert len(ses.sent) == len(READERS) or (may_miss and len(ses.sent) == len(READERS) - 1), (cut, operation)
        [progress] = [row for row in own_tables.items(settings.table("mailings")) if "steps" in row]
        assert "done" in progress


def test_who_asks_to_subscribe_gets_one_mail(api: Api, knife: Knife, ses: Ses, own_tables: Tables) -> None:
    api.call("POST", "/blog/subscribers", json={"email": READERS[0]})

    def deliver() -> bool:
        # The wish, and then the row that granting it changed.
        return all(succeeded(app.mail_subscribers, records_of(own_tables, "subscribers")) for _ in range(2))

    for cut, operation in interrupted(knife, deliver, ses.sent):
        may_miss = cut.fault in (Fault.KILLED, Fault.LOST)
        assert ses.sent == {READERS[0]: 1} or (may_miss and not ses.sent), (cut, operation)


def test_an_article_that_is_due_is_published_once(api: Api, knife: Knife, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = articles_api.articles()
    later = {**ARTICLE, "publishAt": "2100-01-01T00:00:00Z"}
    slug = api.call("POST", "/blog/articles", who=MAY_WRITE, json=later).body["slug"]
    monkeypatch.setattr(type(articles), "_now", lambda self: "2100-01-01T00:00:01.000Z")
    tick = {"version": "0", "account": "", "region": "", "detail": {}, "detail-type": "", "source": "", "time": ""}
    tick |= {"id": "", "resources": []}

    for cut, operation in interrupted(knife, lambda: succeeded(app.publish_articles, tick)):
        article = articles.read(slug)
        assert (article["status"], article["version"]) == ("published", 2), (cut, operation)


def test_an_erased_account_leaves_nothing(api: Api, knife: Knife, user_pool: str, own_tables: Tables) -> None:
    aws.client("cognito-idp").admin_create_user(UserPoolId=user_pool, Username="ada")
    for who in (ADA, BOB):
        api.call("GET", "/me", who=who)
    api.call("POST", "/todos", who=ADA, json={"title": "Milk"})
    talk = api.call("POST", "/conversations", who=ADA, json={"members": ["bob"]}).body["id"]
    api.call("POST", f"/conversations/{talk}/messages", who=ADA, json={"text": "My secret", "clientId": "1"})
    article = api.call("POST", "/blog/articles", who=MAY_WRITE, json=ARTICLE).body
    api.call("POST", f"/blog/articles/{article['slug']}/comments", who=ADA, json={"text": "Well", "clientId": "1"})
    assert api.call("DELETE", "/me", who=ADA).status == 204
    mark = {"id": "ada", "erasedAt": "2026-11-27T00:00:00.000Z"}
    event = {"Records": [a_record(1, after=mark)]}
    erase = functools.partial(succeeded, app.erase_people, event)
    # Each of its writes can be repeated, so only where it ends matters.
    for cut, operation in interrupted(knife, erase, faults=(Fault.KILLED,)):
        held = json.dumps([own_tables.items(table) for table in own_tables._made if "People" not in table])
        assert "My secret" not in held and "Milk" not in held and "Well" not in held, (cut, operation)
        assert "ada@example.com" not in held and '"person": {"S": "ada"}' not in held, (cut, operation)
