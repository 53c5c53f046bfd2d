"""One process, no network: moto as DynamoDB and Cognito on loopback, and no other sockets."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from chalicelib.albums.catalogue import Catalogue
from chalicelib.core import aws
from tests.support import template
from tests.support.events import Api
from tests.support.failing import fail
from tests.support.strict import Strict
from tests.support.tables import Tables

KEYS = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
BUCKET = "recordings"


class Switchboard:
    """A gateway's sockets: which were closed."""

    def __init__(self) -> None:
        self.hung_up: list[str] = []

    def delete_connection(self, ConnectionId: str) -> None:
        self.hung_up.append(ConnectionId)


class ClosedError(RuntimeError):
    """Not an OSError: nothing may take it for a network failure and retry."""


def _is_near(host: Any) -> bool:
    try:
        return host in (None, "", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="module")
def sockets_are_closed(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.path.name.startswith("test_unit"):
        yield
        return
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(reach: Callable[..., Any]) -> Callable[..., Any]:
        def guard(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_near(address[0]):
                raise ClosedError(f"unit tests reach no further than this machine, not {address}")
            return reach(self, address)

        return guard

    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        if not _is_near(host):
            raise ClosedError(f"unit tests look no name up, not {host}")
        return getaddrinfo(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


def _one_at_a_time(application: Any) -> Any:
    """moto's transactions are not isolated from each other; DynamoDB's are."""
    lock = threading.Lock()

    def locked(environ: Any, start_response: Any) -> list[bytes]:
        with lock:
            return list(application(environ, start_response))

    return locked


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    assert server._server
    server._server.app = _one_at_a_time(server._server.app)
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def clients(moto: str) -> dict[str, Any]:
    """Our own client and boto3's, each made once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": moto}.items():
            patch.setenv(name, value)
        patch.setattr(aws, "_clients", {})
        return {
            "signed": Strict(aws.client("dynamodb")),
            "boto3": Strict(boto3.session.Session().client("dynamodb")),
            "cognito-idp": aws.client("cognito-idp"),
            "cognito-identity": aws.client("cognito-identity"),
            "s3": _with_bucket(boto3.session.Session().client("s3")),
        }


def _with_bucket(s3: Any) -> Any:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]})
    return s3


@pytest.fixture
def signed_clients(clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `aws.client` returns in this test."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    given = {**clients, "dynamodb": clients["signed"]}
    for name in ("SPEECH_BUCKET", "PHOTOS_BUCKET", "EXPORTS_BUCKET"):
        monkeypatch.setenv(name, BUCKET)
    monkeypatch.setattr(aws, "_clients", given)
    return given


@pytest.fixture
def own_tables(signed_clients: dict[str, Any]) -> Iterator[Tables]:
    tables = Tables(signed_clients["dynamodb"])
    yield tables
    tables.drop()


@pytest.fixture
def catalogue(own_tables: Tables) -> Catalogue:
    return Catalogue(own_tables.database, own_tables.new("AlbumsTable"))


@pytest.fixture(scope="session")
def only_folders(clients: dict[str, Any]) -> dict[str, str]:
    """An identity pool and an empty bucket, as the functions know them."""
    place = {"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
    clients["s3"].create_bucket(Bucket="files", CreateBucketConfiguration=place)
    made = clients["cognito-identity"].create_identity_pool(
        IdentityPoolName="people", AllowUnauthenticatedIdentities=False
    )
    room = {"FOLDER_QUOTA": "1000", "FOLDER_FILES": "10"}
    return {"FILES_BUCKET": "files", **room, "IDENTITY_POOL_ID": made["IdentityPoolId"]}


@pytest.fixture
def api(own_tables: Tables, only_folders: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Api:
    """The application as the gateway calls it, with its own tables."""
    for name, value in only_folders.items():
        monkeypatch.setenv(name, value)
    for name, resource in template.tables_in_the_environment().items():
        monkeypatch.setenv(name, own_tables.new(resource))
    monkeypatch.setenv("SITE_ADDRESS", "https://example.com")
    monkeypatch.setenv("SOCKET_ENDPOINT", "http://{api}")
    monkeypatch.setitem(aws._clients, "apigatewaymanagementapi http://api", Switchboard())
    monkeypatch.setenv("SPEECH_A_DAY", "100000")
    monkeypatch.setenv("SPEECH_A_DAY_FOR_ALL", "150000")
    return Api()


@pytest.fixture(scope="session")
def only_pool(clients: dict[str, Any]) -> str:
    """One for all: moto makes a pair of keys for each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        return str(clients["cognito-idp"].create_user_pool(PoolName="people")["UserPool"]["Id"])


@pytest.fixture
def user_pool(only_pool: str, signed_clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Without anybody in it."""
    monkeypatch.setenv("USER_POOL_ID", only_pool)
    yield only_pool
    cognito = signed_clients["cognito-idp"]
    for user in cognito.list_users(UserPoolId=only_pool)["Users"]:
        cognito.admin_delete_user(UserPoolId=only_pool, Username=user["Username"])


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Api:
    """The application without a cloud: for what must be answered before any request to one."""
    for name in (*template.tables_in_the_environment(), "USER_POOL_ID"):
        monkeypatch.setenv(name, "none")
    for name in ("SPEECH_A_DAY", "SPEECH_A_DAY_FOR_ALL"):
        monkeypatch.setenv(name, "100000")
    fail(monkeypatch, AssertionError("the cloud was asked"))
    return Api()
