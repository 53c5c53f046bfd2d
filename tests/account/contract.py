"""The promises of people's rows: one each, found by mail address, gone for good."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.account.people import People, PersonNotFoundError
from chalicelib.core import schemas
from chalicelib.core.bounds import EndedError, ErasedError
from chalicelib.core.errors import ForbiddenError
from chalicelib.core.items import plain
from chalicelib.core.person import Person
from tests.albums.contract import at_once
from tests.support.clock import at
from tests.support.tables import Tables

ADA = Person("ada", "ada@example.com", "Ada", frozenset(["curators", "authors"]))
BOB = Person("bob", "bob@example.com", "Bob")


class PeopleContract:
    """Subclasses provide the table in a fixture `tables`."""

    @pytest.fixture
    def people(self, tables: Tables) -> People:
        return People(tables.database, tables.new("PeopleTable"))

    def test_makes_a_row_at_the_first_visit_and_keeps_it(self, tables: Tables, people: People) -> None:
        me = people.welcome(ADA)
        assert me == {"id": "ada", "email": "ada@example.com", "name": "Ada", "groups": ["authors", "curators"]}
        renamed_elsewhere = Person("ada", "ada@example.com", "Another Name")
        assert people.welcome(renamed_elsewhere) == {**me, "groups": []}
        assert len(tables.items(people.table)) == 1

    @pytest.mark.parametrize("name", ["  ", "a\nb", "\x7f", "x" * 300, "  Ada  "])
    def test_whatever_name_a_token_has_the_row_has_one_that_fits(self, people: People, name: str) -> None:
        me = people.welcome(Person("ada", "ada@example.com", name))
        assert schemas.faults("account/me", me) == []
        assert me["name"] == me["name"].strip()

    def test_sets_a_name(self, people: People) -> None:
        people.welcome(ADA)
        assert people.rename(ADA, "  Countess ") == people.welcome(ADA)
        assert people.welcome(ADA)["name"] == "Countess"
        assert people.with_email("ada@example.com")["name"] == "Countess"

    def test_sets_the_name_of_who_was_never_here(self, people: People) -> None:
        assert people.rename(BOB, "Robert") == {"id": "bob", "email": BOB.email, "name": "Robert", "groups": []}
        assert people.welcome(BOB)["name"] == "Robert"

    def test_finds_by_mail_address_whatever_its_case(self, people: People) -> None:
        people.welcome(ADA)
        people.welcome(BOB)
        for email in ("ada@example.com", "ADA@Example.COM", " ada@example.com "):
            assert people.with_email(email) == {"id": "ada", "name": "Ada"}

    @pytest.mark.parametrize("email", ["nobody@example.com", "ada", "", "  ", "a" * 320])
    def test_finds_nobody_by_another_address(self, people: People, email: str) -> None:
        people.welcome(ADA)
        with pytest.raises(PersonNotFoundError):
            people.with_email(email)

    def test_a_person_who_was_forgotten_stays_so(self, tables: Tables, people: People) -> None:
        people.welcome(ADA)
        people.welcome(BOB)
        now = time.time()
        at(now, people).forget("ada")
        at(now, people).forget("ada")
        attempts: list[Any] = [lambda: people.welcome(ADA), lambda: people.rename(ADA, "Ada again")]
        for attempt in attempts:
            with pytest.raises(ErasedError) as raised:
                attempt()
            assert raised.value.status == 401
        with pytest.raises(PersonNotFoundError):
            people.with_email(ADA.email)
        assert people.with_email(BOB.email)["id"] == "bob"
        [mark] = [plain(item) for item in tables.items(people.table) if item["id"] == {"S": "ada"}]
        assert mark.keys() == {"id", "erasedAt", "expiresAt"}, "a mark keeps nothing of the person"
        assert 3600 < mark["expiresAt"] - now <= 24 * 3600, "longer than a token lives, and not for ever"

    def test_signed_out_everywhere_only_a_later_sign_in_is_welcome(self, people: People) -> None:
        before, same_second, later = (replace(ADA, signed_in_at=at) for at in (999, 1000, 1001))
        at(1000.9, people).sign_out(before)
        for over in (before, same_second):
            for attempt in (people.welcome, people.sign_out, partial(people.rename, name="Ada again")):
                with pytest.raises(EndedError) as raised:
                    attempt(over)
                assert raised.value.status == 401
        assert people.welcome(later)["name"] == "Ada"

    def test_one_who_was_never_here_can_be_forgotten(self, people: People) -> None:
        people.forget("ada")
        with pytest.raises(ErasedError):
            people.welcome(ADA)

    def test_one_whose_address_is_not_proved_gets_no_row(self, tables: Tables, people: People) -> None:
        with pytest.raises(ForbiddenError):
            people.welcome(Person("ada", "", "Ada"))
        with pytest.raises(ForbiddenError):
            people.rename(Person("ada", "", "Ada"), "Other")
        assert tables.items(people.table) == []

    def test_two_first_visits_at_once_make_one_row(self, tables: Tables, people: People) -> None:
        for number in range(3):
            person = Person(f"person-{number}", f"{number}@example.com", "Some Body")
            assert at_once([partial(people.welcome, person)] * 2) == ["done", "done"]
        assert len(tables.items(people.table)) == 3

    def test_a_first_visit_undoes_nothing_that_another_tab_did_meanwhile(self, people: People) -> None:
        late = People(Meanwhile(people.database, "put_item", lambda: people.rename(ADA, "Countess")), people.table)
        assert late.welcome(ADA)["name"] == "Countess"
        assert people.welcome(ADA)["name"] == "Countess"

    def test_a_first_visit_brings_nobody_back(self, people: People) -> None:
        forget = partial(people.forget, "ada")
        with pytest.raises(ErasedError):
            People(Meanwhile(people.database, "put_item", forget), people.table).welcome(ADA)
        with pytest.raises(ErasedError):
            people.welcome(ADA)

    def test_a_new_name_brings_nobody_back(self, people: People) -> None:
        people.welcome(ADA)
        forget = partial(people.forget, "ada")
        with pytest.raises(ErasedError):
            People(Meanwhile(people.database, "update_item", forget), people.table).rename(ADA, "Countess")
        with pytest.raises(PersonNotFoundError):
            people.with_email(ADA.email)


class Meanwhile:
    """A client with something else happening just before its first call of this operation."""

    def __init__(self, client: Any, operation: str, act: Callable[[], Any]) -> None:
        self._client, self._operation, self._act = client, operation, act

    def __getattr__(self, operation: str) -> Any:
        if operation == self._operation:
            self._operation = ""
            self._act()
        return getattr(self._client, operation)
