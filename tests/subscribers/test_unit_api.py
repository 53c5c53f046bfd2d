"""The routes of subscribers as the gateway calls them, and the handlers of their stream and of SES's notices."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import app
from chalicelib.core import aws, settings
from chalicelib.subscribers.subscribers import id_of
from tests.subscribers.support import Noted
from tests.support.events import CONTEXT, Answer, Api
from tests.support.tables import Tables

EMAIL = "ada@example.com"
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Ses:
    """Records what it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **mail: Any) -> None:
        self.sent.append(mail)

    @property
    def token(self) -> str:
        found = re.search(r"token=(\S+)", self.sent[-1]["Content"]["Simple"]["Body"]["Text"]["Data"])
        assert found
        return found[1]


@pytest.fixture
def ses(api: Api, monkeypatch: pytest.MonkeyPatch) -> Ses:
    monkeypatch.setenv("MAIL_SENDER", "noreply@example.com")
    monkeypatch.setenv("STAGE", "prod")
    ses = Ses()
    monkeypatch.setitem(aws._clients, "sesv2", ses)
    return ses


def flow(tables: Tables) -> None:
    """All rows as records, twice; then those that resulted."""
    for _ in range(2):
        items = tables.items(settings.table("subscribers"))
        records = [
            {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": str(n), "Keys": {}, "NewImage": item}}
            for n, item in enumerate(items)
        ]
        for _ in range(2):
            assert app.mail_subscribers({"Records": records}, CONTEXT) == {"batchItemFailures": []}


def subscribe(api: Api, email: str = EMAIL) -> Answer:
    return api.call("POST", "/blog/subscribers", json={"email": email})


def test_from_asking_to_the_end(api: Api, ses: Ses, own_tables: Tables) -> None:
    answers = [subscribe(api, email) for email in (EMAIL, "Ada@EXAMPLE.com", EMAIL)]
    flow(own_tables)
    [question] = ses.sent
    assert question["FromEmailAddress"] == "Commonplace <noreply@example.com>"
    assert (
        question["Destination"] == {"ToAddresses": [EMAIL]}
        and question["ConfigurationSetName"] == "commonplace-prod-letters"
    )
    for _ in range(2):
        assert api.call("POST", "/blog/subscribers/confirm", json={"token": ses.token}).status == 204
    flow(own_tables)
    assert len(ses.sent) == 2
    answers.append(subscribe(api))
    token = ses.token
    for how in (
        {"body": ONE_CLICK, "headers": FORM, "query": {"token": token}},
        {"json": {"token": token}},
        {"body": "", "headers": {"Content-Type": "multipart/form-data; boundary=x"}, "query": {"token": token}},
    ):
        assert api.call("POST", "/blog/subscribers/unsubscribe", **how).status == 204
    answers.append(subscribe(api, "bob@example.com"))
    assert len({(each.status, each.text, json.dumps(each.headers)) for each in answers}) == 1
    assert answers[0].status == 202


def test_no_route_that_is_open_asks_more_for_an_address_that_is_known(
    api: Api, ses: Ses, own_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answer nor the calls behind it reveal who subscribes."""
    subscribe(api)
    flow(own_tables)
    assert api.call("POST", "/blog/subscribers/confirm", json={"token": ses.token}).status == 204
    flow(own_tables)
    noted = Noted(aws.client("dynamodb"))
    monkeypatch.setitem(aws._clients, "dynamodb", noted)

    def seen(path: str, body: Any) -> tuple[Any, ...]:
        noted.calls.clear()
        answer = api.call("POST", path, json=body)
        return answer.status, answer.text, json.dumps(answer.headers), *noted.calls

    for email in (EMAIL, "nobody@example.com"):
        assert seen("/blog/subscribers", {"email": email})[3:] == ("put_item",)
    for what, calls in (("confirm", 1), ("unsubscribe", 2)):
        path = f"/blog/subscribers/{what}"
        known, unknown = (seen(path, {"token": f"{id_of(one)}.x"}) for one in (EMAIL, "nobody@example.com"))
        assert known == unknown and len(known) == 3 + calls
        assert seen(path, {"token": f"{'h' * 32}.x"})[0] == 404


def test_many_ways_to_write_one_address_bring_three_mails_and_the_same_answer(
    api: Api, ses: Ses, own_tables: Tables
) -> None:
    answers = [subscribe(api, f"ada+{number}@example.com") for number in range(12)]
    flow(own_tables)
    assert len(ses.sent) == 3 and {(each.status, each.text, json.dumps(each.headers)) for each in answers} == {
        (202, "", json.dumps(answers[0].headers))
    }
    assert len(own_tables.items(settings.table("subscribers"))) == 3, "what is not mailed is not kept"


def test_a_link_that_is_only_opened(api: Api, ses: Ses, own_tables: Tables) -> None:
    """Security scanners open every link in a mail."""
    subscribe(api)
    flow(own_tables)
    before = own_tables.items(settings.table("subscribers"))
    for what in ("confirm", "unsubscribe"):
        assert api.call("GET", f"/blog/subscribers/{what}", query={"token": ses.token}).problem(405)
    assert own_tables.items(settings.table("subscribers")) == before


@pytest.mark.parametrize("token", ["x", "a.b", "ä.ö", f"{id_of(EMAIL)}.x", "x" * 200])
def test_a_bad_token(api: Api, ses: Ses, token: str) -> None:
    for what in ("confirm", "unsubscribe"):
        assert api.call("POST", f"/blog/subscribers/{what}", json={"token": token}).problem(404)
    query = {"token": token}
    assert api.call("POST", "/blog/subscribers/unsubscribe", body=ONE_CLICK, headers=FORM, query=query).problem(404)
    assert api.call("POST", "/blog/subscribers/unsubscribe", body=ONE_CLICK, headers=FORM).problem(404)


@pytest.mark.parametrize(
    "email",
    ["", "x", "a@b", "a b@example.com", "a@example.com\n", "a@example.com, b@example.com", "<a@example.com>", "ä@b.de",
     "a@b..de", "a@-b.de", "a\r\nBcc: b@example.com", f"{'a' * 65}@example.com", f"a@{'b.' * 130}de", None, 7],
)  # fmt: skip
def test_what_is_no_address(door: Api, email: Any) -> None:
    answer = door.call("POST", "/blog/subscribers", json={"email": email})
    assert answer.problem(422) and answer.pointers == ["/email"]


def test_a_stage_that_sends_no_mail_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", "none")
    assert subscribe(api).problem(503)


def test_notices_of_ses(api: Api, ses: Ses, own_tables: Tables) -> None:
    subscribe(api)
    flow(own_tables)
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": EMAIL}]}
    for message in ("Successfully validated SNS topic.", json.dumps({"eventType": "Bounce", "bounce": bounce})):
        app.stop_mail({"Records": [{"Sns": {"Message": message, "Subject": None, "MessageAttributes": {}}}]}, CONTEXT)
    subscribe(api)
    flow(own_tables)
    assert len(ses.sent) == 1 and EMAIL not in str(own_tables.items(settings.table("subscribers")))


def test_no_address_is_logged(api: Api, ses: Ses, own_tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    subscribe(api)
    flow(own_tables)
    api.call("POST", "/blog/subscribers/confirm", json={"token": ses.token})
    said = capsys.readouterr().out
    assert said and EMAIL not in said and "example" not in said and ses.token not in said
