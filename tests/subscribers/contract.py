"""The subscribers' promises: each mail once despite repeated events, none unconfirmed, none after the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.core import aws
from chalicelib.core.items import typed
from chalicelib.core.mailer import SenderError
from chalicelib.subscribers import subscribers as module
from chalicelib.subscribers.subscribers import (
    QUESTIONS_A_DAY,
    QUESTIONS_AN_HOUR,
    QUESTIONS_TO_A_DOMAIN,
    QUESTIONS_TO_ONE,
    LinkError,
    Subscribers,
    farewell_of,
    id_of,
)
from tests.subscribers.support import (
    ADA,
    ARTICLE,
    BOB,
    DAY,
    CrashError,
    Mailbox,
    Noted,
    Post,
    not_verified,
    refusal,
)
from tests.support.clock import at
from tests.support.persons import made_at_once
from tests.support.tables import Tables


def end(post: Post, token: str) -> None:
    post.subscribers.end(token)


class SubscribersContract:
    @pytest.fixture
    def post(self, tables: Tables) -> Post:
        return Post(tables, Mailbox())

    def test_asked_confirmed_welcomed_each_once(self, post: Post) -> None:
        post.ask(" Ada@Example.com ")
        [question] = post.mailbox.to(ADA)
        assert "subscription/confirm?token=" in question.text and question.headers == {}
        token = post.mailbox.token(ADA)
        assert token.partition(".")[2] not in str(post.row(ADA)), "only a hash of it is kept"
        for _ in range(2):
            post.subscribers.confirm(token)
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
        post.publish(ARTICLE)
        post.mail()
        assert len(post.mailbox.sent) == 1 and post.row(ADA)["expiresAt"] <= post.now + 3 * DAY

    @pytest.mark.parametrize(
        "token", ["x", "", ".", "a.b", f"{id_of(ADA)}.", f"{id_of(ADA)}.wrong", f"{id_of(BOB)}.x", f"{'h' * 32}.x"]
    )
    def test_a_token_that_is_none(self, post: Post, token: str) -> None:
        post.ask(ADA)
        before = post.row(ADA)
        for use in (post.subscribers.confirm, post.subscribers.end):
            with pytest.raises(LinkError):
                use(token)
        assert post.row(ADA) == before and not post.row(BOB)

    def test_a_token_tells_nothing_of_the_address(self, post: Post) -> None:
        """Not even to somebody with a guess: it begins with a random handle, by which the row is found."""
        post.ask(ADA)
        question = post.mailbox.token(ADA)
        post.subscribers.confirm(question)
        post.flow()
        farewell = post.mailbox.token(ADA)
        post.publish(ARTICLE)
        post.mail()
        assert post.mailbox.token(ADA) == farewell
        handle = post.row(ADA)["handle"]
        assert question.partition(".")[0] == farewell.partition(".")[0] == handle and len(handle) == 32
        post.confirmed(BOB)
        assert post.row(BOB)["handle"] != handle and not any(id_of(ADA) in token for token in (question, farewell))

    def test_links_in_mails_from_before_there_were_handles_go_on_working(self, post: Post) -> None:
        post.ask(ADA)
        legacy = {name: value for name, value in post.row(ADA).items() if name != "handle"}
        answer = hashlib.sha256(b"answer").hexdigest()
        legacy |= {"farewell": "f" * 32, "answer": answer}
        post.subscribers.database.put_item(TableName=post.subscribers.table, Item=typed(legacy))
        post.subscribers.confirm(f"{id_of(ADA)}.answer")
        post.flow()
        farewell = post.mailbox.token(ADA)
        assert farewell == f"{id_of(ADA)}.{'f' * 32}"
        for _ in range(2):
            end(post, farewell)
        post.ask(ADA)
        assert post.mailbox.token(ADA).startswith(f"{post.row(ADA)['handle']}.")
        post.subscribers.confirm(post.mailbox.token(ADA))
        end(post, farewell)
        assert post.row(ADA)["status"] == "ended"

    def test_one_token_is_not_good_for_the_other_thing(self, post: Post) -> None:
        post.ask(ADA)
        with pytest.raises(LinkError):
            end(post, post.mailbox.token(ADA))
        farewell = post.confirmed(BOB)
        end(post, farewell)
        post.ask(BOB)
        with pytest.raises(LinkError):
            post.subscribers.confirm(farewell)

    def test_a_link_is_good_for_three_days_and_only_the_newest(self, post: Post) -> None:
        post.ask(ADA)
        first = post.mailbox.token(ADA)
        post.ask(ADA)
        second = post.mailbox.token(ADA)
        for token, late in ((first, 0), (second, 3 * DAY + 1)):
            with pytest.raises(LinkError):
                at(post.now + late, post.subscribers).confirm(token)
        at(post.now + 3 * DAY - 10, post.subscribers).confirm(second)

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
        post.publish(ARTICLE)
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
        post.subscribers.ask(ADA)
        late = post.wishes()
        post.grant()
        late += post._records(post.subscribers.table)
        post.ask(ADA)
        for record in late:
            post.desk.follow(record)
        post.flow()
        assert len(late) == 2 and len(post.mailbox.to(ADA)) == 1

    # Asking reveals nothing, and costs nobody else anything

    def test_asking_is_the_same_for_every_address(self, post: Post) -> None:
        """One call that writes one row of the same shape, with no look-up: so timing can't tell them apart."""
        post.confirmed(BOB)
        end(post, post.confirmed("cleo@example.com"))
        post.subscribers.stop(post.confirmed("dan@example.com") and "dan@example.com")
        for _ in range(4):
            post.ask("eve@example.com")
        table = post.subscribers.table
        for address in (ADA, BOB, "cleo@example.com", "dan@example.com", "eve@example.com"):
            before = post.tables.items(table)
            noted = Noted(post.subscribers.database)
            Subscribers(noted, table, post.subscribers.counters).ask(address)
            assert noted.calls == ["put_item"]
            [wish] = [item for item in post.tables.items(table) if item not in before]
            assert set(wish) == {"id", "wants", "expiresAt"} and id_of(address) not in str(wish)
            post.flow()

    def test_no_wish_stays_and_no_address_that_is_not_written_to(self, post: Post) -> None:
        post.subscribers.ask(ADA)
        [wish] = post._records(post.subscribers.table)
        assert wish.after and post.now < wish.after["expiresAt"] <= post.now + 2 * DAY
        stopped = "dan@example.com"
        post.ask(stopped)
        post.subscribers.stop(stopped)
        for _ in range(2):
            post.ask(stopped)
            for n in range(5):
                post.ask(f"bob+{n}@example.com")
        assert not post.wishes()
        left = str(post.tables.items(post.subscribers.table)) + str(post.tables.items(post.subscribers.counters))
        assert stopped not in left and left.count("bob+") == 3 and "+3" not in left and "+4" not in left

    def test_all_spellings_of_one_mailbox_are_counted_together(self, post: Post) -> None:
        for n in range(30):
            post.subscribers.ask(f"Victim+{n}@example.com")
        post.flow()
        assert len(post.mailbox.sent) == 3 and all(letter for _, letter in post.mailbox.sent)
        assert {to.partition("+")[0] for to, _ in post.mailbox.sent} == {"victim"}, "written to as they were typed"
        for bound in (QUESTIONS_TO_A_DOMAIN, QUESTIONS_AN_HOUR, QUESTIONS_A_DAY):
            assert post.used(bound) == [3], "what is not mailed takes no room from others"
        post.now += DAY
        post.ask("victim+151@example.com")
        assert len(post.mailbox.sent) == 4

    @pytest.mark.parametrize(
        ("bound", "fits", "over", "others"),
        [
            ("QUESTIONS_TO_A_DOMAIN", ["a@one.com", "b@one.com"], "c@ONE.com", "a@two.com"),
            ("QUESTIONS_AN_HOUR", ["a@one.com", "b@two.com"], "c@three.com", None),
            ("QUESTIONS_A_DAY", ["a@one.com", "b@two.com"], "c@three.com", None),
        ],
    )
    def test_a_domain_and_the_stage_have_bounds(
        self, post: Post, bound: str, fits: list[str], over: str, others: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tight = getattr(module, bound)._replace(most=2)
        monkeypatch.setattr(module, bound, tight)
        for address in (*fits, over, *([others] if others else [])):
            post.ask(address)
        assert [to for to, _ in post.mailbox.sent] == [*fits, *([others] if others else [])]
        assert not post.wishes() and not post.row(over)
        post.now += tight.seconds
        post.ask(over)
        assert len(post.mailbox.to(over.lower())) == 1, "in the next window"

    def test_the_numbers_let_people_through(self) -> None:
        most = QUESTIONS_TO_ONE.most, QUESTIONS_TO_A_DOMAIN.most, QUESTIONS_AN_HOUR.most
        assert list(most) == sorted(most) and most[0] == 3 and QUESTIONS_A_DAY.most < 24 * most[2] < 24 * 50_000

    def test_who_is_confirmed_or_stopped_uses_up_nothing(self, post: Post) -> None:
        post.confirmed(ADA)
        before = post.tables.items(post.subscribers.counters)
        for _ in range(5):
            post.ask(ADA)
        assert post.tables.items(post.subscribers.counters) == before

    def test_a_wish_that_is_told_of_at_once_in_two_places_is_granted_once(self, post: Post) -> None:
        post.subscribers.ask(ADA)
        [wish] = post.wishes()
        made_at_once([lambda: post.desk.follow(wish)] * 3)
        post.flow()
        assert len(post.mailbox.to(ADA)) == 1 and post.used(QUESTIONS_TO_ONE) == [1]

    def test_a_crash_before_the_wish_is_dropped(self, post: Post) -> None:
        post.confirmed(ADA)
        post.subscribers.ask(ADA)
        [wish] = post.wishes()
        broken = Subscribers(
            Noted(post.subscribers.database, crash="delete_item"), post.subscribers.table, post.subscribers.counters
        )
        with pytest.raises(CrashError):
            broken.grant(wish.after or {})
        assert post.wishes()
        post.flow()
        assert not post.wishes() and len(post.mailbox.to(ADA)) == 2

    def test_what_ses_refuses_for_now_comes_again_and_what_may_be_out_does_not(self, post: Post) -> None:
        for failure in (refusal("TooManyRequestsException"), SenderError()):
            before = len(post.mailbox.to(ADA))
            post.subscribers.ask(ADA)
            post.mailbox.failures = [failure]
            with pytest.raises(type(failure)):
                post.flow(1)
            post.flow()
            assert len(post.mailbox.to(ADA)) == before + 1, "it was not sent, so it is tried again"
        for failure in (
            ReadTimeoutError(endpoint_url="https://ses"),
            refusal("BadRequestException"),
            not_verified(BOB),
        ):
            post.subscribers.ask(BOB)
            post.mailbox.failures = [failure]
            post.flow()
            post.flow()
        assert post.mailbox.to(BOB) == []

    # New articles

    def test_an_article_goes_to_all_who_confirmed_once(self, post: Post) -> None:
        addresses = post.many(8)
        for _ in range(3):
            post.publish(ARTICLE)
            post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses
        assert all("https://example.com/read/on-tea" in letter.text for _, letter in post.mailbox.sent)
        post.publish({**ARTICLE, "id": "02", "slug": "on-milk"})
        post.mail()
        assert len(post.mailbox.sent) == 16, "the next article is another one"

    def test_what_an_earlier_version_began_goes_on(self, post: Post) -> None:
        addresses = post.many(2)
        post.articles["on-tea"] = ARTICLE
        told = {**ARTICLE, "url": "https://example.com/read/on-tea"}
        row = {"mailing": ARTICLE["id"], "recipient": "progress", "article": told, "place": "", "steps": 1}
        post.mailings.rows.put(row)
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses

    def test_what_was_taken_back_goes_to_nobody(self, post: Post) -> None:
        addresses = post.many(2)
        post.publish(ARTICLE)
        del post.articles["on-tea"]
        post.mail()
        assert post.mailbox.sent == []
        post.publish({**ARTICLE, "title": "On coffee"})
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses
        assert all("On coffee" in letter.subject for _, letter in post.mailbox.sent)

    def test_what_is_taken_back_on_the_way_goes_to_nobody_else(self, post: Post) -> None:
        """And if it comes back, corrected, to those who have not got it."""
        addresses = post.many(8)
        post.publish(ARTICLE)
        post.mailings.step(ARTICLE["id"])
        post.articles["on-tea"] = {**ARTICLE, "id": "another at this address"}
        post.mail()
        assert len(post.mailbox.sent) == 3
        post.publish({**ARTICLE, "title": "On coffee"})
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses
        assert sum("On coffee" in letter.subject for _, letter in post.mailbox.sent) == 5

    def test_what_comes_back_while_its_mailing_ends_is_mailed(self, post: Post) -> None:
        addresses = post.many(2)
        post.publish(ARTICLE)

        def taken_back_and_published(_: str) -> None:
            post.mailings.begin(ARTICLE["id"], ARTICLE["slug"])

        replace(post.mailings, published=taken_back_and_published).step(ARTICLE["id"])
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses

    def test_a_mailing_that_is_broken_off_goes_on_where_it_was(self, post: Post) -> None:
        """SES refuses everything for a while: nobody gets a letter twice, and the others get theirs later."""
        addresses = post.many(8)
        post.publish(ARTICLE)
        for failures in ([None, refusal("Throttling")], [None, None, refusal("Throttling")]):
            post.mailbox.failures = list(failures)
            with pytest.raises(aws.AwsError):
                post.mail()
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses

    def test_one_address_that_is_refused_stops_nobody_elses_letter(self, post: Post) -> None:
        addresses = post.many(8)
        post.publish(ARTICLE)
        post.mailbox.failures = [None, not_verified("whoever@example.com")]
        post.mail()
        assert len(post.mailbox.sent) == 7 and {to for to, _ in post.mailbox.sent} < set(addresses)

    def test_a_crash_while_writing_to_somebody_leaves_out_him_and_nobody_else(self, post: Post) -> None:
        addresses = post.many(5)
        post.publish(ARTICLE)
        post.mailbox.failures = [None, CrashError()]
        with pytest.raises(CrashError):
            post.mail()
        post.mail()
        reached = [to for to, _ in post.mailbox.sent]
        assert len(reached) == len(set(reached)) == len(addresses) - 1

    def test_two_at_once_write_to_each_once(self, post: Post) -> None:
        addresses = post.many(7)
        post.publish(ARTICLE)
        step: Callable[[], None] = lambda: post.mailings.step(ARTICLE["id"])  # noqa: E731
        for _ in range(3):
            made_at_once([step, step])
        post.mail()
        assert sorted(to for to, _ in post.mailbox.sent) == addresses

    def test_who_leaves_before_his_turn_is_left_alone(self, post: Post) -> None:
        addresses = post.many(4)
        listed = post.subscribers.listed("", 10)
        leaving = next(one for one in listed if one["address"] == addresses[2])
        post.subscribers.end(farewell_of(leaving))
        assert not post.mailings._note(ARTICLE, leaving), "however late the index tells of it"
        post.publish(ARTICLE)
        post.mail()
        assert addresses[2] not in [to for to, _ in post.mailbox.sent] and len(post.mailbox.sent) == 3
