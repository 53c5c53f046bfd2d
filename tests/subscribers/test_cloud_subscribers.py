"""Subscribers of the deployed stage, through their mails: asked, confirmed, written to, and left alone."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests

from chalicelib.core.signed import SignedClient
from chalicelib.subscribers.subscribers import Subscribers, id_of
from tests.support.cloud import outputs, problem, root
from tests.support.stage import RunningStage, User, environment_of, until


def an_address(domain: str = "example.com", name: str = "") -> str:
    """A new mailbox's address, or another way to write the given one."""
    mark = secrets.token_hex(4)
    return f"{name}+{mark}@{domain}" if name else f"reader-{mark}@{domain}"


def subscribe(stage: RunningStage, email: str) -> requests.Response:
    answer = stage.call("POST", "/blog/subscribers", json={"email": email})
    assert answer.status_code == 202, answer.text
    return answer


def mailed(stage: RunningStage, email: str, subject: str) -> dict[str, Any]:
    """The newest mail to this address that begins like this, once it is there."""
    until(lambda: [mail for mail in stage.mails(email) if mail["subject"].startswith(subject)], 30)
    return next(mail for mail in stage.mails(email) if mail["subject"].startswith(subject))


def token_in(mail: dict[str, Any]) -> str:
    found = re.search(r"token=(\S+)", mail["text"])
    assert found
    return found[1]


def confirmed(stage: RunningStage, email: str) -> dict[str, Any]:
    """The welcome."""
    subscribe(stage, email)
    token = token_in(mailed(stage, email, "Confirm"))
    assert stage.call("POST", "/blog/subscribers/confirm", json={"token": token}).status_code == 204
    return mailed(stage, email, "You are subscribed")


def published(author: User) -> str:
    """The title of a new article."""
    title = f"News {secrets.token_hex(4)} & more"
    answer = author.post("/blog/articles", {"title": title, "body": "Something *new*.", "status": "published"})
    assert answer.status_code == 201, answer.text
    return title


def mailbox(stage: RunningStage) -> list[dict[str, Any]]:
    """Every mail sent."""
    box: list[dict[str, Any]] = requests.get(f"{stage.address}/mailbox.json", timeout=20).json()
    return box


@pytest.fixture(scope="module")
def rows(stage: RunningStage) -> Subscribers:
    database = SignedClient("dynamodb", environ=environment_of(stage))
    found = outputs(stage)
    return Subscribers(database, found["SubscribersTable"], found["CountersTable"])


def test_from_asking_to_the_one_click(stage: RunningStage, curator: User) -> None:
    leaving, staying = an_address(), an_address()
    welcome = confirmed(stage, leaving)
    confirmed(stage, staying)
    assert "<html" in welcome["html"] and f"{stage.address}/#/subscription/end?token=" in welcome["text"]

    first = published(curator)
    for address in (leaving, staying):
        mail = mailed(stage, address, first)
        assert f"{stage.address}/read/news-" in mail["text"] and "&amp; more" in mail["html"]
        assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [way_out] = re.findall(r"^<(.+)>$", mailed(stage, leaving, first)["headers"]["List-Unsubscribe"])
    assert way_out.startswith(f"{stage.address}/api/"), "at the site's own address"
    assert requests.get(way_out, timeout=20).status_code == 405, "a program that opens every link ends nothing"
    mailed(stage, leaving, published(curator))

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = requests.post(way_out, data="List-Unsubscribe=One-Click", headers=form, timeout=20)
        assert answer.status_code == 204, answer.text
    last = published(curator)
    mailed(stage, staying, last)
    assert last not in [mail["subject"] for mail in stage.mails(leaving)]
    for address in (leaving, staying):
        counted = Counter(mail["subject"] for mail in stage.mails(address))
        assert set(counted.values()) == {1}


def test_the_answer_is_the_same_for_every_address(stage: RunningStage, rows: Subscribers) -> None:
    known, gone, bouncing = an_address(), an_address(), an_address("simulator.amazonses.com", "bounce")
    confirmed(stage, known)
    rows.end(token_in(confirmed(stage, gone)))
    answers = [subscribe(stage, email) for email in (an_address(), known, gone, bouncing, known.upper())]
    assert len({answer.text for answer in answers}) == 1
    assert len({frozenset(answer.headers) for answer in answers}) == 1
    problem(stage.call("POST", "/blog/subscribers", json={"email": "nobody"}), 422)


@pytest.mark.parametrize("name", ["bounce", "complaint"])
def test_who_can_not_be_reached_or_complains_is_left_alone(stage: RunningStage, rows: Subscribers, name: str) -> None:
    """By AWS's mailbox simulator, through the topic to which SES reports."""
    address = an_address("simulator.amazonses.com", name)
    subscribe(stage, address)
    mailed(stage, address, "Confirm")
    until(lambda: rows.row(id_of(address))["status"] == "stopped", 20)
    assert address not in str(rows.row(id_of(address)))
    subscribe(stage, address)
    confirmed(stage, an_address())  # by then the row's stream is read
    assert len(stage.mails(address)) == 1


def test_a_hundred_ways_to_write_one_address_bring_three_mails(stage: RunningStage, rows: Subscribers) -> None:
    name = f"victim-{secrets.token_hex(4)}"
    addresses = [f"{name}+{number}@example.com" for number in range(100)]
    for address in addresses:
        rows.ask(address)
    assert subscribe(stage, addresses[0]).text == subscribe(stage, an_address()).text
    confirmed(stage, an_address())  # a later request is served: nothing more is on its way
    assert len([mail for mail in mailbox(stage) if name in mail["to"]]) == 3
    database = root(stage, "dynamodb")
    kept = [str(database.scan(TableName=table)["Items"]) for table in (rows.table, rows.counters)]
    assert kept[0].count(name) == 3 and name not in kept[1], "an address that is not written to is not kept"


def _is_questioned(rows: Subscribers, address: str) -> bool:
    return "questioned" in rows.row(id_of(address))


def test_a_thousand_at_once(stage: RunningStage, rows: Subscribers) -> None:
    """Of several domains: none exceeds its bound."""
    mark = secrets.token_hex(4)
    addresses = [f"reader{number}-{mark}@{number % 4}.example.com" for number in range(1000)]
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(lambda address: rows.ask(address), addresses):
            pass

    for last in addresses[99::100]:  # each hundred soon after the one before
        until(partial(_is_questioned, rows, last), 60)
    confirmed(stage, an_address())  # a later request is served: nothing more is on its way
    counted = Counter(mail["to"] for mail in mailbox(stage) if mark in mail["to"])
    assert counted == Counter(addresses)
