"""The deployment path on a second stage: again, by Chalice alone, and destroyed."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import pytest
import requests

from chalicelib.core.bounds import OF_A_ROUTE, Rate
from cloud import amplify
from tests.support.cloud import outputs, problem, root
from tests.support.stage import PASSWORD, PROJECT, RunningStage, User, environment_of, forget_settings, free_port, until

CHALICE = PROJECT / ".chalice"
CONFIG_KEYS = {
    "api",
    "edge",
    "socket",
    "region",
    "userPoolId",
    "userPoolClientId",
    "identityPoolId",
    "filesBucket",
    "cognitoEndpoint",
    "identityEndpoint",
    "s3Endpoint",
    "hostedUi",
}


def command(arguments: list[str], environment: dict[str, str], limit: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=limit
    )


def chalice(*arguments: str) -> list[str]:
    return ["-c", "import sys; from chalice.cli import main; sys.exit(main())", *arguments]


def git_status() -> str:
    """Of what a deployment could touch; others may be editing pages or tests meanwhile."""
    paths = ["--", ".", ":!tests", ":!frontend", ":!benchmarks", ":!*.md"]
    done = subprocess.run(["git", "status", "--porcelain", *paths], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Beside:
    """Another stage on the same cloud, deployed as on AWS."""

    stage: RunningStage
    name: str

    def cloud(self, *arguments: str) -> str:
        done = command(["-m", "cloud", *arguments, "--stage", self.name], environment_of(self.stage))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def notes(self) -> dict[str, Any]:
        content = json.loads((CHALICE / "deployed" / f"{self.name}.json").read_text("utf-8"))
        return {resource["name"]: resource for resource in content["resources"]}

    @property
    def settings(self) -> Any:
        return json.loads((CHALICE / "config.json").read_text("utf-8"))["stages"][self.name]

    @property
    def api(self) -> str:
        return f"{self.stage.config['cognitoEndpoint']}/_aws/execute-api/{self.notes['rest_api']['rest_api_id']}/api"

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.api + path, headers=headers, timeout=20)

    def sign_up(self) -> str:
        """A new person's token."""
        found = outputs(self.stage, self.name)
        pool, app, name = found["UserPoolId"], found["UserPoolClientId"], f"{secrets.token_hex(4)}@example.com"
        idp = root(self.stage, "cognito-idp")
        proved = [{"Name": "email", "Value": name}, {"Name": "email_verified", "Value": "true"}]
        idp.admin_create_user(UserPoolId=pool, Username=name, UserAttributes=proved, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        given = {"USERNAME": name, "PASSWORD": PASSWORD}
        answer = idp.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
        return str(answer["AuthenticationResult"]["IdToken"])


def _set(**settings: str) -> list[str]:
    return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def beside(stage: RunningStage) -> Iterator[Beside]:
    before = git_status()
    one = Beside(stage, f"beside-{secrets.token_hex(2)}")
    settings = _set(ApiCacheSize="0.5", ReplicaRegion="eu-west-1", SecondReplicaRegion="us-west-2")
    assert "Deployed  https://" in one.cloud("deploy", *settings)
    yield one
    if any(found.startswith("stack") for found in find_all(stage, one.name)):
        one.cloud("destroy", "--yes")
    forget_settings(one.name)
    assert git_status() == before


def deployed_state(stage: RunningStage, name: str, notes: dict[str, Any]) -> dict[str, Any]:
    """Everything a deployment sets, except what is new each time: ids within the API, the layer's number."""
    api_id = notes["rest_api"]["rest_api_id"]
    gateway, functions = root(stage, "apigateway"), root(stage, "lambda")
    validators = {one["id"]: one["name"] for one in gateway.get_request_validators(restApiId=api_id)["items"]}
    authorizers = {one["id"]: one["name"] for one in gateway.get_authorizers(restApiId=api_id)["items"]}
    names = {**validators, **authorizers}
    resources = gateway.get_resources(restApiId=api_id, embed=["methods"], limit=500)["items"]
    ours = [one for one in functions.list_functions()["Functions"] if name in one["FunctionName"]]
    mappings = [
        one for one in functions.list_event_source_mappings()["EventSourceMappings"] if name in one["EventSourceArn"]
    ]
    iam = root(stage, "iam")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"] if name in role["RoleName"]]
    return {
        "api": gateway.get_rest_api(restApiId=api_id)["id"],
        "resources": {
            one["path"]: _without(one.get("resourceMethods", {}), {"cacheNamespace"}, names) for one in resources
        },
        "methods": gateway.get_stage(restApiId=api_id, stageName="api")["methodSettings"],
        "sockets": root(stage, "apigatewayv2").get_stage(
            ApiId=notes["websocket_api"]["websocket_api_id"], StageName="api"
        )["DefaultRouteSettings"],
        "refusals": {one["responseType"]: one for one in gateway.get_gateway_responses(restApiId=api_id)["items"]},
        "models": {one["name"]: one["schema"] for one in gateway.get_models(restApiId=api_id)["items"]},
        "validators": sorted(validators.values()),
        "functions": {one["FunctionName"]: _without(one, {"LastModified", "RevisionId", "Layers"}, {}) for one in ours},
        "layers": [_layer(stage, one["Arn"]) for function in ours for one in function["Layers"]],
        "mappings": [_without(one, {"LastModified", "LastProcessingResult"}, {}) for one in mappings],
        "roles": {
            role: {
                policy: iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
            }
            for role in roles
        },
    }


def _layer(stage: RunningStage, arn: str) -> str:
    """The layer's content."""
    name, version = arn.rsplit(":", 2)[-2:]
    content = root(stage, "lambda").get_layer_version(LayerName=name, VersionNumber=int(version))["Content"]
    return str(content["CodeSha256"])


def _without(node: Any, keys: set[str], names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _without(value, keys, names) for key, value in node.items() if key not in keys}
    if isinstance(node, list):
        return [_without(value, keys, names) for value in node]
    return names.get(node, node) if isinstance(node, str) else node


def find_all(stage: RunningStage, name: str) -> list[str]:
    """Everything on the cloud whose name contains the stage's."""
    looks: list[tuple[str, str, str, dict[str, Any]]] = [
        ("lambda", "list_functions", "Functions", {}),
        ("lambda", "list_layers", "Layers", {}),
        ("lambda", "list_event_source_mappings", "EventSourceMappings", {}),
        ("iam", "list_roles", "Roles", {}),
        ("s3", "list_buckets", "Buckets", {}),
        ("dynamodb", "list_tables", "TableNames", {}),
        ("sqs", "list_queues", "QueueUrls", {}),
        ("sns", "list_topics", "Topics", {}),
        ("cloudwatch", "describe_alarms", "MetricAlarms", {}),
        ("cognito-idp", "list_user_pools", "UserPools", {"MaxResults": 60}),
        ("cognito-identity", "list_identity_pools", "IdentityPools", {"MaxResults": 60}),
    ]
    found = []
    for service, operation, key, arguments in looks:
        found += [
            f"{service} {_lasting(one)}"
            for one in getattr(root(stage, service), operation)(**arguments).get(key, [])
            if name in str(one) or name in str(one).replace("_", "-")
        ]
    stacks = root(stage, "cloudformation").describe_stacks()["Stacks"]
    found += [f"stack {one}" for one in stacks if name in one["StackName"] and one["StackStatus"] != "DELETE_COMPLETE"]
    distributions = root(stage, "cloudfront").list_distributions().get("DistributionList", {}).get("Items", [])
    return found + [f"distribution {one}" for one in distributions if name in str(one.get("Comment"))]


def _lasting(one: Any) -> Any:
    """Without the time of last activity."""
    return _without(one, {"LastModified", "LastProcessingResult"}, {}) if isinstance(one, dict) else one


# Again, by Chalice alone, and what Chalice leaves out


def test_a_deployed_stage_answers(beside: Beside) -> None:
    assert beside.get("/health").json()["ok"] is True
    problem(beside.get("/albums"), 401)


def test_a_cache_never_mixes_people(beside: Beside) -> None:
    """A cached answer is for its person only, until they ask anew; the setting survives the next deployment."""
    ada, bob = beside.sign_up(), beside.sign_up()

    def titles(token: str, query: str = "", **headers: str) -> list[str]:
        answer = beside.get(f"/todos{query}", Authorization=token, **headers)
        assert answer.status_code == 200, answer.text
        return [todo["title"] for todo in answer.json()["items"]]

    assert titles(ada) == titles(bob) == []
    headers = {"Authorization": ada}
    made = requests.post(f"{beside.api}/todos", json={"title": "Hers"}, headers=headers, timeout=20).json()
    assert titles(ada) == [], "it does keep"
    assert titles(ada, "?limit=7") == ["Hers"], "a question of its own"
    assert titles(ada, **{"Cache-Control": "max-age=0"}) == ["Hers"] == titles(ada)
    assert titles(bob) == titles(bob, **{"Cache-Control": "max-age=0"}) == []
    assert beside.get(f"/todos/{made['id']}", Authorization=ada).json() == made
    problem(beside.get(f"/todos/{made['id']}", Authorization=bob), 404)
    problem(beside.get(f"/todos/{made['id']}"), 401)
    problem(beside.get("/todos", Authorization="forged"), 401)


def test_functions_send_to_the_sockets_of_their_stage_alone(beside: Beside, stage: RunningStage) -> None:
    """Even after the very first deployment, which only then creates the API."""
    iam, own = root(stage, "iam"), beside.notes["websocket_api"]["websocket_api_id"]
    resources: dict[str, str] = {}
    for role in (one["RoleName"] for one in iam.list_roles()["Roles"] if beside.name in one["RoleName"]):
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
            sends = [one["Resource"] for one in statements if one["Action"] == "execute-api:ManageConnections"]
            for resource in sends:
                resources[role] = resource
    assert len(resources) == 12
    place = f"arn:aws:execute-api:us-east-1:000000000000:{own}/api"
    assert set(resources.values()) == {f"{place}/POST/@connections/*", f"{place}/DELETE/@connections/*"}


def test_a_cached_route_is_let_through_like_the_others(beside: Beside, stage: RunningStage) -> None:
    """A method's own settings take nothing from elsewhere."""
    settings = deployed_state(stage, beside.name, beside.notes)["methods"]
    cached = [one for one in settings.values() if one["cachingEnabled"]]
    rates = {Rate(one["throttlingRateLimit"], one["throttlingBurstLimit"]) for one in cached}
    assert rates == {OF_A_ROUTE}


def test_deploying_again_changes_nothing(beside: Beside, stage: RunningStage) -> None:
    before = deployed_state(stage, beside.name, beside.notes)
    notes, settings = beside.notes, beside.settings
    beside.cloud("deploy")
    assert deployed_state(stage, beside.name, beside.notes) == before
    assert {**beside.notes, "managed-layer": None} == {**notes, "managed-layer": None}
    assert beside.settings == settings


def test_chalice_alone_and_then_the_rest(beside: Beside, stage: RunningStage) -> None:
    before = deployed_state(stage, beside.name, beside.notes)
    done = command(chalice("deploy", "--stage", beside.name), environment_of(stage))
    assert done.returncode == 0, done.stdout + done.stderr
    assert beside.get("/health").status_code == 200, "it works as it is"
    assert beside.get("/albums").status_code == 401
    beside.cloud("finish")
    problem(beside.get("/albums"), 401)
    problem(beside.get("/nowhere"), 404)
    after = deployed_state(stage, beside.name, beside.notes)
    assert _without_code(after) == _without_code(before)
    beside.cloud("finish")
    assert deployed_state(stage, beside.name, beside.notes) == after


class Client:
    """Asks without pause, and notes each answer that no finished stage gives."""

    def __init__(self, beside: Beside) -> None:
        self._api, self._over = beside.api, Event()  # Chalice rewrites its notes meanwhile
        self._tokens = [beside.sign_up() for _ in range(2)]
        for number, token in enumerate(self._tokens):
            body = {"title": f"Of {number}"}
            requests.post(f"{self._api}/todos", json=body, headers={"Authorization": token}, timeout=20)
        self.asked, self.wrong = 0, list[str]()

    def __enter__(self) -> Client:
        self._thread = Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            self.asked += 1
            for number, token in enumerate(self._tokens):
                answer = requests.get(f"{self._api}/todos", headers={"Authorization": token}, timeout=20)
                if answer.status_code != 200 or [one["title"] for one in answer.json()["items"]] != [f"Of {number}"]:
                    self.wrong.append(f"{number} got {answer.status_code} {answer.text[:200]}")
            for path, status in (("/todos", 401), ("/nowhere", 404)):
                answer = requests.get(self._api + path, timeout=20)
                kind, origin = (answer.headers.get(name) for name in ("Content-Type", "Access-Control-Allow-Origin"))
                if (answer.status_code, kind, origin) != (status, "application/problem+json", "*"):
                    self.wrong.append(f"{path} gave {answer.status_code}, {kind}, {origin}")


@pytest.mark.parametrize("how", ["whole", "chalice alone", "finish"])
def test_nobody_notices_a_deployment(beside: Beside, stage: RunningStage, how: str) -> None:
    """With a cache: nobody gets another person's answer, or one without what Chalice leaves out."""
    with Client(beside) as client:
        if how == "chalice alone":
            done = command(chalice("deploy", "--stage", beside.name), environment_of(stage))
            assert done.returncode == 0, done.stdout + done.stderr
        else:
            beside.cloud("deploy" if how == "whole" else "finish")
        asked = client.asked
        until(lambda: client.asked > asked + 3)
    assert client.wrong == []


def test_nobody_gets_into_the_draft(beside: Beside, stage: RunningStage) -> None:
    """The stage that Chalice deploys to."""
    assert requests.get(f"{beside.api.removesuffix('/api')}/draft/health", timeout=20).status_code == 429
    sockets = root(stage, "apigatewayv2").get_stages(ApiId=beside.notes["websocket_api"]["websocket_api_id"])["Items"]
    assert [one["StageName"] for one in sockets] == ["api"]


def test_each_region_reads_what_another_wrote(beside: Beside, stage: RunningStage) -> None:
    """Also after a deployment that doesn't name them; one that names others moves the articles there."""
    name, item = f"commonplace-{beside.name}-articles", {"slug": {"S": "hello"}, "part": {"S": "article"}}

    def regions() -> dict[str, Any]:
        clients = {region: in_region(stage, region) for region in ("us-east-1", "eu-west-1", "us-west-2")}
        return {region: one for region, one in clients.items() if name in one.list_tables()["TableNames"]}

    there = regions()
    assert list(there) == ["us-east-1", "eu-west-1", "us-west-2"]
    for number, writer in enumerate(there.values()):
        writer.put_item(TableName=name, Item={**item, "number": {"N": str(number)}})
        for reader in there.values():
            found = reader.get_item(TableName=name, Key=item)["Item"]
            assert found["number"] == {"N": str(number)}
    beside.cloud("deploy", *_set(ReplicaRegion="us-west-2", SecondReplicaRegion=""))
    assert list(regions()) == ["us-east-1", "us-west-2"]
    assert there["us-west-2"].get_item(TableName=name, Key=item)["Item"]
    there["us-east-1"].delete_item(TableName=name, Key=item)
    assert "Item" not in there["us-west-2"].get_item(TableName=name, Key=item)


def in_region(stage: RunningStage, region: str) -> Any:
    environment = environment_of(stage)
    names = {"aws_access_key_id": "AWS_ACCESS_KEY_ID", "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY"}
    keys = {name: environment[variable] for name, variable in names.items()}
    return boto3.client("dynamodb", endpoint_url=stage.config["s3Endpoint"], region_name=region, **keys)


def _without_code(state: dict[str, Any]) -> dict[str, Any]:
    """Chalice alone also packages compiled files next to the sources."""
    return {**state, "functions": _without(state["functions"], {"CodeSha256", "CodeSize"}, {})}


def exports(text: str) -> dict[str, str]:
    """What a shell would have after `eval`."""
    pairs = (shlex.split(line)[1].partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


def test_chalice_local(stage: RunningStage, bruno: User) -> None:
    """With the output of `python -m cloud env`, and nothing else."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    told = command(["-m", "cloud", "env", "--stage", stage.name, "--data", str(stage.data)], clean)
    assert told.returncode == 0, told.stderr
    environment = {**clean, **exports(told.stdout)}
    assert environment["STAGE"] == stage.name and "AWS_ENDPOINT_URL" in environment
    port = free_port()
    local = [sys.executable, *chalice("local", "--stage", stage.name, "--port", str(port), "--no-autoreload")]
    server = subprocess.Popen(local, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/health"), 40)
        url = f"http://127.0.0.1:{port}/albums"
        page = requests.get(url, headers={"Authorization": bruno.token}, params={"limit": 2}, timeout=20)
        assert page.status_code == 200, page.text
        assert page.json() == bruno.get("/albums", params={"limit": 2}).json()
        nobody = requests.get(url, timeout=20)
        assert nobody.status_code == 401 and nobody.json()["status"] == 401
        document = {"title": "Milk", "clientId": "from-here"}
        here: dict[str, Any] = {"headers": {"Authorization": bruno.token}, "timeout": 20}
        todo = requests.post(f"http://127.0.0.1:{port}/todos", json=document, **here).json()
        assert todo["url"].startswith(f"http://127.0.0.1:{port}/") and requests.get(todo["url"], **here).json() == todo
        wrong = requests.put(f"{url}/x", headers={"Authorization": bruno.token, "If-Match": '"1"'}, json={}, timeout=20)
        assert wrong.status_code == 422
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("arguments", [["deploy", "--stage", "Not_A_Name"], ["finish", "--stage", "nowhere"]])
def test_a_stage_that_can_not_be(stage: RunningStage, arguments: list[str]) -> None:
    done = command(["-m", "cloud", *arguments], environment_of(stage))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and arguments[-1] in done.stderr


def test_a_name_that_is_somebody_elses(stage: RunningStage) -> None:
    """Whatever the command, an unmarked stack of the same name is left alone."""
    name = f"taken-{secrets.token_hex(2)}"
    cloudformation = root(stage, "cloudformation")
    template = {"Resources": {"Theirs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{name}-queue"}}}}
    cloudformation.create_stack(StackName=f"commonplace-{name}", TemplateBody=json.dumps(template))
    try:
        before = find_all(stage, name)
        for arguments in (["deploy"], ["finish"], ["env"], ["destroy", "--yes"]):
            done = command(["-m", "cloud", *arguments, "--stage", name], environment_of(stage))
            assert done.returncode == 1
            assert f"'{name}' is taken" in done.stderr and len(done.stderr.strip().splitlines()) == 1
        assert find_all(stage, name) == before != []
    finally:
        cloudformation.delete_stack(StackName=f"commonplace-{name}")
        forget_settings(name)


def test_destroying_asks_first(beside: Beside, stage: RunningStage) -> None:
    before = find_all(stage, beside.name)
    line = ["-m", "cloud", "destroy", "--stage", beside.name]
    process = subprocess.Popen(
        [sys.executable, *line],
        cwd=PROJECT,
        env=environment_of(stage),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = process.communicate("no\n", timeout=60)[1]
    assert process.returncode == 1 and "Nothing was deleted." in said
    assert find_all(stage, beside.name) == before


def test_destroying_leaves_nothing(beside: Beside, stage: RunningStage, bruno: User) -> None:
    """Ends that stage; the shared one is unaffected."""
    api = beside.notes["rest_api"]["rest_api_id"]
    assert find_all(stage, beside.name)
    beside.cloud("destroy", "--yes")
    assert find_all(stage, beside.name) == []
    elsewhere = in_region(stage, "us-west-2").list_tables()["TableNames"]
    assert not [table for table in elsewhere if beside.name in table]
    assert api not in [one["id"] for one in root(stage, "apigateway").get_rest_apis()["items"]]
    assert not (CHALICE / "deployed" / f"{beside.name}.json").exists()
    assert [path for path in (CHALICE / "stages").glob(f"{beside.name}/*") if path.is_file()] == []
    assert beside.name not in (CHALICE / "config.json").read_text("utf-8")
    assert bruno.get("/albums").status_code == 200


# The deployed package


def test_config_tells_a_client_everything(stage: RunningStage) -> None:
    config = requests.get(f"{stage.address}/config.json", timeout=10).json()
    assert CONFIG_KEYS <= config.keys() <= CONFIG_KEYS | {"demo"}
    assert config["api"].startswith("http://127.0.0.1:") and not config["api"].endswith("/")
    assert requests.get(f"{config['api']}/health", timeout=10).json()["ok"] is True
    assert all(config["demo"][0].keys() == {"email", "password", "name"} for _ in config["demo"])
    assert "secret" not in json.dumps(config).lower()


def test_the_pages_may_talk_to_this_stage_alone(stage: RunningStage) -> None:
    config = requests.get(f"{stage.address}/config.json", timeout=10).json()
    policy = requests.get(stage.address, timeout=10).headers["Content-Security-Policy"]
    directives = {name: sources for name, *sources in (part.split() for part in policy.split(";"))}
    files = f"{config['s3Endpoint']}/{config['filesBucket']}"
    uploads, speech = (outputs(stage)[bucket] for bucket in ("UploadsBucket", "SpeechBucket"))
    assert directives["connect-src"] == [
        "'self'",
        stage.address,
        f"{config['api']}/",
        config["socket"],
        f"{config['cognitoEndpoint']}/",
        f"{config['hostedUi']}/oauth2/token",
        files,
        f"{files}/",
        f"{config['s3Endpoint']}/{uploads}",
    ]
    assert directives["media-src"] == [f"{files}/", f"{config['s3Endpoint']}/{speech}/"]
    assert directives["img-src"] == ["'self'", "blob:", stage.address]
    assert directives["form-action"] == ["'none'"] and "*" not in policy


def test_amplifys_build_takes_it_over(stage: RunningStage, tmp_path: Path) -> None:
    for name in ("customHttp.yml", "frontend/robots.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((PROJECT / name).read_text("utf-8"), "utf-8")
    amplify.fill(stage.address, tmp_path)
    policy = requests.get(stage.address, timeout=10).headers["Content-Security-Policy"]
    assert json.dumps(policy) in (tmp_path / "customHttp.yml").read_text("utf-8")
    assert json.loads((tmp_path / "frontend" / "config.json").read_text("utf-8"))["api"] == stage.config["api"]


def test_stream_settings(stage: RunningStage) -> None:
    mappings = root(stage, "lambda").list_event_source_mappings()["EventSourceMappings"]
    found = outputs(stage)
    for stream, function in (
        ("PeopleStream", "erase_people"),
        ("PostsStream", "push_posts"),
        ("ConversationsStream", "push_conversations"),
        ("MembersStream", "push_members"),
        ("MessagesStream", "push_messages"),
        ("AlbumsStream", "push_albums"),
        ("PhotosStream", "push_photos"),
        ("SubscribersStream", "mail_subscribers"),
        ("MailingsStream", "mail_article"),
        ("ArticlesStream", "follow_articles"),
    ):
        readers = [one for one in mappings if one["EventSourceArn"] == found[stream]]
        name = f"commonplace-{stage.name}-{function}"
        (mapping,) = readers
        assert mapping["FunctionArn"].endswith(f":{name}")
        assert mapping["MaximumRetryAttempts"] == 5
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": found["FailuresArn"]}}


@pytest.mark.parametrize("function", ["reach_shard", "stop_mail", "announce_articles", "develop_photo"])
def test_settings_of_what_is_called_by_topics_and_buckets(stage: RunningStage, function: str) -> None:
    name = f"commonplace-{stage.name}-{function}"
    settings = root(stage, "lambda").get_function_event_invoke_config(FunctionName=name)
    assert settings["MaximumRetryAttempts"] == 2
    assert settings["DestinationConfig"]["OnFailure"] == {"Destination": outputs(stage)["FailuresArn"]}


@pytest.fixture(scope="module")
def unzipped(stage: RunningStage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The package and the layer of the API's function, laid out as on Lambda."""
    functions = root(stage, "lambda")
    name = f"commonplace-{stage.name}"
    function = functions.get_function(FunctionName=name)
    (layer,) = functions.get_function_configuration(FunctionName=name)["Layers"]
    layer_name, version = layer["Arn"].rsplit(":", 2)[-2:]
    content = functions.get_layer_version(LayerName=layer_name, VersionNumber=int(version))["Content"]
    folders = {}
    for what, url in (("package", function["Code"]["Location"]), ("layer", content["Location"])):
        folders[what] = tmp_path_factory.mktemp(what)
        raw = requests.get(url, timeout=20).content
        zipfile.ZipFile(io.BytesIO(raw)).extractall(folders[what])
    return folders


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_package_holds_the_application_and_no_more(unzipped: dict[str, Path]) -> None:
    files = _files(unzipped["package"])
    sources = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "chalicelib").rglob("*")
        if path.suffix in (".py", ".json", ".yaml")
    }
    assert files == {"app.py", "chalice/__init__.py", "chalice/app.py", *sources}


