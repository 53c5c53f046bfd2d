"""What the streams of the wall and the chat trigger: the right pushes to the right people, even for repeats."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.chat.outbox import Outbox
from chalicelib.core.errors import NotFoundError
from chalicelib.core.items import typed
from chalicelib.core.streams import each_change
from chalicelib.live.connections import Connection, Connections
from chalicelib.live.posting import Outcome
from chalicelib.live.push import Push
from tests.chat.support import EVERYTHING, Chat
from tests.support.events import Batch, a_record
from tests.support.persons import ADA, BOB, CLEO, DIDO, Persons, signed, who
from tests.support.tables import Tables

Json = dict[str, Any]


class Stream:
    """A database that also records one table's changes, as its stream would."""

    def __init__(self, tables: Tables, table: str, key: Callable[[Json], Any]) -> None:
        self._tables, self._table, self._key = tables, table, key
        self._before: dict[Any, Json] = {}
        self._number = 0

    def records(self) -> list[Json]:
        """The changes since the last call."""
        before, after = self._before, {self._key(item): item for item in self._tables.items(self._table)}
        self._before = after
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        return [self._record(before.get(key), after.get(key)) for key in changed]

    def _record(self, old: Json | None, new: Json | None) -> Json:
        self._number += 1
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
        name = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
        return {"eventName": name, "dynamodb": {"SequenceNumber": str(self._number), **images}}


class Heard:
    """Who was told what; a connection has its person's name."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Json]] = []

    def __call__(self, endpoint: str, ids: Sequence[str], text: bytes) -> Outcome:
        self.told += [(id, json.loads(text)) for id in ids]
        return Outcome(len(ids), [], {})

    def take(self) -> list[tuple[str, Json]]:
        """What was sent since the last call, in no particular order of people."""
        told, self.told = sorted(self.told, key=lambda each: each[0]), []
        return told

    def kinds(self) -> list[tuple[str, str]]:
        return [(person, what["type"]) for person, what in self.take()]


class Live:
    """A chat whose streams are read when the test says so."""

    def __init__(self, tables: Tables) -> None:
        self.chat = Chat(tables, Persons(tables))
        talk = self.chat.conversations
        connections = Connections(tables.database, tables.new("ConnectionsTable"))
        for person in (ADA, BOB, CLEO, DIDO):
            connections.open(Connection(person, "api"), signed(person))
        self.heard = Heard()
        push = Push(connections, "http://{api}", self.heard, lambda shard: None)
        self.outbox = Outbox(talk, self.chat.messages, push)
        self.streams = {
            "message": Stream(tables, self.chat.messages.table, _by_number),
            "member": Stream(tables, talk.members_table, lambda item: (item["conversation"]["S"], item["person"]["S"])),
            "conversation": Stream(tables, talk.table, lambda item: item["id"]["S"]),
        }

    def flow(self) -> list[tuple[str, Json]]:
        """Deliver all that happened; returns the records, to deliver them again."""
        records = [(name, record) for name, stream in self.streams.items() for record in stream.records()]
        self.deliver(records)
        # A handler's own changes are in the streams too.
        more = [(name, record) for name, stream in self.streams.items() for record in stream.records()]
        self.deliver(more)
        return [*records, *more]

    def deliver(self, records: list[tuple[str, Json]]) -> None:
        for name, record in records:
            assert each_change(Batch(record), getattr(self.outbox, name)) == {"batchItemFailures": []}

    def state(self) -> list[Json]:
        talk = self.chat.conversations
        tables = (talk.table, talk.members_table, self.chat.messages.table)
        return sorted((item for table in tables for item in self.chat.tables.items(table)), key=repr)


def _by_number(item: Json) -> tuple[str, str]:
    return item["conversation"]["S"], item["number"]["N"]


@pytest.fixture
def live(own_tables: Tables) -> Live:
    return Live(own_tables)


def test_a_new_conversation_is_told_to_its_members(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    live.flow()
    told = live.heard.take()
    assert [person for person, _ in told] == [ADA, BOB], "once each"
    assert all((what["type"], what["conversationId"]) == ("conversation", id) for _, what in told)


def test_a_message_is_told_to_its_members_and_moves_the_conversation_up(live: Live) -> None:
    first, second = live.chat.start(ADA, BOB), live.chat.start(ADA, CLEO)
    live.flow()
    live.heard.take()
    message = live.chat.say(first, ADA, "Hello")
    live.flow()
    told = live.heard.take()
    assert [person for person, _ in told] == [ADA, BOB]
    for _, what in told:
        assert what == {"type": "message", "at": what["at"], "conversationId": first, "message": message}
    page = live.chat.conversations.mine(ADA, EVERYTHING)
    assert [one["id"] for one in page["items"]] == [first, second]


def test_edits_and_deletions_are_told_as_what_they_are(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    message = live.chat.say(id, ADA, "Hello")
    live.flow()
    live.heard.take()
    edited = live.chat.messages.edit(live.chat.place(id, ADA), message["id"], "Goodbye")
    live.flow()
    told = live.heard.take()
    assert [(person, what["type"], what["message"]) for person, what in told] == [
        (ADA, "message.edited", edited), (BOB, "message.edited", edited)]  # fmt: skip
    live.chat.messages.delete(live.chat.place(id, ADA), message["id"])
    live.flow()
    told = live.heard.take()
    assert [(person, what["type"]) for person, what in told] == [(ADA, "message.deleted"), (BOB, "message.deleted")]
    assert told[0][1]["message"] == {**edited, "text": "", "deleted": True}


def test_reading_is_told(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    message = live.chat.say(id, ADA)
    live.flow()
    live.heard.take()
    live.chat.messages.read(live.chat.place(id, BOB), message["id"])
    live.flow()
    told = live.heard.take()
    assert [person for person, _ in told] == [ADA, BOB]
    for _, what in told:
        expected = {"type": "read", "conversationId": id, "person": BOB, "messageId": message["id"]}
        assert what == {"at": what["at"], **expected}


def test_joining_leaving_and_a_new_title_are_told(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    live.flow()
    live.heard.take()
    live.chat.conversations.add_member(live.chat.place(id, ADA), CLEO)
    live.flow()
    assert live.heard.kinds() == [(person, "conversation") for person in (ADA, BOB, CLEO)]
    live.chat.conversations.rename(live.chat.place(id, CLEO), "Cats")
    live.flow()
    assert live.heard.kinds() == [(person, "conversation") for person in (ADA, BOB, CLEO)]
    live.chat.conversations.leave(live.chat.place(id, BOB))
    live.flow()
    told = live.heard.take()
    assert [(person, what["type"]) for person, what in told] == [
        (person, "conversation") for person in (ADA, BOB, CLEO)]  # fmt: skip
    assert [person for person, what in told if what.get("left")] == [BOB], "who left need not look"
    live.chat.say(id, ADA)
    live.flow()
    assert live.heard.kinds() == [(ADA, "message"), (CLEO, "message")]


def test_what_only_counts_is_not_told(live: Live) -> None:
    """A member's own count and last activity change with each message: the message itself announces that."""
    id = live.chat.start(ADA, BOB)
    live.flow()
    live.heard.take()
    live.chat.say(id, ADA)
    live.flow()
    assert sorted(live.heard.kinds()) == [(ADA, "message"), (BOB, "message")]


