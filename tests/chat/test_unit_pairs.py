"""Two people have one conversation, whoever starts it and however often."""

from __future__ import annotations

from functools import partial

import pytest

from chalicelib.chat.conversations import ShownConversation, TooManyConversationsError
from tests.chat.support import EVERYTHING, Chat
from tests.support.persons import ADA, BOB, CLEO, Persons, made_at_once, who
from tests.support.tables import Tables


@pytest.fixture
def chat(own_tables: Tables) -> Chat:
    return Chat(own_tables, Persons(own_tables))


def start(chat: Chat, person: str, *others: str) -> tuple[str, bool]:
    conversation, is_new = chat.conversations.start(person, list(others), None)
    return conversation["id"], is_new


def get(chat: Chat, id: str, person: str) -> ShownConversation:
    return chat.conversations.get(chat.place(id, person))


def test_two_have_one_whoever_starts_it(chat: Chat) -> None:
    id, is_new = start(chat, ADA, BOB)
    assert is_new
    chat.say(id, ADA)
    assert start(chat, BOB, ADA) == start(chat, ADA, BOB, ADA) == (id, False)
    chat.conversations.rename(chat.place(id, BOB), "Plans")
    assert start(chat, ADA, BOB) == (id, False), "also by another title"
    assert start(chat, ADA, CLEO)[1] and start(chat, BOB, CLEO)[1]
    assert len(chat.conversations.mine(ADA, EVERYTHING)["items"]) == 2


def test_a_title_makes_another_and_so_do_more_people(chat: Chat) -> None:
    id, _ = start(chat, ADA, BOB)
    assert chat.start(ADA, BOB, title="Plans") != id
    assert start(chat, ADA, BOB, CLEO)[0] != start(chat, ADA, CLEO, BOB)[0]
    assert start(chat, ADA, ADA)[0] != start(chat, ADA, ADA)[0]
    assert start(chat, ADA, BOB) == (id, False)


def test_of_many_who_start_it_at_once_one_does(chat: Chat) -> None:
    acts = [partial(start, chat, *two) for two in ((ADA, BOB), (BOB, ADA)) * 3]
    begun = made_at_once(acts)
    assert len({id for id, _ in begun}) == 1
    assert sorted(is_new for _, is_new in begun) == [False] * 5 + [True]
    assert len(chat.conversations.mine(BOB, EVERYTHING)["items"]) == 1


def test_where_one_left_or_a_third_joined_they_start_anew(chat: Chat) -> None:
    left, _ = start(chat, ADA, BOB)
    chat.conversations.leave(chat.place(left, BOB))
    crowded, is_new = start(chat, BOB, ADA)
    assert is_new and crowded != left
    chat.conversations.add_member(chat.place(crowded, ADA), CLEO)
    third, is_new = start(chat, ADA, BOB)
    assert is_new and third not in (left, crowded)
    assert start(chat, BOB, ADA) == (third, False)


def test_of_doubles_from_before_the_latest_is_theirs(chat: Chat) -> None:
    first, second = [chat.start(ADA, BOB) for _ in range(2)]
    for id in (first, second):
        chat.conversations.rows.change(id, "REMOVE title")
    chat.conversations.touch(first, [ADA, BOB], "2099-01-01T00:00:00.000Z")
    chat.conversations.touch(chat.start(ADA, BOB), [ADA, BOB], "2099-01-02T00:00:00.000Z")
    assert set(made_at_once([partial(start, chat, BOB, ADA), partial(start, chat, ADA, BOB)])) == {(first, False)}
    chat.conversations.touch(second, [ADA, BOB], "2099-01-03T00:00:00.000Z")
    assert start(chat, ADA, BOB) == (first, False), "and stays it"


def test_one_that_is_there_also_counts_and_makes_room_for_none(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.chat.conversations.MOST_CONVERSATIONS", 1)
    id, _ = start(chat, ADA, BOB)
    assert start(chat, ADA, BOB) == (id, False)
    with pytest.raises(TooManyConversationsError):
        start(chat, ADA, CLEO)


def test_a_deleted_account_leaves_no_note(chat: Chat) -> None:
    start(chat, ADA, BOB)
    left, _ = start(chat, CLEO, ADA)
    chat.conversations.leave(chat.place(left, CLEO))
    start(chat, BOB, CLEO)
    chat.conversations.erase(ADA)
    assert list(chat.conversations.of_person(ADA)) == []
    kept = str(chat.tables.items(chat.conversations.members_table))
    assert ADA not in kept and CLEO in kept


def test_an_export_names_each_conversation_that_one_is_in_once_and_no_other(chat: Chat) -> None:
    """The note of whom one talks with stays when one leaves; the title may tell what came afterwards."""
    left, _ = start(chat, ADA, BOB)
    chat.conversations.leave(chat.place(left, BOB))
    chat.conversations.rename(chat.place(left, ADA), "What Bob must not know")
    assert list(chat.conversations.titles(BOB)) == []
    there, _ = start(chat, BOB, CLEO)
    assert [one["id"] for one in chat.conversations.titles(BOB)] == [there]


def test_who_left_last_is_told_until_they_are_back(chat: Chat) -> None:
    id, _ = start(chat, ADA, BOB, CLEO)
    assert get(chat, id, ADA)["left"] is None
    chat.conversations.leave(chat.place(id, BOB))
    left = get(chat, id, ADA)["left"]
    assert left and left["person"] == who(BOB)
    assert chat.conversations.mine(CLEO, EVERYTHING)["items"][0]["left"] == left
    chat.conversations.add_member(chat.place(id, ADA), BOB)
    assert get(chat, id, ADA)["left"] is None
    chat.conversations.erase(CLEO)
    left = get(chat, id, ADA)["left"]
    assert left and left["person"] is None
    assert CLEO not in str(chat.tables.items(chat.conversations.table)), "an account that ended is not named"
