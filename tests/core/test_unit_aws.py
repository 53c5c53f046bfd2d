"""The signed client compared with botocore: the same signatures, answers and failures, and how it handles trouble."""

import calendar
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.session import get_session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as some
from moto.server import ThreadedMotoServer

from chalicelib.core import aws, signed, wire
from chalicelib.core.items import plain, typed

ENVIRON = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


class Script:
    """A server that gives scripted answers and records requests."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, Any]] | None] = []
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.connections = 0
        self.closes_after_answer = False

    def next(self) -> tuple[int, dict[str, Any]] | None:
        return self.answers.pop(0) if self.answers else (200, {})


def server_of(script: Script) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            script.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            script.asked.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
            answer = script.next()
            # None hangs up instead of answering; closing unannounced is what peers do to idle connections.
            self.close_connection = answer is None or script.closes_after_answer
            if answer is not None:
                self.respond(*answer)

        def respond(self, status: int, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def served(script: Script) -> Iterator[ThreadingHTTPServer]:
    server = server_of(script)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def at(server: ThreadingHTTPServer) -> dict[str, str]:
    return {**ENVIRON, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(served: ThreadingHTTPServer, slept: list[float]) -> signed.SignedClient:
    return signed.SignedClient("dynamodb", environ=at(served), sleep=slept.append, chance=lambda: 1.0)


def refusal(code: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no", **more}


words = some.text(some.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
secrets = some.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789/+=", min_size=1, max_size=60)
paths = some.lists(some.text("abcXYZ019-._~ %&=é", min_size=3, max_size=8), max_size=3).map("/".join).map("/{}".format)
hosts = some.sampled_from(["http://localhost:4566", "https://dynamodb.eu-central-1.amazonaws.com", "http://[::1]:8001",
                           "https://db.test:443", "http://db.test:80", "https://DB.test:80"])  # fmt: skip


@given(hosts, paths, words, secrets, some.none() | secrets, some.sampled_from(sorted(signed.SERVICES)))
def test_signs_as_botocore(host: str, path: str, text: str, secret: str, token: str | None, service: str) -> None:
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "Some.Operation"}
    theirs = AWSRequest("POST", host + path, dict(headers), body)
    SigV4Auth(BotocoreCredentials("key", secret, token), service, "eu-central-1").add_auth(theirs)
    now = calendar.timegm(time.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))

    endpoint = wire.Endpoint(host + path)
    ours = signed.signed(
        {**headers, "Host": endpoint.host},
        endpoint.path,
        body,
        signed.Credentials("key", secret, token),
        "eu-central-1",
        service,
        now,
    )

    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == theirs.headers.get("X-Amz-Security-Token")


@pytest.mark.parametrize("service", signed.SERVICES)
def test_calls_every_operation_by_the_name_that_botocore_gives_it(service: str) -> None:
    model = get_session().get_service_model(service)
    names = model.operation_names
    assert {xform_name(name): signed.operation_of(xform_name(name)) for name in names} == {
        xform_name(name): name for name in names
    }
    assert (model.metadata["targetPrefix"], model.metadata["jsonVersion"]) == (
        signed.SERVICES[service].target,
        signed.SERVICES[service].version,
    )


def test_gives_a_token_to_every_operation_that_botocore_gives_one() -> None:
    models = [get_session().get_service_model(service) for service in signed.SERVICES]
    operations = [model.operation_model(name) for model in models for name in model.operation_names]
    idempotent = [each for each in operations if each.idempotent_members]
    assert {each.name: each.idempotent_members[0] for each in idempotent} == signed.TOKENS


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "https://cognito-idp.eu-central-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "cn-north-1"}, "https://cognito-idp.cn-north-1.amazonaws.com.cn"),
        ({"AWS_ENDPOINT_URL": "http://all:1"}, "http://all:1"),
        ({"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://other:2"}, "http://all:1"),
        ({"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://me:2"}, "http://me:2"),
        (
            {"AWS_ENDPOINT_URL": "http://all:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "https://cognito-idp.eu-central-1.amazonaws.com",
        ),
    ],
)  # fmt: skip
def test_finds_the_endpoint_that_boto3_finds(
    environ: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**ENVIRON, **environ}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert boto3.session.Session().client("cognito-idp").meta.endpoint_url == url
    region = signed.region_of(environ)
    assert signed.endpoint_of(signed.SERVICES["cognito-idp"], region, environ) == url


def test_takes_lambdas_region_when_no_other_is_named() -> None:
    assert signed.region_of({"AWS_REGION": "eu-west-1"}) == "eu-west-1"
    assert signed.region_of({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}) == "eu-west-2"


def test_reads_the_credentials_for_each_request(served: ThreadingHTTPServer, script: Script) -> None:
    environ = at(served)
    client = signed.SignedClient("dynamodb", environ=environ)
    client.list_tables()
    environ.update(AWS_ACCESS_KEY_ID="later", AWS_SESSION_TOKEN="session")
    client.list_tables()
    before, after = (headers for headers, _ in script.asked)
    assert "Credential=key/" in before["authorization"] and "x-amz-security-token" not in before
    assert "Credential=later/" in after["authorization"] and after["x-amz-security-token"] == "session"


def test_asks_botocore_for_a_profile_when_the_environment_holds_no_credentials(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[mine]\naws_access_key_id = profiled\naws_secret_access_key = s\n")
    (tmp_path / "config").write_text("[profile mine]\nregion = eu-north-1\n")
    code = (
        "import os; from chalicelib.core.signed import credentials_of, region_of;"
        "print(credentials_of(os.environ).key, region_of(os.environ))"
    )
    environ = {
        "AWS_PROFILE": "mine",
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
    }
    assert fresh(code, environ) == "profiled eu-north-1"


def test_makes_one_client_a_service_and_loads_botocore_only_for_the_others() -> None:
    code = (
        "import sys; from chalicelib.core import aws;"
        "light = 'chalicelib.core.signed' not in sys.modules;"
        "same = aws.client('dynamodb') is aws.client('dynamodb');"
        "alone = aws.Failure == (aws.AwsError,) and 'botocore' not in sys.modules;"
        "region = aws.client('s3').meta.region_name;"
        "print(light, same, alone, region, aws.client('s3') is aws.client('s3'), len(aws.Failure))"
    )
    assert fresh(code, ENVIRON) == "True True True eu-central-1 True 3"


def fresh(code: str, environ: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        (500, {}),
        (503, {"message": "Service Unavailable"}),
        refusal("ProvisionedThroughputExceededException"),
        refusal("ThrottlingException"),
        refusal("RequestLimitExceeded"),
        refusal("TransactionInProgressException"),
        refusal("TooManyRequestsException"),
    ],
)
def test_tries_again_what_may_pass(
    answer: tuple[int, dict[str, Any]] | None, client: signed.SignedClient, script: Script, slept: list[float]
) -> None:
    script.answers = [answer, answer, (200, {"TableNames": ["albums"]})]
    assert client.list_tables(Limit=1) == {"TableNames": ["albums"]}
    assert [body for _, body in script.asked] == [{"Limit": 1}] * 3
    assert slept == [0.1, 0.2]


def test_gives_up_after_three_tries(client: signed.SignedClient, script: Script, slept: list[float]) -> None:
    script.answers = [refusal("ThrottlingException")] * 9
    with pytest.raises(aws.AwsError) as raised:
        client.list_tables()
    assert (raised.value.code, raised.value.status, len(script.asked)) == ("ThrottlingException", 400, 3)
    assert len(slept) == 2


def test_sleeps_a_random_part_of_the_delay(served: ThreadingHTTPServer, script: Script, slept: list[float]) -> None:
    chances = iter([0.5, 0.25])
    client = signed.SignedClient("dynamodb", environ=at(served), sleep=slept.append, chance=lambda: next(chances))
    script.answers = [(500, {}), (500, {})]
    client.list_tables()
    assert slept == [0.05, 0.05]


def test_does_not_try_again_what_will_not_pass(client: signed.SignedClient, script: Script, slept: list[float]) -> None:
    script.answers = [refusal("ConditionalCheckFailedException", Item={"id": {"S": "1"}})]
    with pytest.raises(aws.Failure) as raised:
        client.put_item(TableName="albums", Item={})
    error = raised.value
    assert isinstance(error, aws.AwsError)
    assert (error.code, error.message, error.status, error.reasons) == (aws.code_of(error), "no", 400, [])
    assert error.response["Item"] == {"id": {"S": "1"}}
    assert str(error) == "PutItem: ConditionalCheckFailedException (400): no"
    assert slept == []


def test_repeats_a_transaction_under_one_token(client: signed.SignedClient, script: Script) -> None:
    script.answers = [None]
    client.transact_write_items(TransactItems=[])
    client.transact_write_items(TransactItems=[], ClientRequestToken="mine")
    first, again, mine = (body["ClientRequestToken"] for _, body in script.asked)
    assert first == again and len(first) == 32 and mine == "mine"


def test_says_that_nobody_answered(slept: list[float]) -> None:
    server = server_of(Script())
    environ = at(server)
    server.server_close()
    client = signed.SignedClient("dynamodb", environ=environ, sleep=slept.append)
    with pytest.raises(aws.AwsError) as raised:
        client.list_tables()
    assert (raised.value.code, raised.value.status, len(slept)) == ("Unanswered", 0, 2)


def test_takes_a_refusal_that_is_not_json(client: signed.SignedClient, script: Script) -> None:
    script.answers = [(403, "<html>")]  # type: ignore[list-item]
    with pytest.raises(aws.AwsError) as raised:
        client.list_tables()
    assert (raised.value.code, raised.value.status) == ("403", 403)


def test_an_error_of_another_kind_has_no_code() -> None:
    assert aws.code_of(KeyError("x")) == "" and aws.reasons_of(KeyError("x")) == []


def test_keeps_its_connection(client: signed.SignedClient, script: Script) -> None:
    for _ in range(5):
        client.list_tables()
    assert script.connections == 1


def test_a_kept_connection_that_its_peer_closed_costs_no_try(
    client: signed.SignedClient, script: Script, slept: list[float]
) -> None:
    script.closes_after_answer = True
    for _ in range(5):
        assert client.list_tables() == {}
    assert (script.connections, slept) == (5, [])


def test_serves_many_threads(client: signed.SignedClient, script: Script) -> None:
    def ask(number: int) -> dict[str, Any]:
        return client.get_item(Number=number)

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(ask, range(400))) == [{}] * 400
    assert sorted(body["Number"] for _, body in script.asked) == list(range(400))
    assert script.connections <= 16


def test_speaks_tls_and_trusts_only_the_named_authority(served: ThreadingHTTPServer, tmp_path: Path) -> None:
    certificate = certificate_for("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    environ = {**ENVIRON, "AWS_ENDPOINT_URL": f"https://127.0.0.1:{served.server_port}"}
    trusting = signed.SignedClient("dynamodb", environ={**environ, "AWS_CA_BUNDLE": str(certificate)})
    assert trusting.list_tables() == {}
    with pytest.raises(aws.AwsError, match="CERTIFICATE_VERIFY_FAILED"):
        signed.SignedClient("dynamodb", environ=environ, sleep=lambda _: None).list_tables()


def certificate_for(address: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.fixture(scope="module")
def cloud() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["signed", "boto3"])
def either(request: pytest.FixtureRequest, cloud: str) -> Callable[[str], Any]:
    if request.param == "signed":
        return lambda service: signed.SignedClient(service, environ={**ENVIRON, "AWS_ENDPOINT_URL": cloud})
    session = boto3.session.Session("key", "secret", region_name="eu-central-1")
    return lambda service: session.client(service, endpoint_url=cloud)


@pytest.fixture
def table(either: Callable[[str], Any]) -> Iterator[tuple[Any, str]]:
    database, name = either("dynamodb"), f"albums-{uuid4()}"
    database.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    yield database, name
    database.delete_table(TableName=name)


ALBUM = {
    "pk": "album",
    "sk": 1,
    "title": "Ágætis byrjun 🎶 \"quoted\"",
    "price": 9.5,
    "live": False,
    "label": None,
    "cover": b"\x00\xff",
    "tracks": ["Intro", {"seconds": 96, "sample": b"\x01"}],
}  # fmt: skip


def test_contract_puts_and_gets(table: tuple[Any, str]) -> None:
    database, name = table
    database.put_item(TableName=name, Item=typed(ALBUM))
    found = database.get_item(TableName=name, Key=typed({"pk": "album", "sk": 1}))
    assert found["Item"] == typed(ALBUM)
    assert plain(found["Item"]) == ALBUM
    assert "Item" not in database.get_item(TableName=name, Key=typed({"pk": "album", "sk": 2}))


def test_contract_queries_page_by_page(table: tuple[Any, str]) -> None:
    database, name = table
    for rank in (3, 1, 2):
        database.put_item(TableName=name, Item=typed({"pk": "album", "sk": rank}))
    question = {
        "TableName": name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": typed({":pk": "album"}),
        "Limit": 2,
    }
    first = database.query(**question)
    second = database.query(**question, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [plain(item)["sk"] for item in first["Items"] + second["Items"]] == [1, 2, 3]
    assert "LastEvaluatedKey" not in second


def test_contract_tells_a_failed_condition(table: tuple[Any, str]) -> None:
    database, name = table
    album = {"TableName": name, "Item": typed(ALBUM), "ConditionExpression": "attribute_not_exists(pk)"}
    database.put_item(**album)
    try:
        database.put_item(**album, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except aws.Failure as failure:
        assert aws.code_of(failure) == "ConditionalCheckFailedException"
        assert plain(failure.response["Item"]) == ALBUM  # type: ignore[attr-defined]
    else:
        pytest.fail("the condition held")


def test_contract_tells_why_a_transaction_was_cancelled(table: tuple[Any, str]) -> None:
    database, name = table
    database.put_item(TableName=name, Item=typed({"pk": "album", "sk": 2}))
    puts = [
        {"Put": {"TableName": name, "Item": typed({"pk": "album", "sk": rank}), "ConditionExpression": condition}}
        for rank, condition in ((1, "attribute_not_exists(pk)"), (2, "attribute_not_exists(pk)"))
    ]
    with pytest.raises(aws.Failure) as raised:
        database.transact_write_items(TransactItems=puts)
    assert aws.code_of(raised.value) == "TransactionCanceledException"
    assert aws.reasons_of(raised.value) == ["None", "ConditionalCheckFailed"]
    database.transact_write_items(TransactItems=puts[:1])
    assert "Item" in database.get_item(TableName=name, Key=typed({"pk": "album", "sk": 1}))


def test_contract_erases_a_person(either: Callable[[str], Any]) -> None:
    people = either("cognito-idp")
    pool = people.create_user_pool(PoolName="people")["UserPool"]["Id"]
    ada = {"UserPoolId": pool, "Username": "ada"}
    people.admin_create_user(**ada, UserAttributes=[{"Name": "name", "Value": "Ada Ł"}])
    attributes = people.admin_get_user(**ada)["UserAttributes"]
    assert {"Name": "name", "Value": "Ada Ł"} in attributes
    people.admin_delete_user(**ada)
    with pytest.raises(aws.Failure) as raised:
        people.admin_get_user(**ada)
    assert aws.code_of(raised.value) == "UserNotFoundException"


texts = some.text(some.characters(exclude_categories=["Cs"]))
numbers = some.integers(-(10**37), 10**37) | some.floats(-(2.0**53), 2.0**53)
values = some.recursive(
    texts | numbers | some.booleans() | some.none() | some.binary(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(some.dictionaries(texts, values, max_size=8))
def test_values_come_back_as_they_went(item: dict[str, Any]) -> None:
    assert plain(typed(item)) == item


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("-7.0", -7), ("1E+2", 100), ("0.25", 0.25), ("12345678901234567890123456789012345678",) * 2],
)
def test_a_whole_number_is_an_int(text: str, number: int | float | str) -> None:
    found = plain({"n": {"N": text}})["n"]
    assert found == (int(number) if isinstance(number, str) else number)
    assert isinstance(found, float) == (number == 0.25)


def test_what_dynamodb_cannot_hold_is_refused() -> None:
    assert typed({"n": Decimal("1.50")}) == {"n": {"N": "1.50"}}
    with pytest.raises(TypeError, match="datetime"):
        typed({"at": datetime.now(UTC)})
    with pytest.raises(TypeError, match="NS"):
        plain({"tags": {"NS": ["1"]}})
