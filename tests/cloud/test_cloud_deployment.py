"""The deployment path on a second stage: again, by Chalice alone, and destroyed."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import pytest
import requests

from chalicelib.core.bounds import OF_A_ROUTE, Rate
from tests.cloud.beside import (
    CHALICE,
    Beside,
    _set,
    _without,
    chalice,
    command,
    deployed_state,
    find_all,
    git_status,
    log_days,
)
from tests.support.cloud import outputs, problem, root
from tests.support.stage import (
    PROJECT,
    RunningStage,
    User,
    copied,
    environment_of,
    forget_settings,
    free_port,
    until,
)


@pytest.fixture(scope="module")
def beside(stage: RunningStage) -> Iterator[Beside]:
    before = git_status()
    one = Beside(stage, f"beside-{secrets.token_hex(2)}")
    settings = _set(ApiCacheSize="0.5", ReplicaRegion="eu-west-1", SecondReplicaRegion="us-west-2")
    said = one.cloud("deploy", *settings)
    assert "Deployed  https://" in said and re.search(r"0\.3 MB  \d\d functions\n.* MB  api_handler\n", said)
    yield one
    if any(found.startswith("stack") for found in find_all(stage, one.name)):
        one.cloud("destroy", "--yes", one.name)
    forget_settings(one.name)
    assert git_status() == before


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
    assert len(resources) == 15
    place = f"arn:aws:execute-api:us-east-1:000000000000:{own}/api"
    assert set(resources.values()) == {f"{place}/POST/@connections/*", f"{place}/DELETE/@connections/*"}


def test_logs_are_kept_for_as_long_as_is_set(beside: Beside, stage: RunningStage) -> None:
    """Also those that no call has begun yet."""
    logs = {
        f"/aws/lambda/{one['lambda_arn'].rpartition(':')[2]}" for one in beside.notes.values() if "lambda_arn" in one
    }
    assert len(logs) == 34
    kept = log_days(stage)
    assert {kept.get(log) for log in logs} == {30}
    root(stage, "logs").delete_retention_policy(logGroupName=sorted(logs)[0])
    beside.cloud("finish")
    assert log_days(stage)[sorted(logs)[0]] == 30


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


# Back


def versions(stage: RunningStage, name: str) -> dict[str, Any]:
    """What the stage's bucket says about them."""
    s3, bucket = root(stage, "s3"), outputs(stage, name)["StateBucket"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="versions/")["Contents"]
    return {
        "state": json.load(s3.get_object(Bucket=bucket, Key="versions/state.json")["Body"]),
        "numbers": sorted(
            int(found[1]) for one in listed if (found := re.fullmatch(r"versions/(\d+).json", one["Key"]))
        ),
        "contents": sum("/contents/" in one["Key"] for one in listed),
    }


def pages(stage: RunningStage, name: str) -> dict[str, str]:
    listed = root(stage, "s3").list_objects_v2(Bucket=outputs(stage, name)["SiteBucket"])["Contents"]
    return {one["Key"]: one["ETag"] for one in listed}


def published(stage: RunningStage, beside: Beside) -> tuple[str, str, set[str]]:
    """The APIs' deployments that people use, and all that there are."""
    api, sockets = beside.notes["rest_api"]["rest_api_id"], beside.notes["websocket_api"]["websocket_api_id"]
    gateway, two = root(stage, "apigateway"), root(stage, "apigatewayv2")
    return (
        gateway.get_stage(restApiId=api, stageName="api")["deploymentId"],
        two.get_stage(ApiId=sockets, StageName="api")["DeploymentId"],
        {one["id"] for one in gateway.get_deployments(restApiId=api)["items"]},
    )


def test_what_is_kept_is_bounded(beside: Beside, stage: RunningStage) -> None:
    """The last few versions, what these need, and the deployments of the API that they or a stage have."""
    beside.cloud("deploy")  # what was done to it so far left more
    kept = versions(stage, beside.name)
    at = kept["state"]["at"]
    assert kept["state"] == {"at": at, "towards": None} and kept["numbers"] == list(range(max(1, at - 4), at + 1))
    assert len(kept["numbers"]) >= 2 and kept["contents"] < 3 * len(kept["numbers"])
    assert len(published(stage, beside)[2]) <= len(kept["numbers"]) + 1, "and the draft's"


NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


def spoil(beside: Beside, stage: RunningStage) -> None:
    """Everything that a deployment sets, as another version might have it."""
    functions, iam, gateway = root(stage, "lambda"), root(stage, "iam"), root(stage, "apigateway")
    function, role = f"commonplace-{beside.name}", f"commonplace-{beside.name}-api_handler"
    functions.update_function_code(FunctionName=function, ZipFile=broken())
    functions.update_function_configuration(FunctionName=function, Timeout=7, Environment={"Variables": {}}, Layers=[])
    [layer] = functions.list_layer_versions(LayerName=f"commonplace-{beside.name}-managed-layer")["LayerVersions"]
    functions.delete_layer_version(LayerName=f"commonplace-{beside.name}-managed-layer", VersionNumber=layer["Version"])
    functions.delete_function_concurrency(FunctionName=f"commonplace-{beside.name}-erase_people")
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(NOTHING))
    api, sockets = beside.notes["rest_api"]["rest_api_id"], beside.notes["websocket_api"]["websocket_api_id"]
    gateway.create_deployment(restApiId=api, stageName="api")
    rate = {"op": "replace", "path": "/~1todos/GET/throttling/rateLimit", "value": "1"}
    more = {"op": "replace", "path": "/~1folder/GET/caching/enabled", "value": "true"}
    gateway.update_stage(restApiId=api, stageName="api", patchOperations=[rate, more])
    other = root(stage, "apigatewayv2").create_deployment(ApiId=sockets)["DeploymentId"]
    root(stage, "apigatewayv2").update_stage(ApiId=sockets, StageName="api", DeploymentId=other)
    s3, site = root(stage, "s3"), outputs(stage, beside.name)["SiteBucket"]
    s3.put_object(Bucket=site, Key="index.html", Body=b"another")
    s3.put_object(Bucket=site, Key="another.html", Body=b"another")
    for key in ("robots.txt", *[key for key in pages(stage, beside.name) if key.startswith("assets/")][-1:]):
        s3.delete_object(Bucket=site, Key=key)


