"""The subscribers' promises: each mail once however often its event comes, none unconfirmed, none after the end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.blog.letters import Letter, Letters
from chalicelib.blog.mailings import Mailings
from chalicelib.blog.subscribers import Correspondence, LinkError, Subscribers, id_of, unwanted
from chalicelib.core import aws
from chalicelib.core.items import typed
from tests.contracts.persons import made_at_once
from tests.contracts.tables import Tables

LETTERS = Letters("https://example.com", "https://example.com/api")
ADA, BOB = "ada@example.com", "bob@example.com"
DAY = 24 * 60 * 60.0
ARTICLE = {"id": "01", "slug": "on-tea", "title": "On <tea>\n& cakes", "summary": "One & all."}


class CrashError(BaseException):
    """The process ends here and now."""


@dataclass
class Mailbox:
    """Keeps what was sent; may be told to fail before the next sendings."""

    sent: list[tuple[str, Letter]] = field(default_factory=list)
    failures: list[BaseException | None] = field(default_factory=list)

    def send(self, address: str, letter: Letter) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        self.sent.append((address, letter))

    def to(self, address: str) -> list[Letter]:
        return [letter for to, letter in self.sent if to == address]

    def token(self, address: str) -> str:
        """In the newest letter."""
        found = re.search(r"token=(\S+)", self.to(address)[-1].text)
        assert found
        return found[1]


def refusal(code: str) -> aws.AwsError:
    return aws.AwsError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "SendEmail"
    )


@dataclass
class Post:
    """Subscribers and mailings whose streams are read when the test says so."""

    tables: Tables
    subscribers: Subscribers
    mailings: Mailings
    mailbox: Mailbox
    now: float = field(default_factory=time.time)

    def flow(self, times: int = 3) -> None:
        """Every row of the table as a record, so many times."""
        desk: Any = Correspondence(self.subscribers, LETTERS, self.mailbox)  # type: ignore[arg-type]
        for record in self._records(self.subscribers.table) * times:
            desk.follow(record, self.now)

    def mail(self) -> None:
        """Until the mailings come to their end."""
        before = None
        while (records := self._records(self.mailings.table)) != before:
            before = records
            for record in records * 2:
                self.mailings.follow(record, self.now)

    def _records(self, table: str) -> list[dict[str, Any]]:
        return [
            {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "1", "NewImage": item}}
            for item in self.tables.items(table)
        ]

    def ask(self, address: str) -> None:
        self.subscribers.ask(address, self.now)
        self.flow()

    def confirmed(self, address: str) -> str:
        """The token by which he can leave."""
        self.ask(address)
        self.subscribers.confirm(self.mailbox.token(address), self.now)
        self.flow()
        return self.mailbox.token(address)

    def many(self, count: int) -> list[str]:
        addresses = [f"reader{n}@example.com" for n in range(count)]
        for address in addresses:
            self.subscribers.ask(address, self.now)
        self.flow(1)
        for address in addresses:
            self.subscribers.confirm(self.mailbox.token(address), self.now)
        self.mailbox.sent.clear()
        return addresses

    def row(self, address: str) -> dict[str, Any]:
        return self.subscribers.row(id_of(address))


def end(post: Post, token: str) -> None:
    post.subscribers.end(token, post.now)


class SubscribersContract:
    @pytest.fixture
    def post(self, tables: Tables) -> Post:
        subscribers = Subscribers(tables.database, tables.new("SubscribersTable"))
        mailbox: Any = Mailbox()
        mailings = Mailings(tables.database, tables.new("MailingsTable"), subscribers, LETTERS, mailbox, batch=3)
        return Post(tables, subscribers, mailings, mailbox)

    def test_asked_confirmed_welcomed_each_once(self, post: Post) -> None:
        post.ask(" Ada@Example.com ")
        [question] = post.mailbox.to(ADA)
        assert "subscription/confirm?token=" in question.text and question.headers == {}
        token = post.mailbox.token(ADA)
        assert token.partition(".")[2] not in str(post.row(ADA)), "only a hash of it is kept"
        for _ in range(2):
            post.subscribers.confirm(token, post.now)
            post.flow()
        _, welcome = post.mailbox.to(ADA)
        way_out = f"https://example.com/api/blog/subscribers/unsubscribe?token={post.mailbox.token(ADA)}"
        assert welcome.headers == {
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        assert "expiresAt" not in post.row(ADA), "who has confirmed stays"

    def test_who_never_confirms_gets_nothing_and_is_forgotten(self, post: Post) -> None:
        post.ask(ADA)
        post.mailings.begin(ARTICLE)
        post.mail()
        assert len(post.mailbox.sent) == 1 and post.row(ADA)["expiresAt"] <= post.now + 3 * DAY

    @pytest.mark.parametrize("token", ["x", "", ".", "a.b", f"{id_of(ADA)}.", f"{id_of(ADA)}.wrong", f"{id_of(BOB)}.x"])
    def test_a_token_that_is_none(self, post: Post, token: str) -> None:
        post.ask(ADA)
        before = post.row(ADA)
        for use in (post.subscribers.confirm, post.subscribers.end):
            with pytest.raises(LinkError):
                use(token, post.now)
        assert post.row(ADA) == before and not post.row(BOB)

    def test_one_token_is_not_good_for_the_other_thing(self, post: Post) -> None:
        post.ask(ADA)
        with pytest.raises(LinkError):
            end(post, post.mailbox.token(ADA))
        farewell = post.confirmed(BOB)
        end(post, farewell)
        post.ask(BOB)
        with pytest.raises(LinkError):
            post.subscribers.confirm(farewell, post.now)

    def test_a_link_is_good_for_three_days_and_only_the_newest(self, post: Post) -> None:
        post.ask(ADA)
        first = post.mailbox.token(ADA)
        post.ask(ADA)
        second = post.mailbox.token(ADA)
        for token, at in ((first, post.now), (second, post.now + 3 * DAY + 1)):
            with pytest.raises(LinkError):
                post.subscribers.confirm(token, at)
        post.subscribers.confirm(second, post.now + 3 * DAY - 10)

    def test_asking_again_mails_a_few_times_a_day_at_most(self, post: Post) -> None:
        for _ in range(6):
            post.ask(ADA)
        assert len(post.mailbox.to(ADA)) == 3
        post.now += DAY
        for _ in range(6):
            post.ask(ADA)
        assert len(post.mailbox.to(ADA)) == 6

    def test_who_is_confirmed_is_not_asked_again(self, post: Post) -> None:
        post.confirmed(ADA)
        before = post.row(ADA)
        post.ask(ADA)
        assert post.row(ADA) == before and len(post.mailbox.to(ADA)) == 2

    def test_after_the_end_nothing_comes_and_the_address_is_gone(self, post: Post) -> None:
        farewell = post.confirmed(ADA)
        for _ in range(2):
            end(post, farewell)
        post.mailings.begin(ARTICLE)
        post.mail()
        post.flow()
        assert len(post.mailbox.to(ADA)) == 2 and ADA not in str(post.row(ADA))
        post.confirmed(ADA)
        assert [letter.subject.split()[0] for letter in post.mailbox.to(ADA)] == ["Confirm", "You", "Confirm", "You"]
        end(post, farewell)
        assert post.row(ADA)["status"] == "ended", "the link of any mail ends it"

    def test_where_mail_bounces_none_is_sent_whoever_asks(self, post: Post) -> None:
        farewell = post.confirmed(ADA)
        for _ in range(2):
            post.subscribers.stop("ADA@example.com")
        post.subscribers.stop("stranger@example.com")
        post.ask(ADA)
        post.now += 400 * DAY
        post.ask(ADA)
        end(post, farewell)
        assert len(post.mailbox.to(ADA)) == 2 and ADA not in str(post.row(ADA))
        assert post.row(ADA)["status"] == "stopped" and "expiresAt" not in post.row(ADA)
        assert not post.row("stranger@example.com")

    def test_a_late_record_of_an_earlier_round_mails_nothing(self, post: Post) -> None:
        post.subscribers.ask(ADA, post.now)
        late = post._records(post.subscribers.table)
        post.ask(ADA)
        desk: Any = Correspondence(post.subscribers, LETTERS, post.mailbox)  # type: ignore[arg-type]
        desk.follow(late[0], post.now)
        assert len(post.mailbox.to(ADA)) == 1

    def test_what_ses_refuses_for_now_comes_again_and_what_may_be_out_does_not(self, post: Post) -> None:
        post.subscribers.ask(ADA, post.now)
        post.mailbox.failures = [refusal("TooManyRequestsException")]
        with pytest.raises(aws.AwsError):
            post.flow(1)
        post.flow()
        assert len(post.mailbox.to(ADA)) == 1, "it was not sent, so it is tried again"
        for failure in (ReadTimeoutError(endpoint_url="https://ses"), refusal("BadRequestException")):
            post.subscribers.ask(BOB, post.now)
            post.mailbox.failures = [failure]
            post.flow()
            post.flow()
        assert post.mailbox.to(BOB) == []

    # New articles

    def test_an_article_goes_to_all_who_confirmed_once(self, post: Post) -> None:
        addresses = post.many(8)
        for _ in range(3):
            post.mailings.begin(ARTICLE)
            post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses
        post.mailings.begin({**ARTICLE, "id": "02"})
        post.mail()
        assert len(post.mailbox.sent) == 16, "the next article is another one"

    def test_only_an_article_that_appears_is_news(self, post: Post) -> None:
        addresses = post.many(1)
        hidden = {**ARTICLE, "part": "article", "shelf": "drafts"}
        shown = {**hidden, "shelf": "published"}
        tag = {**shown, "part": "tag#tea"}
        changes: list[tuple[Any, Any]] = [
            (None, hidden), (hidden, hidden), (None, tag), (shown, shown), (shown, None), (shown, hidden), (None, {}),
        ]  # fmt: skip
        for number, (before, after) in enumerate([*changes, (hidden, shown), *changes, (None, shown), (hidden, shown)]):
            images = {name: typed(image) for name, image in (("OldImage", before), ("NewImage", after)) if image}
            post.mailings.announce({"dynamodb": {"SequenceNumber": "1", **images}})
            post.mail()
            assert len(post.mailbox.sent) == (1 if number >= len(changes) else 0)
        [(to, letter)] = post.mailbox.sent
        assert [to] == addresses and "https://example.com/read/on-tea" in letter.text

    def test_a_mailing_that_is_broken_off_goes_on_where_it_was(self, post: Post) -> None:
        """SES takes no more for a while: who has his letter gets no other, and who has none yet gets it."""
        addresses = post.many(8)
        post.mailings.begin(ARTICLE)
        for failures in ([None, refusal("Throttling")], [None, None, refusal("Throttling")]):
            post.mailbox.failures = list(failures)
            with pytest.raises(aws.AwsError):
                post.mail()
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses

    def test_a_crash_while_writing_to_somebody_leaves_out_him_and_nobody_else(self, post: Post) -> None:
        addresses = post.many(5)
        post.mailings.begin(ARTICLE)
        post.mailbox.failures = [None, CrashError()]
        with pytest.raises(CrashError):
            post.mail()
        post.mail()
        reached = [to for to, _ in post.mailbox.sent]
        assert len(reached) == len(set(reached)) == len(addresses) - 1

    def test_two_at_once_write_to_each_once(self, post: Post) -> None:
        addresses = post.many(7)
        post.mailings.begin(ARTICLE)
        step: Callable[[], None] = lambda: post.mailings.step(ARTICLE["id"], post.now)  # noqa: E731
        for _ in range(3):
            made_at_once([step, step])
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses

    def test_who_leaves_before_his_turn_is_left_alone(self, post: Post) -> None:
        addresses = post.many(4)
        listed = post.subscribers.listed("", 10)
        leaving = next(one for one in listed if one["address"] == addresses[2])
        post.subscribers.end(f"{leaving['id']}.{leaving['farewell']}", post.now)
        assert not post.mailings._note(ARTICLE, leaving, post.now), "however late the index tells of it"
        post.mailings.begin(ARTICLE)
        post.mail()
        assert addresses[2] not in [to for to, _ in post.mailbox.sent] and len(post.mailbox.sent) == 3


def test_a_letter_says_what_it_is_given_and_nothing_runs_in_it() -> None:
    letter = LETTERS.article({**ARTICLE, "url": "https://example.com/read/on-tea"}, "id.secret")
    assert letter.subject == "On <tea> & cakes"
    assert "On &lt;tea&gt;" in letter.html and "<tea>" not in letter.html
    assert "One & all." in letter.text and "One &amp; all." in letter.html
    assert all("subscription/end?token=id.secret" in body for body in (letter.text, letter.html))


def test_what_ses_tells_of() -> None:
    bounced, complained = [{"emailAddress": ADA}], [{"emailAddress": BOB}]
    bounce = {"bounceType": "Permanent", "bouncedRecipients": bounced}
    for name in ("eventType", "notificationType"):
        assert unwanted({name: "Bounce", "bounce": bounce}) == [ADA]
        assert unwanted({name: "Bounce", "bounce": {**bounce, "bounceType": "Transient"}}) == []
        assert unwanted({name: "Complaint", "complaint": {"complainedRecipients": complained}}) == [BOB]
        assert unwanted({name: "Delivery"}) == []
    assert unwanted({}) == []
