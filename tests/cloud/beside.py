"""A second stage on the same cloud, and all that a deployment sets there."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import requests

from tests.support.cloud import outputs, root
from tests.support.stage import (
    PASSWORD,
    PROJECT,
    RunningStage,
    environment_of,
)

CHALICE = PROJECT / ".chalice"


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
        "logs": {log: days for log, days in log_days(stage).items() if f"-{name}" in log},
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


def log_days(stage: RunningStage) -> dict[str, int | None]:
    """For how long each log is kept."""
    pages = root(stage, "logs").get_paginator("describe_log_groups").paginate()
    return {one["logGroupName"]: one.get("retentionInDays") for page in pages for one in page["logGroups"]}


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