def broken() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("app.py", "raise RuntimeError")
    return archive.getvalue()


def test_a_rollback_puts_back_all_that_a_deployment_sets(beside: Beside, stage: RunningStage) -> None:
    at = versions(stage, beside.name)["state"]["at"]
    before = [deployed_state(stage, beside.name, beside.notes), pages(stage, beside.name)]
    served = published(stage, beside)[:2]
    spoil(beside, stage)
    assert beside.get("/health").status_code == 502
    said = beside.cloud("rollback", "--to", str(at))
    assert f"At version {at} again, of 20" in said
    assert re.search(r"(\d\d) of \1 changed", said), "all get the layer again, which was deleted"
    assert beside.get("/health").json()["ok"] is True
    after = [deployed_state(stage, beside.name, beside.notes), pages(stage, beside.name)]
    methods = after[0]["methods"]
    [more] = [methods.pop(name) for name in [*methods] if name.endswith("folder/GET")]
    assert not more["cachingEnabled"], "nothing is cached without its keys"
    assert after[0] == before[0] and before[1].items() <= after[1].items() and "another.html" not in after[1]
    assert published(stage, beside)[:2] == served
    assert "0 of " in beside.cloud("rollback", "--to", str(at)), "nothing is left to do"


def test_rolling_back_goes_one_version_further_each_time(beside: Beside, stage: RunningStage) -> None:
    """To the oldest that is kept; and forward where one says so."""
    at, line = versions(stage, beside.name)["state"]["at"], ["-m", "cloud", "rollback", "--stage", beside.name]
    for number in reversed(versions(stage, beside.name)["numbers"][:-1]):
        assert f"At version {number} again" in beside.cloud("rollback")
    for more, sentence in (([], "Nothing is kept from before"), (["--to", "99"], "There is no version 99")):
        done = command([*line, *more], environment_of(stage))
        assert done.returncode == 1 and sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert f"At version {at} again" in beside.cloud("rollback", "--to", str(at))
    assert versions(stage, beside.name)["state"] == {"at": at, "towards": None}


@pytest.mark.parametrize("condition", ["True", '"test-invoke-stage" not in asked.base'])
def test_a_deployment_that_is_not_well_goes_back(
    beside: Beside, stage: RunningStage, tmp_path: Path, condition: str
) -> None:
    """Before it is published, if that can be seen then."""
    at = versions(stage, beside.name)["state"]["at"]
    before = [deployed_state(stage, beside.name, beside.notes), pages(stage, beside.name)]
    served = published(stage, beside)[:2]
    copy = copied(tmp_path / "copy")
    shutil.copytree(CHALICE / "deployments", copy / ".chalice/deployments")
    patience = (copy / "cloud/health.py").read_text("utf-8")
    (copy / "cloud/health.py").write_text(re.sub(r"(?m)^_PAUSES = .*$", "_PAUSES = (0.1,)", patience), "utf-8")
    route = (copy / "chalicelib/core/api.py").read_text("utf-8")
    well = '    return {"ok": True'
    sick = f"    if {condition}:\n        raise RuntimeError\n{well}"
    assert well in route
    (copy / "chalicelib/core/api.py").write_text(route.replace(well, sick), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cloud", "deploy", "--stage", beside.name],
        cwd=copy,
        env=environment_of(stage),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 1, done.stdout
    assert len(done.stderr.strip().splitlines()) == 1 and "is not well" in done.stderr
    assert f"The stage is back at version {at}" in done.stderr
    assert ("What Chalice leaves out" in done.stdout) == (condition != "True"), "seen in the draft"
    after = [deployed_state(stage, beside.name, beside.notes), pages(stage, beside.name)]
    defined = {"resources", "refusals", "models", "validators"}  # of the API, which people get when it is published
    assert _without(after[0], defined, {}) == _without(before[0], defined, {})
    assert before[1].items() <= after[1].items()
    problem(beside.get("/albums"), 401)
    assert published(stage, beside)[:2] == served
    assert versions(stage, beside.name)["state"] == {"at": at, "towards": None}


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
        for arguments in (["deploy"], ["finish"], ["env"], ["destroy", "--yes", name]):
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
    assert process.returncode == 1 and "Nothing was deleted" in said
    assert find_all(stage, beside.name) == before


def test_destroying_leaves_nothing(beside: Beside, stage: RunningStage, bruno: User) -> None:
    """Ends that stage; the shared one is unaffected."""
    api = beside.notes["rest_api"]["rest_api_id"]
    assert find_all(stage, beside.name)
    beside.cloud("destroy", "--yes", beside.name)
    assert find_all(stage, beside.name) == []
    elsewhere = in_region(stage, "us-west-2").list_tables()["TableNames"]
    assert not [table for table in elsewhere if beside.name in table]
    assert api not in [one["id"] for one in root(stage, "apigateway").get_rest_apis()["items"]]
    assert not (CHALICE / "deployed" / f"{beside.name}.json").exists()
    assert [path for path in (CHALICE / "stages").glob(f"{beside.name}/*") if path.is_file()] == []
    assert beside.name not in (CHALICE / "config.json").read_text("utf-8")
    assert bruno.get("/albums").status_code == 200
