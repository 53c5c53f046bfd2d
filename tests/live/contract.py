"""The promises of tickets and of the rows of open sockets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chalicelib.core.errors import UnauthorizedError
from chalicelib.live.connections import Connection, Connections, TooManySocketsError
from chalicelib.live.tickets import Tickets
from tests.albums.contract import at_once
from tests.support.clock import at
from tests.support.persons import signed
from tests.support.tables import Tables

NOW = 1_700_000_000.7


class TicketsContract:
    """Subclasses provide the table in a fixture `tables`."""

    @pytest.fixture
    def tickets(self, tables: Tables) -> Tickets:
        return Tickets(tables.database, tables.new("TicketsTable"), lambda: NOW)

    def test_opens_once(self, tickets: Tickets) -> None:
        ticket = tickets.give(signed("ada"))["ticket"]
        assert at(NOW + 1, tickets).take(ticket) == signed("ada")
        with pytest.raises(UnauthorizedError) as raised:
            at(NOW + 1, tickets).take(ticket)
        assert raised.value.status == 401

    def test_of_two_who_show_it_one_gets_in(self, tickets: Tickets) -> None:
        for _ in range(3):
            ticket = tickets.give(signed("ada"))["ticket"]
            assert sorted(at_once([partial(tickets.take, ticket)] * 2)) == ["UnauthorizedError", "done"]

    def test_is_good_for_a_minute(self, tickets: Tickets) -> None:
        given = tickets.give(signed("ada"))
        assert given["expiresAt"] == "2023-11-14T22:14:20.000Z"
        with pytest.raises(UnauthorizedError):
            at(NOW + 60, tickets).take(given["ticket"])
        assert at(NOW + 59, tickets).take(tickets.give(signed("ada"))["ticket"]) == signed("ada")

    @pytest.mark.parametrize("ticket", ["", "x", "0" * 48, "é", "x" * 5000])
    def test_another_is_not_good(self, tickets: Tickets, ticket: str) -> None:
        tickets.give(signed("ada"))
        with pytest.raises(UnauthorizedError):
            tickets.take(ticket)

    def test_each_is_another_and_opens_for_its_own_person(self, tickets: Tickets) -> None:
        given = {person: tickets.give(signed(person))["ticket"] for person in ("ada", "bob", "cleo")}
        assert len(set(given.values())) == 3
        assert {person: tickets.take(ticket) for person, ticket in given.items()} == {p: signed(p) for p in given}

    def test_what_is_stored_opens_nothing_and_goes_by_itself(self, tables: Tables, tickets: Tickets) -> None:
        ticket = tickets.give(signed("ada"))["ticket"]
        [item] = tables.items(tickets.table)
        assert ticket not in str(item) and item["expiresAt"] == {"N": str(int(NOW) + 60)}
        with pytest.raises(UnauthorizedError):
            tickets.take(item["id"]["S"])


class ConnectionsContract:
    """Subclasses provide the table in a fixture `tables`."""

    @pytest.fixture
    def connections(self, tables: Tables) -> Connections:
        return Connections(tables.database, tables.new("ConnectionsTable"), lambda: NOW)

    def test_opens_and_closes_as_often_as_it_is_told(self, connections: Connections) -> None:
        for _ in range(2):
            connections.open(Connection("c1=", "api1"), signed("ada"))
            assert connections.sign_in("c1=") == signed("ada")
        for _ in range(2):
            connections.close("c1=")
            assert connections.sign_in("c1=") is None
        assert list(connections.everyone()) == connections.of_person("ada") == []

    def test_finds_by_person_and_all_together(self, connections: Connections) -> None:
        rows = [(Connection(f"c{number}=", f"api{number % 2}"), ("ada", "bob")[number % 2]) for number in range(12)]
        for connection, person in rows:
            connections.open(connection, signed(person))
        assert sorted(connections.everyone()) == sorted(connection for connection, _ in rows)
        for person in ("ada", "bob"):
            assert sorted(connections.of_person(person)) == sorted(each for each, whose in rows if whose == person)
        assert connections.of_person("nobody") == []

    def test_a_row_goes_by_itself_after_the_socket(self, tables: Tables, connections: Connections) -> None:
        connections.open(Connection("c1=", "api1"), signed("ada"))
        [item] = [row for row in tables.items(connections.table) if "api" in row]
        assert 2 * 3600 < int(item["expiresAt"]["N"]) - NOW < 3 * 3600

    def test_one_that_has_gone_loses_its_row_but_not_one_that_is_only_coming(self, connections: Connections) -> None:
        at(NOW - 31, connections).open(Connection("old", "api1"), signed("ada"))
        at(NOW - 1, connections).open(Connection("coming", "api1"), signed("ada"))
        for id in ("old", "coming", "never-there"):
            connections.lose(id)
        assert [each.id for each in connections.everyone()] == ["coming"]

    def test_a_person_has_so_many_and_no_more(self, connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.live.connections.MOST_SOCKETS", 4)
        for number in range(4):
            connections.open(Connection(f"a{number}", "api1"), signed("ada"))
        connections.open(Connection("a3", "api1"), signed("ada"))  # delivered twice
        for _ in range(2):
            with pytest.raises(TooManySocketsError) as raised:
                connections.open(Connection("a4", "api1"), signed("ada"))
            assert raised.value.status == 429 and connections.sign_in("a4") is None
        connections.open(Connection("b0", "api1"), signed("bob"))
        connections.close("a1")
        at(NOW + 60, connections).lose("a2")
        for id in ("a4", "a5"):  # dead ones have made room, although nobody reported it
            connections.open(Connection(id, "api1"), signed("ada"))
        with pytest.raises(TooManySocketsError):
            connections.open(Connection("a6", "api1"), signed("ada"))
        assert sorted(each.id for each in connections.of_person("ada")) == ["a0", "a3", "a4", "a5"]

    def test_one_whose_time_is_over_keeps_no_place(
        self, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chalicelib.live.connections.MOST_SOCKETS", 2)
        for id in ("a0", "a1"):
            connections.open(Connection(id, "api1"), signed("ada"))
        with pytest.raises(TooManySocketsError):
            at(NOW + 3600, connections).open(Connection("a2", "api1"), signed("ada"))
        at(NOW + 3 * 3600, connections).open(Connection("a2", "api1"), signed("ada"))

    def test_of_many_at_once_no_more_get_in(self, connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.live.connections.MOST_SOCKETS", 3)
        opening: list[Callable[[], Any]] = [
            partial(connections.open, Connection(f"a{n}", "api1"), signed("ada")) for n in range(8)
        ]
        assert sorted(at_once(opening)) == ["TooManySocketsError"] * 5 + ["done"] * 3
        assert len(connections.of_person("ada")) == 3

    def test_ends_all_of_one_and_none_of_others(self, tables: Tables, connections: Connections) -> None:
        closed: list[str] = []
        for id, person in (("a1", "ada"), ("a2", "ada"), ("b1", "bob")):
            connections.open(Connection(id, "api1"), signed(person))
        for end in (connections.end, connections.erase):
            end("ada", lambda connection: closed.append(connection.id))
            assert [each.id for each in connections.everyone()] == ["b1"]
        assert sorted(closed) == ["a1", "a2"]
        assert not any("ada" in str(item) for item in tables.items(connections.table))
