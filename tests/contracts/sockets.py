"""What is promised of tickets and of the rows of open sockets."""

from __future__ import annotations

import time
from functools import partial

import pytest

from chalicelib.core.errors import UnauthorizedError
from chalicelib.live.connections import Connection, Connections
from chalicelib.live.tickets import Tickets
from tests.contracts.catalogue import at_once
from tests.contracts.tables import Tables

NOW = 1_700_000_000.7


class TicketsContract:
    """Subclasses say, by a fixture `tables`, where the table is."""

    @pytest.fixture
    def tickets(self, tables: Tables) -> Tickets:
        return Tickets(tables.database, tables.new("TicketsTable"))

    def test_opens_once(self, tickets: Tickets) -> None:
        ticket = tickets.give("ada", NOW)["ticket"]
        assert tickets.take(ticket, NOW + 1) == "ada"
        with pytest.raises(UnauthorizedError) as raised:
            tickets.take(ticket, NOW + 1)
        assert raised.value.status == 401

    def test_of_two_who_show_it_one_gets_in(self, tickets: Tickets) -> None:
        for _ in range(3):
            ticket = tickets.give("ada", NOW)["ticket"]
            assert sorted(at_once([partial(tickets.take, ticket, NOW)] * 2)) == ["UnauthorizedError", "done"]

    def test_is_good_for_a_minute(self, tickets: Tickets) -> None:
        given = tickets.give("ada", NOW)
        assert given["expiresAt"] == "2023-11-14T22:14:20.000Z"
        with pytest.raises(UnauthorizedError):
            tickets.take(given["ticket"], NOW + 60)
        assert tickets.take(tickets.give("ada", NOW)["ticket"], NOW + 59) == "ada"

    @pytest.mark.parametrize("ticket", ["", "x", "0" * 48, "é", "x" * 5000])
    def test_another_is_not_good(self, tickets: Tickets, ticket: str) -> None:
        tickets.give("ada", NOW)
        with pytest.raises(UnauthorizedError):
            tickets.take(ticket, NOW)

    def test_each_is_another_and_opens_for_its_own_person(self, tickets: Tickets) -> None:
        given = {person: tickets.give(person, NOW)["ticket"] for person in ("ada", "bob", "cleo")}
        assert len(set(given.values())) == 3
        assert {person: tickets.take(ticket, NOW) for person, ticket in given.items()} == {p: p for p in given}

    def test_what_is_stored_opens_nothing_and_goes_by_itself(self, tables: Tables, tickets: Tickets) -> None:
        ticket = tickets.give("ada", NOW)["ticket"]
        [item] = tables.items(tickets.table)
        assert ticket not in str(item) and item["expiresAt"] == {"N": str(int(NOW) + 60)}
        with pytest.raises(UnauthorizedError):
            tickets.take(item["id"]["S"], NOW)


class ConnectionsContract:
    """Subclasses say, by a fixture `tables`, where the table is."""

    @pytest.fixture
    def connections(self, tables: Tables) -> Connections:
        return Connections(tables.database, tables.new("ConnectionsTable"))

    def test_opens_and_closes_as_often_as_it_is_told(self, connections: Connections) -> None:
        for _ in range(2):
            connections.open(Connection("c1=", "api1"), "ada", NOW)
            assert connections.person("c1=") == "ada"
        for _ in range(2):
            connections.close("c1=")
            assert connections.person("c1=") is None
        assert list(connections.everyone()) == connections.of_person("ada") == []

    def test_finds_by_person_and_all_together(self, connections: Connections) -> None:
        rows = [(Connection(f"c{number}=", f"api{number % 2}"), ("ada", "bob")[number % 2]) for number in range(12)]
        for connection, person in rows:
            connections.open(connection, person, NOW)
        assert sorted(connections.everyone()) == sorted(connection for connection, _ in rows)
        for person in ("ada", "bob"):
            assert sorted(connections.of_person(person)) == sorted(each for each, whose in rows if whose == person)
        assert connections.of_person("nobody") == []

    def test_a_row_goes_by_itself_after_the_socket(self, tables: Tables, connections: Connections) -> None:
        connections.open(Connection("c1=", "api1"), "ada", NOW)
        [item] = tables.items(connections.table)
        assert 2 * 3600 < int(item["expiresAt"]["N"]) - NOW < 3 * 3600

    def test_one_that_has_gone_loses_its_row_but_not_one_that_is_only_coming(self, connections: Connections) -> None:
        connections.open(Connection("old", "api1"), "ada", NOW - 31)
        connections.open(Connection("coming", "api1"), "ada", NOW - 1)
        for id in ("old", "coming", "never-there"):
            connections.lose(id, NOW)
        assert [each.id for each in connections.everyone()] == ["coming"]

    def test_erases_all_of_one_and_nothing_of_others(self, connections: Connections) -> None:
        for id, person in (("a1", "ada"), ("a2", "ada"), ("b1", "bob")):
            connections.open(Connection(id, "api1"), person, time.time())
        for _ in range(2):
            connections.erase("ada")
            assert [each.id for each in connections.everyone()] == ["b1"]
