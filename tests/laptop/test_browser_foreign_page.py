"""A page under a foreign name, open in this machine's browser: it achieves nothing and leaves nothing behind."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.laptop.embedded_support import package
from tests.support.browsers import FLAGS, chromium_path
from tests.support.cloud import outputs, root
from tests.support.sockets import a_ticket
from tests.support.stage import RunningStage, User

NAME = "evil.example"
DOCUMENT = b"<!doctype html><title>Foreign</title><link rel=icon href=data:,>"
# What the page could read, if anything: it can't read an answer without the right headers.
ASK = """async ([url, options]) => {
  try {
    const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(15000) });
    return answer.type === "opaque" ? "unreadable" : `${answer.status} ${(await answer.text()).slice(0, 300)}`;
  } catch (error) {
    return "unreadable";
  }
}"""
OPEN_SOCKET = """(url) => new Promise((done) => {
  const socket = new WebSocket(url);
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})"""
SEND_FORM = """([url, kind, fields]) => {
  const form = document.body.appendChild(document.createElement("form"));
  Object.assign(form, { method: "post", action: url, enctype: kind });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  form.submit();
}"""
SITES = ("a sign-in", "an identity", "the hosted token", "the keys", "the site", "its configuration", "the mails")


class _Foreign(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(DOCUMENT)))
        self.end_headers()
        self.wfile.write(DOCUMENT)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def foreign_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Foreign)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def deceived(chromium: Browser) -> Iterator[Browser]:
    """A browser in which the foreign name points to this machine, as any owner of a name can arrange."""
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=chromium_path(), args=[*FLAGS, rules])
    yield browser
    browser.close()


@pytest.fixture
def foreign(deceived: Browser, foreign_port: int) -> Iterator[Page]:
    page = deceived.new_page()
    page.goto(f"http://{NAME}:{foreign_port}/")
    yield page
    page.close()


def ask(page: Page, url: str, **options: Any) -> str:
    return str(page.evaluate(ASK, [url, options]))


def in_json(target: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    kind = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
    return {"method": "POST", "headers": kind, "body": json.dumps(body)}


def form(action: str, **fields: str) -> dict[str, Any]:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return {"method": "POST", "headers": kind, "body": urlencode({"Action": action, **fields})}


def a_function(folder: Path, name: str, role: str) -> str:
    """To be created and called: it leaves a file behind."""
    source = f"def handler(event, context): open('{folder}/was-here', 'w').close()"
    code = {"ZipFile": base64.b64encode(package(source)).decode()}
    made = {"FunctionName": name, "Runtime": "python3.11", "Handler": "main.handler", "Role": role, "Code": code}
    return json.dumps(made)


def requests_of(stage: RunningStage) -> dict[str, tuple[str, dict[str, Any]]]:
    """A request to each kind of service, as a page would make it, without a key or with a word in its place."""
    config, there = stage.config, outputs(stage)
    cloud, client, site = config["cognitoEndpoint"], config["userPoolClientId"], stage.address
    ada = config["demo"][0]
    given = {"USERNAME": ada["email"], "PASSWORD": ada["password"]}
    idp, identity = "AWSCognitoIdentityProviderService", "AWSCognitoIdentityService"
    signed_in = {"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    label = there["DistributionDomain"].partition(".")[0]
    foo = {"Authorization": "Foo"}
    return {
        "tables": (cloud, in_json("DynamoDB_20120810.Scan", {"TableName": there["PeopleTable"]}, **foo)),
        "queues": (cloud, in_json("AmazonSQS.ListQueues", {}, **foo)),
        "secrets": (cloud, in_json("secretsmanager.ListSecrets", {}, **foo)),
        "logs": (cloud, in_json("Logs_20140328.DescribeLogGroups", {}, **foo)),
        "roles": (cloud, form("ListRoles", Version="2010-05-08")),
        "a role": (cloud, form("AssumeRole", RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="x")),
        "topics": (f"{cloud}/?Action=ListTopics", {"headers": foo}),
        "stacks": (f"{cloud}/?Action=DescribeStacks", {}),
        "functions": (f"{cloud}/2015-03-31/functions", {"headers": foo}),
        "functions, simply": (f"{cloud}/2015-03-31/functions", {}),
        "apis": (f"{cloud}/restapis", {}),
        "distributions": (f"{cloud}/2020-05-31/distribution", {}),
        "buckets": (f"{cloud}/", {}),
        "a bucket": (f"{cloud}/{config['filesBucket']}", {}),
        "an upload": (f"{cloud}/{config['filesBucket']}/x", {"method": "PUT", "body": "x", "headers": foo}),
        "mail": (f"{cloud}/v2/email/identities", {"headers": foo}),
        "people": (cloud, in_json(f"{idp}.ListUsers", {"UserPoolId": config["userPoolId"]}, **foo)),
        "a sign-in": (cloud, in_json(f"{idp}.InitiateAuth", signed_in)),
        "an identity": (cloud, in_json(f"{identity}.GetId", {"IdentityPoolId": config["identityPoolId"]})),
        "the hosted token": (f"{cloud}/oauth2/token", {"method": "POST", "body": "grant_type=authorization_code"}),
        "the keys": (f"{cloud}/{config['userPoolId']}/.well-known/jwks.json", {}),
        "instance metadata": (f"{cloud}/latest/meta-data/iam/security-credentials/", {}),
        "the insides": (f"{cloud}/_ministack/ses/messages", {}),
        "health": (f"{cloud}/_localstack/health", {}),
        "a reset": (f"{cloud}/_ministack/reset", {"method": "POST"}),
        "settings": (f"{cloud}/_ministack/config", {"method": "POST", "body": "{}"}),
        "the edge": (f"http://{label}.cloudfront.localhost:{stage.cloud_port}/config.json", {}),
        "the site": (f"{site}/", {}),
        "its configuration": (f"{site}/config.json", {}),
        "the mailbox": (f"{site}/mailbox", {}),
        "the mails": (f"{site}/mailbox.json", {}),
        "the site by its number": (f"http://127.0.0.1:{stage.port}/config.json", {}),
        "speech": (f"{engines(stage)}/v1/voices", {"headers": foo}),
    }


def engines(stage: RunningStage) -> str:
    return str(json.loads((stage.data / "environment.json").read_text("utf-8"))["AWS_ENDPOINT_URL_POLLY"])


def test_a_foreign_page_reads_nothing(foreign: Page, stage: RunningStage) -> None:
    for what, (url, options) in requests_of(stage).items():
        assert ask(foreign, url, **options) == "unreadable", what


def test_what_it_sends_unasked_does_nothing(
    deceived: Browser, foreign: Page, stage: RunningStage, tmp_path: Path
) -> None:
    """Plain texts and forms need no preflight, and get no answer either."""
    cloud, name = stage.config["cognitoEndpoint"], f"evil-{tmp_path.name}"[:60]
    role = root(stage, "iam").list_roles()["Roles"][0]["Arn"]
    made = a_function(tmp_path, name, role)
    there = root(stage, "lambda").list_functions()["Functions"][0]["FunctionName"]
    for url, body in (
        (f"{cloud}/2015-03-31/functions", made),
        (f"{cloud}/2015-03-31/functions/{name}/invocations", "{}"),
        (f"{cloud}/2015-03-31/functions/{there}/invocations", "{}"),
        (f"{cloud}/?Action=CreateTopic&Name={name}", ""),
        (f"{cloud}/?Action=CreateQueue&QueueName={name}", ""),
    ):
        for kind in "text/plain", "application/x-www-form-urlencoded":
            options = {"method": "POST", "mode": "no-cors", "headers": {"Content-Type": kind}, "body": body}
            assert ask(foreign, url, **options) == "unreadable"
    for kind in "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
        for url, fields in (
            (f"{cloud}/", {"Action": "CreateTopic", "Name": name}),
            (f"{cloud}/{stage.config['filesBucket']}", {"key": "x", "file": "x"}),
        ):
            page = deceived.new_page()  # which goes where its form goes
            page.goto(foreign.url)
            with page.expect_response(url) as answered:
                page.evaluate(SEND_FORM, [url, kind, fields])
            assert answered.value.status in (400, 403)
            page.close()
    assert not list(tmp_path.iterdir())
    names = [each["FunctionName"] for each in root(stage, "lambda").list_functions()["Functions"]]
    topics = [each["TopicArn"] for each in root(stage, "sns").list_topics()["Topics"]]
    queues = root(stage, "sqs").list_queues().get("QueueUrls", [])
    assert not [each for each in (*names, *topics, *queues) if name in each]
    assert not [
        entry
        for entry in root(stage, "s3").list_objects_v2(Bucket=stage.config["filesBucket"]).get("Contents", [])
        if entry["Key"] == "x"
    ]


def test_it_opens_no_socket(foreign: Page, page: Page, stage: RunningStage, bruno: User) -> None:
    """Not even with a valid ticket."""
    own, theirs = (f"{stage.config['socket']}?ticket={quote(a_ticket(bruno))}" for _ in range(2))
    assert foreign.evaluate(OPEN_SOCKET, theirs) == "refused"
    page.goto(stage.address)
    assert page.evaluate(OPEN_SOCKET, own) == "open"
    assert foreign.evaluate(OPEN_SOCKET, f"ws://{NAME}:{stage.cloud_port}/_aws/execute-api/x/api") == "refused"


def test_a_name_that_points_here_is_of_no_use(deceived: Browser, stage: RunningStage) -> None:
    """The page then has the same origin as the cloud, and its own headers look like ours."""
    page = deceived.new_page()
    for port, status in (stage.cloud_port, 403), (stage.port, 421):
        own = f"http://{NAME}:{port}"
        opened = page.goto(f"{own}/")
        assert opened and opened.status == status
        for path in "/config.json", "/mailbox.json", "/_ministack/ses/messages", "/2015-03-31/functions", "/health":
            assert ask(page, own + path) == "unreadable" or ask(page, own + path).startswith(f"{status} ")
        scan = in_json("DynamoDB_20120810.ListTables", {}, Authorization="Foo")
        assert ask(page, f"{own}/", **scan).split(" ")[0] in ("unreadable", "403")
    page.close()


def test_the_api_alone_talks_to_it_and_wants_a_token(foreign: Page, stage: RunningStage) -> None:
    assert ask(foreign, stage.config["api"] + "/me").startswith("401 ")
    assert ask(foreign, stage.config["api"] + "/me", headers={"Authorization": "Foo"}).startswith("401 ")


def test_the_sites_own_pages_may_sign_people_in(page: Page, stage: RunningStage) -> None:
    """Everything needed for that is readable."""
    page.goto(stage.address)
    asked = requests_of(stage)
    assert [what for what in SITES if ask(page, asked[what][0], **asked[what][1]) == "unreadable"] == []
