"""The laptop is closed: to unsigned requests, to pages other than the site's, to names other than this machine's."""

from __future__ import annotations

import base64
import functools
import http.client
import json
import re
import socket
from typing import Any

import botocore.session
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import OperationModel, ServiceModel
from ministack.core.iam_actions import _BOTOCORE_SERVICE_MAP as ALSO_KNOWN_AS

from laptop.embedded.root_key import ROOT_KEY_ID
from tests.laptop.embedded_support import PATIENCE, Bed, package, unique
from tests.support.stage import RunningStage, until

SITE = "http://localhost:8000"  # the site's address in these tests
EVIL = "http://evil.example"
# What AWS answers to anybody, by the SDK's names. All other operations of all services are refused.
PUBLIC = {
    "cognito-identity": {"GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "UnlinkIdentity"},
    "cognito-idp": {
        *("AssociateSoftwareToken", "ChangePassword", "ConfirmForgotPassword", "ConfirmSignUp", "DeleteUser"),
        *("ForgotPassword", "GetTokensFromRefreshToken", "GetUser", "GetUserAttributeVerificationCode"),
        *("GlobalSignOut", "InitiateAuth", "ResendConfirmationCode", "RespondToAuthChallenge", "RevokeToken"),
        *("SetUserMFAPreference", "SignUp", "UpdateAuthEventFeedback", "UpdateUserAttributes", "VerifySoftwareToken"),
        "VerifyUserAttribute",
    },
    "sts": {"AssumeRoleWithWebIdentity"},
}
# ministack has its own names for some services, and some that no SDK calls.
NAMES = {
    "documentdb": ["docdb"],
    "elasticloadbalancing": ["elbv2"],
    "elasticmapreduce": ["emr"],
    "monitoring": ["cloudwatch"],
    "states": ["stepfunctions"],
    "tagging": ["resourcegroupstaggingapi"],
    "elasticfilesystem": ["efs"],
    "appsync-events": ["appsync"],
}
WITHOUT_A_MODEL = {"imds": "/latest/meta-data/iam/security-credentials/", "ecs-metadata": "/v2/credentials/x"}
SCOPE = f"{ROOT_KEY_ID}/20260101/us-east-1/{{service}}/aws4_request"
UNKNOWN = "AKIANOBODYSKEY000000/20260101/us-east-1/{service}/aws4_request"
SIGNED = "SignedHeaders=host, Signature=" + "0" * 64
PRESIGNED = "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0" * 64
# Spellings of the Authorization header and the query without a key.
SPELLINGS: list[tuple[str | None, str]] = [
    (None, ""),
    ("", ""),
    ("Foo", ""),
    ("Bearer x", ""),
    ("Basic dGVzdDp0ZXN0", ""),
    (ROOT_KEY_ID, ""),
    ("AWS4-HMAC-SHA256", ""),
    ("AWS4-HMAC-SHA256 Credential=", ""),
    (f"AWS4-HMAC-SHA256 Credential=, {SIGNED}", ""),
    (f"AWS4-HMAC-SHA256 Credential={ROOT_KEY_ID}, {SIGNED}", ""),
    (f"AWS4-HMAC-SHA256 Credential={ROOT_KEY_ID}/x/, {SIGNED}", ""),
    (f"AWS4-HMAC-SHA256 Credential={SCOPE}, {SIGNED}", ""),
    (f"AWS4-HMAC-SHA256 Credential={UNKNOWN}, {SIGNED}", ""),
    (f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{{service}}/aws4_request, {SIGNED}", ""),
    (f"aws4-hmac-sha256 Credential={SCOPE}, {SIGNED}", ""),
    (f"AWS4-ECDSA-P256-SHA256 Credential={ROOT_KEY_ID}/20260101/{{service}}/aws4_request, {SIGNED}", ""),
    (f"AWS4-FOO Credential={SCOPE}, {SIGNED}", ""),
    (f"AWS {ROOT_KEY_ID}:Zm9v", ""),
    ("AWS :", ""),
    (None, f"X-Amz-Credential={SCOPE}"),
    (None, f"x-amz-credential={SCOPE}"),
    (None, f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={SCOPE}{PRESIGNED}"),
    (None, f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={UNKNOWN}{PRESIGNED}"),
    (None, f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={SCOPE}{PRESIGNED}".replace("{service}", "s3")),
    ("Foo", f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={SCOPE}{PRESIGNED}".replace("{service}", "s3")),
    ("Foo", f"X-Amz-Credential={SCOPE}"),
    (None, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x/y"),
    (None, f"AWSAccessKeyId={ROOT_KEY_ID}"),
    (None, f"AWSAccessKeyId={ROOT_KEY_ID}&Signature=Zm9v&Expires=4102444800"),
    ("Foo", "AWSAccessKeyId=&Signature="),
]
SAYS_SO = re.compile(
    r"MissingAuthenticationToken|AccessDenied|IncompleteSignature|UnrecognizedClient|InvalidClientTokenId|AuthFailure"
    r"|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature|MissingParameter|AuthorizationHeaderMalformed"
    r"|InvalidRequest|AuthorizationQueryParametersError|Access to the resource|Missing Authentication Token"
    r'|"message": "(Forbidden|Missing authentication)"'
    r"|security token included in the request is invalid|ExpiredToken|RequestExpired|RequestTimeTooSkewed"
)


@pytest.fixture(scope="module")
def things(bed: Bed) -> dict[str, str]:
    """One of each thing to reach, by the names of the parameters for it."""
    bucket = unique("private")
    bed.client("s3").create_bucket(Bucket=bucket)
    bed.client("s3").put_object(Bucket=bucket, Key="key", Body=b"private")
    return {"Bucket": bucket, "Key": "key", "FunctionName": bed.answering}


class Caller:
    """Uses one connection for its many requests."""

    def __init__(self, bed: Bed) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", bed.port, timeout=PATIENCE)

    def ask(self, method: str, target: str, headers: dict[str, str], body: str = "") -> tuple[int, str]:
        self._connection.request(method, target, body.encode(), headers)
        answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        if answer.will_close:
            self._connection.close()
        return answer.status, text


@pytest.fixture
def caller(bed: Bed) -> Caller:
    return Caller(bed)


def services(bed: Bed) -> list[str]:
    """All services of this ministack, so that new ones are tried too."""
    return sorted(requests.get(f"{bed.endpoint}/_ministack/health", timeout=PATIENCE).json()["services"])


@functools.cache
def models(service: str) -> list[ServiceModel]:
    session = botocore.session.get_session()
    there = set(session.get_available_services())
    names = NAMES.get(service) or [name for name in ALSO_KNOWN_AS.get(service) or [service] if name in there]
    return [session.get_service_model(name) for name in names]


def call_of(operation: OperationModel, things: dict[str, str]) -> tuple[str, str, dict[str, str], str]:
    """Method, target, headers and body, as an SDK would send them, nearly empty."""
    metadata = operation.service_model.metadata
    protocol = metadata["protocol"]
    if protocol == "json":
        target = f"{metadata['targetPrefix']}.{operation.name}"
        kind = f"application/x-amz-json-{metadata['jsonVersion']}"
        return "POST", "/", {"X-Amz-Target": target, "Content-Type": kind}, "{}"
    if protocol in ("query", "ec2"):
        form = f"Action={operation.name}&Version={metadata['apiVersion']}"
        return "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, form
    if protocol == "smithy-rpc-v2-cbor":
        where = f"/service/{metadata['targetPrefix']}/operation/{operation.name}"
        return "POST", where, {"Content-Type": "application/cbor"}, ""
    named = re.sub(r"\{(\w+)\+?\}", lambda found: things.get(found[1], "x"), operation.http["requestUri"])
    return operation.http["method"], named, {"Content-Type": "application/json"}, ""


def refuses(
    caller: Caller, call: tuple[str, str, dict[str, str], str], spelling: tuple[str | None, str], of: str
) -> str:
    """Empty, or what was answered instead of a refusal."""
    method, target, headers, body = call
    authorization, query = (text and text.replace("{service}", of) for text in spelling)
    given = headers if authorization is None else {**headers, "Authorization": authorization}
    where = target + ("&" if "?" in target else "?") * bool(query) + str(query)
    status, said = caller.ask(method, where, given, body)
    good = status in (400, 401, 403) and (method == "HEAD" or SAYS_SO.search(said))
    return "" if good else f"{method} {where} {authorization!r}: {status} {said[:200]}"


def test_every_service_is_known_here(bed: Bed) -> None:
    assert [name for name in services(bed) if not models_or_path(name)] == []


def models_or_path(service: str) -> Any:
    return WITHOUT_A_MODEL.get(service) or models(service)


def test_no_operation_of_any_service_is_for_nobody(bed: Bed, caller: Caller, things: dict[str, str]) -> None:
    """Each that the SDKs know, in its own protocol, with a header without a key."""
    tried, answered = 0, []
    for service in services(bed):
        for model in models(service) if service not in WITHOUT_A_MODEL else ():
            for name in sorted(set(model.operation_names) - PUBLIC.get(model.service_name, set())):
                tried += 1
                call = call_of(model.operation_model(name), things)
                answered.append(refuses(caller, call, ("Foo", ""), model.signing_name))
    assert list(filter(None, answered)) == []
    assert tried > 3000


def some_of(operations: list[str]) -> list[str]:
    """One that reads, one that creates, one that acts."""
    kinds = ("List", "Describe", "Get"), ("Create", "Put"), ("Invoke", "AssumeRole", "Scan", "Send", "Start")
    firsts = (next((name for name in operations if name.startswith(kind)), None) for kind in kinds)
    return [name for name in firsts if name]


@pytest.mark.parametrize(
    "spelling", SPELLINGS, ids=lambda spelling: f"{spelling[0]} {spelling[1]}".strip()[:60] or "none"
)
def test_no_spelling_is_a_signature(
    bed: Bed, caller: Caller, things: dict[str, str], spelling: tuple[str | None, str]
) -> None:
    """Every service, by some of its reads and some of its writes."""
    answered = []
    for service in services(bed):
        for model in models(service) if service not in WITHOUT_A_MODEL else ():
            for name in some_of(sorted(set(model.operation_names) - PUBLIC.get(model.service_name, set()))):
                call = call_of(model.operation_model(name), things)
                answered.append(refuses(caller, call, spelling, model.signing_name))
    assert list(filter(None, answered)) == []


OFF_THE_ROAD = [
    *(("GET", path) for path in WITHOUT_A_MODEL.values()),
    ("PUT", "/latest/api/token"),
    ("GET", "/v2/_catalog"),
    ("POST", "/v2/x/blobs/uploads/"),
    ("GET", "/iceberg/v1/config"),
    ("GET", "/iceberg/v1/x/namespaces"),
    ("GET", "/oidc/x"),
    ("GET", "/_alb/x/y"),
    ("GET", "/_aws/lambda-url/x/y"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/apis/x/graphql"),
    ("GET", "/key-value-stores/x"),
    ("POST", "/position-estimate"),
    ("GET", "/signing-jobs"),
    ("GET", "/v20180820/tags/x"),
    ("POST", "/Execute"),
    ("POST", "/event"),
    ("POST", "/saml2/idpresponse"),
    ("POST", "/oauth2/idpresponse"),
    ("POST", "/2015-03-31/functions/x/invocations"),
    ("PUT", "/some-bucket"),
    ("PUT", "/{Bucket}/new"),
    ("GET", "/{Bucket}/key"),
    ("GET", "/{Bucket}"),
    ("DELETE", "/{Bucket}/key"),
    ("POST", "/{Bucket}?delete"),
]


@pytest.mark.parametrize(("method", "path"), OFF_THE_ROAD)
def test_what_lies_off_the_road_is_for_nobody_either(
    caller: Caller, things: dict[str, str], method: str, path: str
) -> None:
    call = method, path.format(**things), {"Content-Type": "multipart/form-data; boundary=x"}, ""
    for spelling in (None, ""), ("Foo", ""), ("Bearer x", ""):
        assert refuses(caller, call, spelling, "s3") == ""


@pytest.mark.parametrize(
    "host", ["sqs.us-east-1.localhost", "lambda.localhost", "{Bucket}.s3.localhost", "x.iot.localhost"]
)
def test_a_service_by_its_host_is_for_nobody(caller: Caller, things: dict[str, str], host: str) -> None:
    call = "GET", "/key", {"Host": host.format(**things)}, ""
    for authorization in None, "Foo":
        assert refuses(caller, call, (authorization, ""), "s3") == ""


def test_the_insides_are_closed(bed: Bed, caller: Caller) -> None:
    function = bed.answering
    for method, path in (
        ("GET", f"/_ministack/lambda-code/{bed.cloud.account}/us-east-1/{function}"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/sns/sms-messages"),
        ("GET", "/_ministack/iot/ca.pem"),
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("POST", "/_ministack/rds/iam-auth"),
        ("POST", "/_ministack/eks-auth/x"),
        ("GET", "/_localstack/init"),
    ):
        assert caller.ask(method, path, {})[0] == 403, path
    for path in "/_ministack/health", "/_localstack/health", "/health", "/_ministack/ses/messages":
        assert caller.ask("GET", path, {})[0] == 200
        assert caller.ask("GET", path, {"Origin": EVIL})[0] == 403
        assert caller.ask("GET", path, {"Origin": SITE})[0] == 403
        assert caller.ask("GET", path, {"Sec-Fetch-Site": "cross-site"})[0] == 403


def test_a_functions_code_is_for_who_was_given_its_address(bed: Bed) -> None:
    location = bed.client("lambda").get_function(FunctionName=bed.answering)["Code"]["Location"]
    assert requests.get(location, timeout=PATIENCE).content[:2] == b"PK"
    bare, _, signature = location.partition("?")
    other = bare.replace(bed.answering, bed.failing)
    for wrong in bare, f"{other}?{signature}", location[:-1] + "x", f"{bare}?Expires=4102444800&Signature=x":
        assert requests.get(wrong, timeout=PATIENCE).status_code == 403
    assert requests.get(location, headers={"Origin": SITE}, timeout=PATIENCE).status_code == 403


def test_one_request_names_one_action(bed: Bed, caller: Caller) -> None:
    """Router and service must not look at two different ones."""
    role = bed.role({"Action": "*", "Resource": "*"}, principal={"AWS": "*"})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"Action=AssumeRole&RoleArn={role}&RoleSessionName=x&Version=2011-06-15"
    for authorization in {}, {"Authorization": "Foo"}:
        status, said = caller.ask("POST", "/?Action=AssumeRoleWithWebIdentity", {**form, **authorization}, body)
        assert status in (400, 403) and "AccessKeyId" not in said


# Pages


def signed(bed: Bed, service: str, method: str, path: str, body: str, headers: dict[str, str]) -> requests.Response:
    """With the root user's signature: even then a page must get nowhere."""
    environment = bed.cloud.environment
    credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest(method, bed.endpoint + path, headers, body)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return requests.request(method, request.url, headers=dict(request.headers), data=body, timeout=PATIENCE)


def test_a_foreign_page_is_refused_even_if_it_could_sign(bed: Bed) -> None:
    json_1_0 = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    assert signed(bed, "dynamodb", "POST", "/", "{}", json_1_0).status_code == 200
    for origin in EVIL, "null", "http://localhost:1", "https://localhost:8000", "http://localhost.evil.example:8000":
        answer = signed(bed, "dynamodb", "POST", "/", "{}", {**json_1_0, "Origin": origin})
        assert answer.status_code == 403 and not allowed(answer)
        assert signed(bed, "lambda", "GET", "/2015-03-31/functions", "", {"Origin": origin}).status_code == 403


def allowed(answer: requests.Response) -> list[str]:
    return [name for name in answer.headers if name.lower().startswith("access-control-")]


def preflight(url: str, origin: str, method: str = "POST", headers: str = "x-amz-target") -> requests.Response:
    wanted = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return requests.options(url, headers={"Origin": origin, **wanted}, timeout=PATIENCE)


def test_no_preflight_of_a_foreign_page_is_answered(bed: Bed, things: dict[str, str]) -> None:
    for path in "/", "/2015-03-31/functions", f"/{things['Bucket']}/key", "/restapis", "/oauth2/token", "/v2/email/x":
        answer = preflight(bed.endpoint + path, EVIL)
        assert answer.status_code == 403 and not allowed(answer), path


def test_the_sites_preflights_are_for_signing_in(bed: Bed) -> None:
    """Its pages may not send the headers of a signature."""
    for origin in SITE, SITE.replace("localhost", "127.0.0.1"):
        answer = preflight(bed.endpoint, origin)
        assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Headers"] == "content-type, x-amz-target"
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert preflight(f"{bed.endpoint}/2015-03-31/functions", SITE).status_code == 403


def test_signing_in_is_read_by_the_sites_pages_only(bed: Bed) -> None:
    _, app = bed.people
    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.ForgotPassword"}
    body = {"ClientId": app, "Username": "nobody@example.org"}
    for origin, status in (SITE, 200), (None, 200), (EVIL, 403):
        headers = {**target, **({"Origin": origin} if origin else {})}
        answer = requests.post(bed.endpoint, json=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code == status
        assert answer.headers.get("Access-Control-Allow-Origin") == (SITE if status == 200 else None)
    for path in f"/{bed.people[0]}/.well-known/jwks.json", "/oauth2/userInfo":
        assert requests.get(bed.endpoint + path, headers={"Origin": EVIL}, timeout=PATIENCE).status_code == 403
        assert requests.get(bed.endpoint + path, timeout=PATIENCE).status_code != 403


def test_what_a_page_may_send_without_asking_does_nothing(bed: Bed) -> None:
    """Forms and plain texts: they need no preflight."""
    name = unique("topic")
    for kind in "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x":
        for headers in {"Origin": EVIL}, {"Origin": "null"}, {}:
            everything = {"Content-Type": kind, **headers}
            action = f"Action=CreateTopic&Name={name}&Version=2010-03-31"
            for where in f"/?{action}", "/":
                answer = requests.post(bed.endpoint + where, data=action, headers=everything, timeout=PATIENCE)
                assert answer.status_code in (400, 401, 403)
    assert not [each for each in bed.client("sns").list_topics()["Topics"] if name in each["TopicArn"]]


# Sockets


def handshake(port: int, path: str, **headers: str) -> str:
    """The first line of the answer to a browser that wants to open a socket."""
    asked = {
        **{"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade"},
        **{"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"},
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        return connection.makefile("rb").readline().decode("latin-1")


def exchange(port: int, sent: bytes) -> str:
    """All that comes until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(sent.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode("latin-1")


def test_only_the_sites_pages_open_sockets(bed: Bed) -> None:
    path = "/" + bed.socket_api(connect=bed.answering).split("/", 3)[3]
    for origin in SITE, SITE.replace("localhost", "127.0.0.1"):
        assert " 101 " in handshake(bed.port, path, Origin=origin)
    assert " 101 " in handshake(bed.port, path), "what is no browser says no origin"
    for origin in EVIL, "null", "http://localhost:1":
        assert " 403 " in handshake(bed.port, path, Origin=origin)
    assert " 403 " in handshake(bed.port, path, Host="evil.example")


def test_there_are_no_other_sockets(bed: Bed) -> None:
    mqtt = {"Host": "data.iot.us-east-1.localhost", "Sec_WebSocket_Protocol": "mqtt"}
    assert " 404 " in handshake(bed.port, "/mqtt", **mqtt)
    assert " 404 " in handshake(bed.port, "/event/realtime", Host="x.appsync-realtime-api.localhost")


# Names


NO_HOST = [
    (b"Host: [", "400"),
    (b"Host: a b", "400"),
    (b"Host: ", "400"),
    (b"Host: \xff\xfe", "400"),
    (b"Host: localhost:x", "400"),
    (b"Host: localhost@evil.example", "400"),
    (b"Host: localhost, evil.example", "400"),
    (b"Host: [::1", "400"),
    (b"X: y", "400"),
    (b"Host: localhost\r\nHost: evil.example", "400"),
    (b"Host: localhost\r\nHost: localhost", "400"),
]
FOREIGN = [
    b"evil.example",
    b"localhost.evil.example",
    b"127.0.0.1.evil.example",
    b"10.0.0.1",
    b"xlocalhost",
    b"localhost.",
]
PATHS = ["/", "/config.json", "/mailbox.json", "/_ministack/health", "/_ministack/ses/messages", "/api/blog/articles"]


@pytest.mark.parametrize(("line", "status"), NO_HOST)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_broken_host_at_the_cloud(bed: Bed, method: str, line: bytes, status: str) -> None:
    said = exchange(bed.port, f"{method} / HTTP/1.1\r\n".encode() + line + b"\r\nContent-Length: 0\r\n\r\n")
    assert said.startswith(f"HTTP/1.1 {status} ") and "Host" in said
    assert "Traceback" not in (bed.data / "cloud.log").read_text("utf-8")


def test_a_request_of_the_old_kind_without_a_host(bed: Bed) -> None:
    assert exchange(bed.port, b"GET / HTTP/1.0\r\n\r\n").split(" ")[1] == "400"


@pytest.mark.parametrize("host", FOREIGN)
def test_no_foreign_name_is_answered_at_the_cloud(bed: Bed, host: bytes) -> None:
    """Anyone with a domain can point it here, and then a browser sees the same origin."""
    function = bed.answering
    for path in *PATHS, "/2015-03-31/functions", f"/2015-03-31/functions/{function}/invocations":
        asked = f"GET {path} HTTP/1.1\r\nHost: ".encode() + host + f":{bed.port}\r\n\r\n".encode()
        said = exchange(bed.port, asked)
        assert said.startswith("HTTP/1.1 403 ") and "localhost only" in said


@pytest.mark.parametrize(("line", "status"), NO_HOST)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_broken_host_at_the_site(stage: RunningStage, method: str, line: bytes, status: str) -> None:
    said = exchange(stage.port, f"{method} / HTTP/1.1\r\n".encode() + line + b"\r\nContent-Length: 0\r\n\r\n")
    assert said.startswith(f"HTTP/1.1 {status} ")
    assert "Traceback" not in stage.output


@pytest.mark.parametrize("host", FOREIGN)
def test_no_foreign_name_is_answered_at_the_site(stage: RunningStage, host: bytes) -> None:
    for path in PATHS:
        said = exchange(stage.port, f"GET {path} HTTP/1.1\r\nHost: ".encode() + host + b"\r\n\r\n")
        assert said.startswith("HTTP/1.1 421 ")


GARBAGE = [
    b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET //[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: \xb2\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n",
    b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n",
]


@pytest.mark.parametrize("sent", GARBAGE)
def test_garbage_is_refused_by_the_site_without_a_word_in_its_log(stage: RunningStage, sent: bytes) -> None:
    assert exchange(stage.port, sent).split(" ")[1] in ("400", "403", "404", "411", "413", "501")
    assert "Traceback" not in stage.output


def test_a_request_with_a_body_that_needs_none_leaves_nothing_behind(stage: RunningStage) -> None:
    """What follows it is its body, not a separate request."""
    hidden = b"GET /mailbox.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    sent = b"GET /config.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden
    with socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        answered = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answered.count(b"HTTP/1.1 ") == 1


def test_a_foreign_page_sends_no_form_to_the_site(stage: RunningStage) -> None:
    for origin, refused in (EVIL, True), ("null", True), (stage.address, False), (None, False):
        headers = {"Origin": origin} if origin else {}
        answer = requests.post(f"{stage.address}/api/none", data="x=y", headers=headers, timeout=PATIENCE)
        assert ("Only this site's pages" in answer.text) is refused


def test_the_site_shows_nothing_to_a_foreign_page(stage: RunningStage) -> None:
    for path in "/", "/config.json", "/mailbox", "/mailbox.json":
        answer = requests.get(stage.address + path, headers={"Origin": EVIL}, timeout=PATIENCE)
        assert not allowed(answer), path
    for path in "/mailbox", "/mailbox.json":
        answer = requests.get(stage.address + path, timeout=PATIENCE)
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_api_is_answered_to_every_page_and_still_wants_a_token(stage: RunningStage) -> None:
    """Other frontends on this machine use it."""
    answer = stage.call("GET", "/me", headers={"Origin": EVIL})
    assert answer.status_code == 401 and answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_speech_engines_hear_nobody_else(stage: RunningStage) -> None:
    environment = json.loads((stage.data / "environment.json").read_text("utf-8"))
    engines = environment["AWS_ENDPOINT_URL_POLLY"]
    body = {"OutputFormat": "mp3", "Text": "x", "VoiceId": "Joanna"}
    for authorization, query in SPELLINGS:
        headers = {} if authorization is None else {"Authorization": authorization.replace("{service}", "polly")}
        where = f"{engines}/v1/speech?{query.replace('{service}', 'polly')}"
        answer = requests.post(where, json=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code in (400, 403) and not allowed(answer)
    assert not allowed(requests.options(f"{engines}/v1/speech", headers={"Origin": EVIL}, timeout=PATIENCE))


def test_a_signed_form_and_a_signed_address_still_open_a_bucket(bed: Bed, things: dict[str, str]) -> None:
    client, bucket = bed.client("s3"), things["Bucket"]
    form = client.generate_presigned_post(bucket, "sent.txt")
    sent = requests.post(form["url"], data=form["fields"], files={"file": b"sent"}, timeout=PATIENCE)
    assert sent.status_code == 204
    address = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "sent.txt"})
    assert requests.get(address, timeout=PATIENCE).content == b"sent"
    assert requests.get(address.replace("sent.txt", "key"), timeout=PATIENCE).status_code == 403
    elsewhere = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    assert requests.post(address, data="{}", headers=elsewhere, timeout=PATIENCE).status_code in (400, 403)
    forged = {**form["fields"], "key": "other.txt"}
    assert requests.post(form["url"], data=forged, files={"file": b"x"}, timeout=PATIENCE).status_code == 403


def test_nobody_makes_a_function_that_writes_a_file(bed: Bed, caller: Caller) -> None:
    """As a page under a foreign name once could."""
    folder = bed.folder()
    source = f"def handler(event, context): open('{folder}/was-here', 'w').close()"
    body = json.dumps(
        {
            **{"FunctionName": unique("evil"), "Runtime": "python3.11", "Handler": "main.handler"},
            **{"Role": bed.everything, "Code": {"ZipFile": base64.b64encode(package(source)).decode()}},
        }
    )
    for authorization in None, "Foo":
        headers = {"Content-Type": "text/plain"} | ({"Authorization": authorization} if authorization else {})
        assert caller.ask("POST", "/2015-03-31/functions", headers, body)[0] == 403
    good = bed.function(source)
    assert caller.ask("POST", f"/2015-03-31/functions/{good}/invocations", {"Authorization": "Foo"}, "{}")[0] == 403
    assert not list(folder.iterdir())
    bed.invoke(good)
    until(lambda: [each.name for each in folder.iterdir()] == ["was-here"], PATIENCE)
