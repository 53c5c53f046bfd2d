"""The chat's promises: numbered without gaps, no duplicates, unread counted right, nothing for strangers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from chalicelib.chat.conversations import (
    MOST_MEMBERS,
    ConversationNotFoundError,
    TooManyConversationsError,
    TooManyMembersError,
)
from chalicelib.chat.messages import MessageNotFoundError, message_id
from chalicelib.core.errors import BadRequestError, InvalidError
from chalicelib.core.pages import Turn
from tests.chat.support import EVERYTHING, ZERO, Chat, Late, Model, Stopping, all_pages, later, numbers, older
from tests.support.persons import ADA, BOB, CLEO, DIDO, Persons, made_at_once, who
from tests.support.tables import Tables

steps = some.lists(
    some.tuples(
        some.sampled_from(["send", "send", "send", "read", "read", "edit", "delete", "join", "leave"]),
        some.sampled_from([ADA, BOB, CLEO]),
        some.integers(1, 12),
    ),
    max_size=14,
)


class ChatContract:
    """Subclasses provide the tables in a fixture `tables`."""

    model_examples = 12

    @pytest.fixture
    def chat(self, tables: Tables) -> Chat:
        return Chat(tables, Persons(tables))

    # Conversations

    def test_starts_a_conversation(self, chat: Chat) -> None:
        started, _ = chat.conversations.start(ADA, [CLEO, BOB, ADA, BOB], " Plans ")
        assert started == {
            "id": started["id"],
            "title": "Plans",
            "members": [who(ADA), who(BOB), who(CLEO)],
            "last": None,
            "left": None,
            "unread": 0,
            "createdAt": started["createdAt"],
        }
        for person in (ADA, BOB, CLEO):
            assert chat.conversations.get(chat.place(started["id"], person)) == started
            assert chat.conversations.mine(person, EVERYTHING) == {"items": [started], "next": None}
        assert chat.conversations.mine(DIDO, EVERYTHING) == {"items": [], "next": None}

    def test_who_is_unknown_is_named_by_a_pointer(self, chat: Chat) -> None:
        chat.persons.leave(DIDO)
        with pytest.raises(InvalidError) as raised:
            chat.conversations.start(ADA, [BOB, "nobody", DIDO, "nobody"], None)
        assert [error["pointer"] for error in raised.value.errors or []] == ["/members/1", "/members/2"]
        with pytest.raises(InvalidError) as raised:
            chat.conversations.start(ADA, ["nobody"], None)
        assert [error["pointer"] for error in raised.value.errors or []] == ["/members/0"]
        id = chat.start(ADA, BOB)
        with pytest.raises(InvalidError) as raised:
            chat.conversations.add_member(chat.place(id, ADA), "nobody")
        assert [error["pointer"] for error in raised.value.errors or []] == ["/id"]
        assert chat.conversations.members_of(id) == [ADA, BOB]
        assert len(chat.conversations.mine(ADA, EVERYTHING)["items"]) == 1

    def test_nobody_joins_by_a_memory_and_nobody_is_kept_out_by_one(self, chat: Chat) -> None:
        for person, act, expected in (("eve", chat.persons.come, True), ("eve", chat.persons.leave, False)):
            chat.persons.directory.people([person])
            act(person)
            assert (chat.persons.directory.missing([person]) == []) == expected

    def test_has_so_many_members_and_no_more(self, chat: Chat) -> None:
        crowd = [f"person-{number}" for number in range(MOST_MEMBERS)]
        chat.persons.come(*crowd)
        id = chat.start(*crowd[:-1])
        join = partial(chat.conversations.add_member, chat.place(id, crowd[0]))
        joined = made_at_once([partial(_refusal, partial(join, person))
                               for person in (crowd[-1], ADA)])  # fmt: skip
        assert sorted(joined) == ["", "TooManyMembersError"], "of two who want the last place one gets it"
        assert len(chat.conversations.members_of(id)) == MOST_MEMBERS
        with pytest.raises(TooManyMembersError) as raised:
            chat.conversations.add_member(chat.place(id, crowd[0]), BOB)
        assert raised.value.status == 409
        assert len(chat.conversations.add_member(chat.place(id, crowd[0]), crowd[1])["members"]) == MOST_MEMBERS, (
            "is there already"
        )
        with pytest.raises(TooManyMembersError):
            chat.conversations.start(ADA, crowd, None)

    def test_a_person_begins_so_many_and_no_more(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.chat.conversations.MOST_CONVERSATIONS", 3)
        first, *_ = [chat.start(ADA, BOB) for _ in range(3)]
        with pytest.raises(TooManyConversationsError) as raised:
            chat.start(ADA, BOB)
        assert raised.value.status == 409
        others = chat.start(BOB, ADA)
        for id in (others, first):
            with pytest.raises(TooManyConversationsError):
                chat.start(ADA, CLEO)
            chat.conversations.leave(chat.place(id, ADA))  # only leaving one that they began makes room for another
        with pytest.raises(ConversationNotFoundError):
            chat.conversations.leave(chat.place(first, ADA))
        chat.start(ADA, CLEO)
        with pytest.raises(TooManyConversationsError):
            chat.start(ADA, CLEO)
        for _ in range(3):  # leaving one that they rejoined makes no more room
            chat.conversations.add_member(chat.place(first, BOB), ADA)
            chat.conversations.leave(chat.place(first, ADA))
            with pytest.raises(TooManyConversationsError):
                chat.start(ADA, CLEO)
        chat.conversations.erase(ADA)
        assert not any(
            "begun" in item for item in chat.tables.items(chat.conversations.members_table) if ADA in str(item)
        )

    def test_who_joins_sees_what_was_said_and_nothing_of_it_is_unread(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        chat.say(id, ADA)
        chat.say(id, BOB)
        joined = chat.conversations.add_member(chat.place(id, BOB), CLEO)
        assert joined["members"] == [who(ADA), who(BOB), who(CLEO)]
        assert chat.numbers(id, CLEO) == [2, 1]
        assert chat.unread(id, CLEO) == 0
        chat.say(id, ADA)
        assert chat.unread(id, CLEO) == 1
        again = chat.conversations.add_member(chat.place(id, ADA), CLEO)
        assert again["members"] == joined["members"]
        assert chat.unread(id, CLEO) == 1, "joining twice is joining once"

    def test_who_leaves_sees_nothing_more(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB, CLEO)
        chat.say(id, BOB)
        chat.conversations.leave(chat.place(id, BOB))
        with pytest.raises(ConversationNotFoundError):
            chat.conversations.leave(chat.place(id, BOB))
        assert chat.conversations.mine(BOB, EVERYTHING)["items"] == []
        assert chat.conversations.get(chat.place(id, ADA))["members"] == [who(ADA), who(CLEO)]
        assert chat.last(id, ADA)["author"] == who(BOB), "what one said stays"

    def test_leaving_twice_at_once(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        outcomes = made_at_once([partial(_refusal, lambda: chat.conversations.leave(chat.place(id, BOB)))] * 3)
        assert set(outcomes) <= {"", "ConversationNotFoundError"} and "" in outcomes
        assert chat.conversations.members_of(id) == [ADA]

    def test_the_last_one_leaves(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        for person in (ADA, BOB):
            chat.conversations.leave(chat.place(id, person))
        assert chat.conversations.members_of(id) == []

    def test_a_new_title(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        renamed = chat.conversations.rename(chat.place(id, BOB), " Cats ")
        assert renamed["title"] == "Cats"
        assert chat.conversations.get(chat.place(id, ADA)) == renamed

    def test_strangers_have_no_place(self, chat: Chat) -> None:
        """And so they can do nothing there."""
        id = chat.start(ADA, BOB, DIDO)
        chat.say(id, ADA)
        chat.say(id, DIDO)
        chat.conversations.leave(chat.place(id, DIDO))
        known = (id, "01" + "A" * 24, "x", "")
        for stranger, conversation in [*((CLEO, each) for each in known), (DIDO, id), (ADA, known[1])]:
            with pytest.raises(ConversationNotFoundError) as raised:
                chat.place(conversation, stranger)
            assert raised.value.status == 404

    def test_who_left_says_nothing_from_the_place_they_had(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        place = chat.place(id, BOB)
        chat.conversations.leave(place)
        with pytest.raises(ConversationNotFoundError):
            chat.messages.send(place, "Still here", "c1")
        assert chat.numbers(id, ADA) == []

    def test_latest_activity_comes_first(self, chat: Chat) -> None:
        ids = [chat.start(ADA, BOB) for _ in range(5)]
        for place, id in enumerate(ids):
            chat.conversations.touch(id, [ADA, BOB], f"2099-01-01T00:00:00.00{place}Z")
        chat.conversations.touch(ids[1], [ADA, "never-here"], "2099-01-01T00:00:01.000Z")
        chat.conversations.touch(ids[1], [ADA], "2099-01-01T00:00:00.500Z")  # late, and no step back
        wanted = [ids[place] for place in (1, 4, 3, 2, 0)]
        for limit in (1, 2, 4, 5, 100):
            assert self.listed(chat, ADA, limit) == wanted
        assert self.listed(chat, BOB, 2) == ids[::-1]

    def listed(self, chat: Chat, person: str, limit: int) -> list[str]:
        found, after = [], None
        while True:
            page = chat.conversations.mine(person, Turn(limit, after))
            assert len(page["items"]) <= limit
            found += [one["id"] for one in page["items"]]
            after = page["next"]
            if after is None:
                return found

    def test_a_cursor_fits_no_other_list(self, chat: Chat) -> None:
        id, other = chat.start(ADA, BOB), chat.start(ADA, BOB)
        for _ in range(3):
            chat.say(id, ADA)
            chat.say(other, ADA)
        mine = chat.conversations.mine(ADA, Turn(1))["next"]
        before = chat.messages.page(chat.place(id, ADA), None, Turn(1))["next"]
        since = chat.messages.since(chat.place(id, ADA), ZERO, Turn(1))["next"]
        assert mine and before and since
        asks: list[Callable[[], Any]] = [
            lambda: chat.conversations.mine(BOB, Turn(1, mine)),
            lambda: chat.conversations.mine(ADA, Turn(1, before)),
            lambda: chat.messages.page(chat.place(other, ADA), before, Turn(1)),
            lambda: chat.messages.page(chat.place(id, ADA), since, Turn(1)),
            lambda: chat.messages.since(chat.place(id, ADA), ZERO, Turn(1, before)),
        ]
        for ask in asks:
            with pytest.raises(BadRequestError):
                ask()

    # Messages

    def test_gives_back_what_was_said(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        message = chat.say(id, ADA, "  Hello\nthere 𝄞 ", "c1")
        assert message == {
            "id": "000000000001",
            "conversationId": id,
            "text": "Hello\nthere 𝄞",
            "author": who(ADA),
            "at": message["at"],
            "editedAt": None,
            "deleted": False,
            "clientId": "c1",
        }
        assert chat.messages.page(chat.place(id, BOB), None, EVERYTHING) == {"items": [message], "next": None}
        last = {"text": message["text"], "at": message["at"], "author": who(ADA)}
        assert chat.conversations.get(chat.place(id, BOB))["last"] == last
        assert chat.conversations.mine(BOB, EVERYTHING)["items"][0]["last"] == last

    def test_the_same_client_id_is_said_once(self, chat: Chat) -> None:
        id, other = chat.start(ADA, BOB), chat.start(ADA, BOB)
        message = chat.say(id, ADA, "Once", "same")
        assert chat.messages.send(chat.place(id, ADA), "Other", "same") == (message, False)
        chat.say(id, BOB, "Once", "same")
        chat.say(other, ADA, "Once", "same")
        edited = chat.messages.edit(chat.place(id, ADA), message["id"], "Twice")
        assert chat.messages.send(chat.place(id, ADA), "Once", "same") == (edited, False)
        chat.messages.delete(chat.place(id, ADA), message["id"])
        again, is_new = chat.messages.send(chat.place(id, ADA), "Once", "same")
        assert (again["deleted"], is_new) == (True, False)
        assert chat.numbers(id, ADA) == [2, 1]

    def test_the_same_client_id_at_once(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        sent = made_at_once([partial(chat.messages.send, chat.place(id, ADA), "Once", "same")] * 6)
        assert sorted(is_new for _, is_new in sent) == [False] * 5 + [True]
        assert {message["id"] for message, _ in sent} == {message_id(1)}
        assert chat.numbers(id, BOB) == [1]
        assert chat.unread(id, BOB) == 1

    def test_many_who_write_at_once_are_numbered_without_a_gap(self, chat: Chat) -> None:
        writers = [f"writer-{number % 6}" for number in range(8)]  # two of them in two tabs
        chat.persons.come(*writers)
        id = chat.start(ADA, *sorted(set(writers)))

        def write(thread: int) -> list[int]:
            return [int(chat.say(id, writers[thread], f"{thread}/{n}", f"{thread}-{n}")["id"]) for n in range(10)]

        written = made_at_once([partial(write, thread) for thread in range(8)])
        assert sorted(number for each in written for number in each) == list(range(1, 81))
        assert all(each == sorted(each) for each in written), "each one's own in the order in which he said them"
        page = chat.messages.page(chat.place(id, ADA), None, EVERYTHING)
        assert numbers(page) == list(range(80, 0, -1))
        assert len({message["text"] for message in page["items"]}) == 80
        assert chat.unread(id, ADA) == 80
        for number in range(6):
            tabs = writers.count(f"writer-{number}")
            assert chat.unread(id, f"writer-{number}") == 80 - 10 * tabs

    def test_pages_go_back_and_forth_without_gap_or_repetition(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        for _ in range(11):
            chat.say(id, ADA)
        for limit in (1, 4, 10, 11, 12):
            assert all_pages(partial(older, chat, id, limit)) == list(range(11, 0, -1))
            for since in (0, 3, 10, 11, 500):
                assert all_pages(partial(later, chat, id, since, limit)) == list(range(since + 1, 12))

    def test_older_pages_stay_where_they_are_while_more_is_said(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        for _ in range(4):
            chat.say(id, ADA)
        first = chat.messages.page(chat.place(id, BOB), None, Turn(2))
        chat.say(id, BOB)
        assert numbers(chat.messages.page(chat.place(id, BOB), first["next"], EVERYTHING)) == [2, 1]

    @pytest.mark.parametrize("since", ["", "x", "1", "00000000000x", "٠" * 12, "0" * 13])
    def test_since_something_that_is_no_message(self, chat: Chat, since: str) -> None:
        id = chat.start(ADA, BOB)
        with pytest.raises(BadRequestError) as raised:
            chat.messages.since(chat.place(id, ADA), since, EVERYTHING)
        assert [error["pointer"] for error in raised.value.errors or []] == ["/since"]

    def test_an_edit_is_shown_as_one(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        first, second = chat.say(id, ADA, "First"), chat.say(id, ADA, "Second")
        edited = chat.messages.edit(chat.place(id, ADA), first["id"], " Premier ")
        assert edited == {**first, "text": "Premier", "editedAt": edited["editedAt"]} and edited["editedAt"]
        assert chat.last(id, BOB)["text"] == "Second"
        chat.messages.edit(chat.place(id, ADA), second["id"], "Deuxième")
        last = chat.conversations.get(chat.place(id, BOB))["last"]
        assert last == {"text": "Deuxième", "at": second["at"], "author": who(ADA)}

    def test_a_deletion_leaves_a_mark(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        first, second = chat.say(id, ADA, "First"), chat.say(id, ADA, "Second")
        chat.messages.delete(chat.place(id, ADA), second["id"])
        shown = chat.messages.page(chat.place(id, BOB), None, EVERYTHING)["items"]
        assert shown == [{**second, "text": "", "deleted": True}, first]
        assert chat.last(id, BOB)["text"] == ""
        attempts: list[Callable[[], Any]] = [
            lambda: chat.messages.delete(chat.place(id, ADA), second["id"]),
            lambda: chat.messages.edit(chat.place(id, ADA), second["id"], "Back"),
        ]
        for attempt in attempts:
            with pytest.raises(MessageNotFoundError):
                attempt()
        assert chat.messages.page(chat.place(id, BOB), None, EVERYTHING)["items"] == shown

    def test_only_its_author_changes_it(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        message = chat.say(id, ADA)
        for number in (message["id"], message_id(2), ZERO, "x", "1", "0" * 13):
            attempts: list[Callable[[], Any]] = [
                partial(chat.messages.edit, chat.place(id, BOB), number, "Mine"),
                partial(chat.messages.delete, chat.place(id, BOB), number),
            ]
            for attempt in attempts:
                with pytest.raises(MessageNotFoundError) as raised:
                    attempt()
                assert raised.value.status == 404
        assert chat.messages.page(chat.place(id, BOB), None, EVERYTHING)["items"] == [message]

    def test_a_late_edit_does_not_bring_the_last_words_back(self, chat: Chat) -> None:
        """An edit and a deletion collide: the message ends up deleted, whichever finishes last."""
        id = chat.start(ADA, BOB)
        message = chat.say(id, ADA, "Secret")
        database = chat.tables.database
        slow = chat.through(Late(database, lambda: chat.messages.delete(chat.place(id, ADA), message["id"])))
        slow.edit(chat.place(id, ADA), message["id"], "Still secret")
        assert chat.messages.page(chat.place(id, BOB), None, EVERYTHING)["items"][0]["deleted"]
        assert chat.last(id, BOB)["text"] == ""

    # Reading

    def test_reading_goes_forward_only(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        for _ in range(4):
            chat.say(id, ADA)
        for number, unread in ((1, 3), (3, 1), (2, 1), (3, 1), (4, 0), (1, 0)):
            chat.messages.read(chat.place(id, BOB), message_id(number))
            assert chat.unread(id, BOB) == unread
        for bad in (ZERO, message_id(5), "x", "4"):
            with pytest.raises(MessageNotFoundError):
                chat.messages.read(chat.place(id, BOB), bad)

    def test_reading_at_once_ends_at_the_furthest(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        for _ in range(6):
            chat.say(id, ADA)
        made_at_once([partial(chat.messages.read, chat.place(id, BOB), message_id(number)) for number in (2, 6, 3, 5)])
        assert chat.unread(id, BOB) == 0

    def test_who_comes_back_starts_anew(self, chat: Chat) -> None:
        """Messages from before they left are not in their count."""
        id = chat.start(ADA, BOB)
        for _ in range(5):
            chat.say(id, BOB)
        chat.conversations.leave(chat.place(id, BOB))
        chat.conversations.add_member(chat.place(id, ADA), BOB)
        for _ in range(2):
            chat.say(id, ADA)
        chat.messages.read(chat.place(id, BOB), message_id(6))
        assert chat.unread(id, BOB) == 1

    def test_unread_is_right_whatever_happens(self, tables: Tables) -> None:
        @settings(
            max_examples=self.model_examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(steps)
        def check(steps: list[tuple[str, str, int]]) -> None:
            id, model = chat.start(ADA, BOB), Model(read={ADA: 0, BOB: 0})
            for what, person, number in steps:
                take(chat, id, model, what, person, number)
            for person in model.read:
                assert chat.unread(id, person) == model.unread(person), person

        chat = Chat(tables, Persons(tables))
        check()

    # The end of an account

    def test_erases_what_one_said_and_his_place(self, chat: Chat) -> None:
        id, other = chat.start(ADA, BOB), chat.start(ADA, BOB, CLEO)
        for text in ("One", "Two", "Three"):
            chat.say(id, ADA, text)
        chat.messages.delete(chat.place(id, ADA), message_id(1))
        chat.say(other, ADA, "Four")
        chat.say(other, CLEO, "Mine")
        chat.persons.leave(ADA)
        for _ in range(2):
            chat.messages.erase(ADA)
            chat.conversations.erase(ADA)
            told = chat.messages.page(chat.place(id, BOB), None, EVERYTHING)["items"]
            assert [(one["text"], one["deleted"]) for one in told] == [("", True)] * 3
            assert {one["author"]["name"] for one in told} == {"Somebody who left"}
            assert chat.conversations.get(chat.place(id, BOB))["members"] == [who(BOB)]
            assert chat.last(id, BOB)["text"] == ""
            words = [one["text"] for one in chat.messages.page(chat.place(other, CLEO), None, EVERYTHING)["items"]]
            assert words == ["Mine", ""]
            assert chat.last(other, CLEO)["text"] == "Mine"
            assert chat.conversations.mine(ADA, EVERYTHING)["items"] == []
        kept = str(chat.tables.items(chat.messages.table) + chat.tables.items(chat.conversations.table))
        assert not any(text in kept for text in ("One", "Two", "Three", "Four"))
        assert chat.unread(id, BOB) == 3

    def test_an_erasure_that_was_interrupted_is_finished(self, chat: Chat) -> None:
        id = chat.start(ADA, BOB)
        chat.say(id, ADA, "One")
        chat.say(id, ADA, "Two")
        stopping = Stopping(chat.tables.database, "update_item", after=3)
        with pytest.raises(ConnectionError):
            chat.through(stopping).erase(ADA)
        chat.messages.erase(ADA)
        assert {one["text"] for one in chat.messages.page(chat.place(id, BOB), None, EVERYTHING)["items"]} == {""}
        assert chat.last(id, BOB)["text"] == ""


def take(chat: Chat, id: str, model: Model, what: str, person: str, number: int) -> None:
    """One step on the chat and on the model."""
    if what == "join":
        member = next(iter(model.read), None)
        if member:
            chat.conversations.add_member(chat.place(id, member), person)
            model.read.setdefault(person, len(model.authors))
        return
    if person not in model.read:
        with pytest.raises(ConversationNotFoundError):
            chat.conversations.get(chat.place(id, person))
        return
    there = number <= len(model.authors)
    if what == "send":
        assert chat.say(id, person)["id"] == message_id(len(model.authors) + 1)
        model.authors.append(person)
    elif what == "leave":
        chat.conversations.leave(chat.place(id, person))
        del model.read[person]
    elif what == "read" and there:
        chat.messages.read(chat.place(id, person), message_id(number))
        model.read[person] = max(model.read[person], number)
    elif there and model.authors[number - 1] == person:
        change = partial(chat.messages.edit, chat.place(id, person), message_id(number), "Other")
        _refusal(
            change if what == "edit" else partial(chat.messages.delete, chat.place(id, person), message_id(number))
        )


def _refusal(act: Callable[[], Any]) -> str:
    """The name of the error, if any."""
    try:
        act()
    except (ConversationNotFoundError, MessageNotFoundError, TooManyMembersError) as refused:
        return type(refused).__name__
    return ""
