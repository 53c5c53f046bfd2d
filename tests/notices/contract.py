"""The promises of notices: each event is told once, to people who are here, who want it and who may see it."""

from __future__ import annotations

from functools import partial

import pytest

from chalicelib.core.errors import BadRequestError, InvalidError
from chalicelib.core.ids import new_id
from chalicelib.core.notices import KEPT_SECONDS, MENTION, NOTICES, STATE, News, Notices
from chalicelib.core.pages import Turn
from chalicelib.notices.inbox import Inbox, NoticeNotFoundError, ShownNotice
from tests.support.clock import at
from tests.support.persons import ADA, BOB, CLEO, Persons, made_at_once
from tests.support.tables import Tables

EVERYTHING = Turn(100)
NOON = 1_800_000_000.0
KINDS = {MENTION: "Somebody mentions you", "speech": "A text is ready"}
AT_ADA, AT_CLEO = "@[Ada](ada)", "@[Cleo](cleo)"


def news(key: str = "post 1", kind: str = MENTION, by: str = BOB) -> News:
    return News(kind, key, "mentioned you on the wall." if by else "A text of yours is ready.", "/wall", by)


class NoticesContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture
    def notices(self, tables: Tables, persons: Persons) -> Notices:
        names = tables.new("NoticesTable"), persons.table, tables.new("CountersTable")
        return Notices(tables.database, *names, lambda: NOON)

    @pytest.fixture
    def inbox(self, notices: Notices, persons: Persons) -> Inbox:
        return Inbox(notices, persons.directory, ADA)

    def test_newest_first_each_event_once(self, notices: Notices, inbox: Inbox) -> None:
        for number in range(3):
            at(NOON + number, notices).tell(ADA, news(f"post {number}"))
        made_at_once([partial(notices.tell, ADA, news("post 0"))] * 4)
        first = inbox.newest(Turn(2))
        second = inbox.newest(Turn(2, first["next"]))
        assert [len(page["items"]) for page in (first, second)] == [2, 1] and second["next"] is None
        told = first["items"] + second["items"]
        assert [one["at"][17:19] for one in told] == ["02", "01", "00"]
        whole = {"text": "Bob mentioned you on the wall.", "url": "/wall", "kind": MENTION, "read": False}
        assert whole.items() <= told[0].items() and told[0] == inbox.find(told[0]["id"])
        with pytest.raises(BadRequestError):
            Inbox(notices, inbox.directory, BOB).newest(Turn(2, first["next"]))

    def test_not_to_oneself_nor_to_those_who_are_not_here(self, notices: Notices, persons: Persons) -> None:
        persons.leave(CLEO)
        for person, by in ((ADA, ADA), ("nobody", BOB), (CLEO, BOB), (ADA, CLEO), (ADA, "nobody")):
            notices.tell(person, news(by=by))
        for person in (ADA, BOB, CLEO, "nobody"):
            assert list(notices.of_person(person)) == []

    def test_so_many_a_day_and_no_more(self, notices: Notices, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.core.notices.NOTICES", NOTICES._replace(most=3))
        for number in range(5):
            notices.tell(ADA, news(f"post {number}"))
        assert len(inbox.newest(EVERYTHING)["items"]) == 3
        at(NOON + 24 * 3600, notices).tell(ADA, news("tomorrow"))
        assert len(inbox.newest(EVERYTHING)["items"]) == 4
        rows = [notices.rows.get(ADA, one["id"]) for one in inbox.newest(EVERYTHING)["items"]]
        assert all(row and row["expiresAt"] >= NOON + KEPT_SECONDS for row in rows)

    def test_what_one_does_not_want_is_not_told(self, notices: Notices, inbox: Inbox) -> None:
        says = KINDS[MENTION]
        for wanted in (False, True):
            shown = inbox.choose([{"kind": MENTION, "wanted": wanted}], KINDS)
            assert shown["kinds"][0] == {"kind": MENTION, "says": says, "wanted": wanted}
            assert shown["kinds"][1]["wanted"] and shown == inbox.choices(KINDS)
            notices.tell(ADA, news())
            notices.tell(ADA, news("speech", "speech", by=""))
        assert sorted(one["kind"] for one in self.all(inbox)) == [MENTION, "speech"]
        with pytest.raises(InvalidError) as refused:
            inbox.choose([{"kind": MENTION, "wanted": False}, {"kind": "spam", "wanted": True}], KINDS)
        assert refused.value.errors == [{"pointer": "/kinds/1/kind", "detail": "is no kind of notice"}]
        assert inbox.choices(KINDS)["kinds"][0]["wanted"], "nothing of it was done"

    def test_read_up_to_one_and_never_back(self, notices: Notices, inbox: Inbox) -> None:
        for number in range(3):
            at(NOON + number, notices).tell(ADA, news(f"post {number}"))
        newest, middle, oldest = (one["id"] for one in self.all(inbox))
        for id in (middle, oldest):
            inbox.read(id)
            assert [one["read"] for one in self.all(inbox)] == [False, True, True]
        inbox.read(newest)
        assert all(one["read"] for one in self.all(inbox))
        for id in (STATE, "x", new_id()):
            with pytest.raises(NoticeNotFoundError):
                inbox.read(id)
        with pytest.raises(NoticeNotFoundError):
            Inbox(notices, inbox.directory, BOB).read(newest)

    def test_a_text_tells_those_it_mentions_now(self, notices: Notices, inbox: Inbox) -> None:
        cleo = Inbox(notices, inbox.directory, CLEO)
        changes = [("", f"{AT_ADA} and {AT_ADA}"), (AT_ADA, f"{AT_ADA} {AT_CLEO}"), (f"{AT_ADA} {AT_CLEO}", AT_CLEO)]
        seen = []
        for before, after in changes:
            for _ in range(2):
                notices.mentions(before, after, news())
            seen.append((len(self.all(inbox)), len(self.all(cleo))))
        assert seen == [(1, 0), (1, 1), (0, 1)]
        notices.mentions("", AT_ADA, news())
        assert self.all(inbox) == [], "what was taken back is not told again"

    def test_is_taken_back_however_late(self, notices: Notices) -> None:
        """What finds it again stays for as long as it does."""
        notices.tell(ADA, news())
        assert [row["expiresAt"] for row in notices.of_person(ADA)] == [NOON + KEPT_SECONDS] * 2

    def test_only_those_who_may_see_it(self, notices: Notices, inbox: Inbox) -> None:
        notices.mentions("", f"{AT_ADA} {AT_CLEO}", news(), lambda: [CLEO])
        assert self.all(inbox) == [] and len(self.all(Inbox(notices, inbox.directory, CLEO))) == 1

    def test_go_with_who_reads_them_and_with_who_they_tell_of(self, notices: Notices, inbox: Inbox) -> None:
        notices.tell(ADA, news("by bob"))
        notices.tell(ADA, news("by cleo", by=CLEO))
        notices.tell(BOB, news("to bob", by=ADA))
        inbox.read(self.all(inbox)[0]["id"])
        for _ in range(2):
            notices.erase(CLEO)
            assert [one["text"][:3] for one in self.all(inbox)] == ["Bob"]
        for _ in range(2):
            notices.erase(ADA)
        assert list(notices.of_person(ADA)) == []
        assert self.all(Inbox(notices, inbox.directory, BOB)) == []

    @staticmethod
    def all(inbox: Inbox) -> list[ShownNotice]:
        return inbox.newest(EVERYTHING)["items"]
