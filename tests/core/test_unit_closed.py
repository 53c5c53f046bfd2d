"""The unit tests' own fence: no socket leaves this machine."""

from __future__ import annotations

import socket

import boto3
import pytest
from botocore.exceptions import HTTPClientError

from chalicelib.core.signed import SignedClient
from tests.support.unit import KEYS, ClosedError


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::1", "example.com"])
def test_no_connection_goes_out(address: str) -> None:
    with pytest.raises(ClosedError):
        socket.create_connection((address, 80), 1)
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as plain, pytest.raises(ClosedError):
        plain.connect((address, 80))


def test_neither_do_the_clients_of_aws() -> None:
    with pytest.raises(ClosedError):
        SignedClient("dynamodb", environ=KEYS).list_tables()
    client = boto3.session.Session("key", "secret", region_name="eu-central-1").client("dynamodb")
    with pytest.raises(HTTPClientError, match="unit tests look no name up"):
        client.list_tables()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 1) as peer:
        assert peer.getpeername() == server.getsockname()