def test_told_twice_late_and_out_of_order_it_ends_in_the_same_state(live: Live) -> None:
    id, other = live.chat.start(ADA, BOB), live.chat.start(ADA, BOB, CLEO)
    records = live.flow()
    first, second = live.chat.say(id, ADA, "One"), live.chat.say(other, BOB, "Two")
    records += live.flow()
    live.chat.messages.edit(live.chat.place(id, ADA), first["id"], "Uno")
    live.chat.messages.read(live.chat.place(id, BOB), first["id"])
    records += live.flow()
    live.chat.messages.delete(live.chat.place(other, BOB), second["id"])
    live.chat.conversations.leave(live.chat.place(other, CLEO))
    live.chat.conversations.rename(live.chat.place(other, BOB), "Cats")
    records += live.flow()
    state = live.state()
    live.heard.take()
    shuffled = [*records, *records]
    random.Random(7).shuffle(shuffled)
    live.deliver(shuffled)
    assert live.state() == state
    about = [what["type"] for person, what in live.heard.take() if person == CLEO and what["conversationId"] == other]
    assert set(about) <= {"conversation"}, "who has left hears nothing of what is said, however late it is told"


def test_who_is_back_by_now_is_not_told_that_they_left(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    live.flow()
    live.chat.conversations.leave(live.chat.place(id, BOB))
    records = [("conversation", record) for record in live.streams["conversation"].records()]
    live.chat.conversations.add_member(live.chat.place(id, ADA), BOB)
    live.heard.take()
    live.deliver(records)
    assert [what.get("left") for _, what in live.heard.take()] == [None, None]


def test_what_is_no_message_is_no_matter(live: Live) -> None:
    """The notes of client ids, coming and expiring."""
    note = {"conversation": "sent#x#ada#c1", "number": 0, "message": 1, "expiresAt": 1}
    for before, after in ((None, note), (note, None), (note, note)):
        records = a_record(1, before, after)
        assert each_change(Batch(records), live.outbox.message) == {"batchItemFailures": []}
    assert live.heard.take() == []


def test_of_a_conversation_that_is_gone_nobody_is_told(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    message = live.chat.say(id, ADA)
    records = live.streams["message"].records()
    live.chat.conversations.leave(live.chat.place(id, ADA))
    live.chat.conversations.leave(live.chat.place(id, BOB))
    live.deliver([("message", record) for record in records])
    assert message["id"] and live.heard.take() == []


def test_a_bad_record_is_reported_and_those_behind_it_are_told(live: Live) -> None:
    id = live.chat.start(ADA, BOB)
    live.flow()
    live.chat.say(id, ADA)
    bad = typed({"conversation": id, "number": 99, "text": "no author"})
    good = [record for record in live.streams["message"].records() if "text" in record["dynamodb"]["NewImage"]]
    records = [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "bad", "NewImage": bad}}, *good]
    live.heard.take()
    outcome = each_change(Batch(*records), live.outbox.message)
    assert outcome == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert live.heard.kinds() == [(ADA, "message"), (BOB, "message")]


def test_typing_is_told_to_the_others(live: Live) -> None:
    id = live.chat.start(ADA, BOB, CLEO)
    live.outbox.typing(id, ADA)
    told = live.heard.take()
    assert [person for person, _ in told] == [BOB, CLEO]
    for _, what in told:
        assert what == {"type": "typing", "at": what["at"], "conversationId": id, "person": who(ADA)}


@pytest.mark.parametrize("person", [DIDO, "nobody"])
def test_a_stranger_does_not_type(live: Live, person: str) -> None:
    id = live.chat.start(ADA, BOB)
    for conversation in (id, "01" + "A" * 24, "x"):
        with pytest.raises(NotFoundError):
            live.outbox.typing(conversation, person)
    assert live.heard.take() == []
