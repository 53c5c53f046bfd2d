"""Which mailbox an address is, what a letter says, and what a mail service tells of."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.letters import Letter
from chalicelib.core.mailer import Mailer, SenderError
from chalicelib.subscribers import mailboxes
from chalicelib.subscribers.subscribers import (
    unwanted,
)
from tests.subscribers.support import ADA, ARTICLE, BOB, LETTERS, not_verified, refusal


@pytest.mark.parametrize(
    ("typed", "mailbox"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("ada+news+more@example.com", "ada@example.com"),
        ("+ada@example.com", "+ada@example.com"),
        ("a.d.a@example.com", "a.d.a@example.com"),
        ("A.d.a+x@gmail.com", "ada@gmail.com"),
        ("ada@GoogleMail.com", "ada@gmail.com"),
        ("ada@sub.gmail.com", "ada@sub.gmail.com"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-kva.example", "ada@xn--bcher-kva.example"),
        (f"ada@{'x' * 70}.example", f"ada@{'x' * 70}.example"),
    ],
)
def test_one_mailbox_is_known_by_one_name(typed: str, mailbox: str) -> None:
    assert mailboxes.of(typed) == mailbox == mailboxes.of(mailbox)


@pytest.mark.parametrize(
    ("refused", "to", "of_us"),
    [
        (not_verified(ADA), ADA, False),
        (not_verified("NoReply@example.com"), ADA, True),
        (not_verified(ADA, "Commonplace <noreply@example.com>"), ADA, True),
        (not_verified("xnoreply@example.com"), "xnoreply@example.com", False),
        (not_verified("noreply@example.com"), "noreply@example.com", False),
        (refusal("BadRequestException", "Invalid destination"), ADA, False),
        (refusal("AccountSuspendedException", "noreply@example.com"), ADA, False),
    ],
)
def test_who_is_refused_a_recipient_or_the_sender(refused: aws.AwsError, to: str, of_us: bool) -> None:
    """A refused recipient loses their mail; with a refused sender all mails wait."""

    class Ses:
        def send_email(self, **_: Any) -> None:
            raise refused

    with pytest.raises(SenderError if of_us else aws.AwsError):
        Mailer(Ses(), "noreply@example.com", "the-set").send(to, Letter("", "", ""))


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