def test_the_layer_holds_what_requirements_name(unzipped: dict[str, Path]) -> None:
    site = _site(unzipped["layer"])
    assert {path.name for path in site.iterdir() if (path / "__init__.py").exists()} == {
        "fastjsonschema", "mistune", "nh3", "PIL",
    }  # fmt: skip
    assert not any("boto" in name or "__pycache__" in name or "tests" in name for name in _files(unzipped["layer"]))
    assert _size(site / "fastjsonschema") + _size(site / "mistune") < 500_000, "start-up time is a feature"
    assert _size(site) < 30_000_000


def test_what_is_compiled_was_not_compiled_here(unzipped: dict[str, Path]) -> None:
    """Nothing in the layer needs a newer C library than Lambda has, and Pillow brings its own decoders."""
    site = _site(unzipped["layer"])
    tags = [line.split()[1] for path in site.glob("*.dist-info/WHEEL") for line in _lines(path) if "Tag:" in line]
    assert len(tags) >= 4
    assert all(re.search(r"-any$|-manylinux2014_|-manylinux_2_(5|12|17|24|26)_", tag) for tag in tags), tags
    assert any((site / "pillow.libs").iterdir())


def _site(layer: Path) -> Path:
    (site,) = {path.parent.parent for path in layer.rglob("fastjsonschema/__init__.py")}
    return site


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_the_package_runs_by_itself(unzipped: dict[str, Path]) -> None:
    """All its modules, with only the standard library and the layer."""
    site = _site(unzipped["layer"])
    program = f"""
import sys
sys.path[:0] = [{str(unzipped["package"])!r}, {str(site)!r}]
import importlib, pkgutil
import app, chalicelib, fastjsonschema
names = [module.name for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")]
for name in names:
    importlib.import_module(name)
from chalicelib.core import schemas
from chalicelib.core.routes import operations
for operation in operations:
    for schema in filter(None, (operation.takes, *operation.gives.values())):
        schemas.faults(schema, None)
print(len(names), "boto3" in sys.modules, {str(PROJECT)!r} in str(sys.modules))
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, env={})
    assert done.returncode == 0, done.stderr
    count, *foreign = done.stdout.split()
    assert int(count) > 15 and foreign == ["False", "False"]
