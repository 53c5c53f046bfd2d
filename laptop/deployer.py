"""Writes docs/deployer-policy.json: all that deploying a stage, looking after it and taking it down may do.

It does all of that on an embedded cloud of its own, and notes what is asked for there. What CloudFormation calls for
resources comes from `laptop/embedded/stack_calls.py`. What a cache in front of the to-dos needs, which includes a
network, is in a file of its own. So is what denies production to who deploys other stages.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3

from cloud import functions, template
from cloud.errors import CloudError
from cloud.stage import PRODUCTION
from laptop.embedded import EmbeddedCloud
from laptop.embedded.stack_calls import CALLS, PASSED_TO, TO_LAMBDA, Call

TARGET = functions.PROJECT / "docs" / "deployer-policy.json"
CACHE = functions.PROJECT / "docs" / "deployer-policy-cache.json"
STAGING = functions.PROJECT / "docs" / "deployer-policy-staging.json"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
MOST = {TARGET: 10_240, CACHE: 6_144, STAGING: 6_144}  # characters, without spaces: written into a role, or attached
_OWN = "commonplace-*"
_CONDITIONS = {"iam:PassRole": {"StringEquals": {"iam:PassedToService": sorted({TO_LAMBDA, *PASSED_TO.values()})}}}
_OF_THE_CACHE = ("dax", "ec2")
STAGE = "recorded"
_COMMANDS = (
    ("deploy", "--plan"),
    ("deploy",),
    ("deploy", "--plan", "--set", "SpeechADay=7"),
    ("deploy", "--set", "SpeechADay=7", "--set", "ApiCacheSize=0.5", "--set", "MailSender=a@example.com"),
    ("deploy", "--set", "ApiCacheSize="),
    ("failures",),
    ("failures", "--replay"),
    ("rollback",),
    ("destroy", "--yes", STAGE),
)
_FUNCTION = "arn:aws:lambda:*:*:function:commonplace-*"
_STREAM = "arn:aws:dynamodb:*:*:table/commonplace-*/stream/*"
_UNRECORDED = (
    # Asked for by AWS on the way, not by the embedded cloud
    ("iam:CreateServiceLinkedRole", "arn:aws:iam::*:role/aws-service-role/ops.apigateway.amazonaws.com/*"),
    ("lambda:GetLayerVersion", "arn:aws:lambda:*:*:layer:commonplace-*"),
    ("lambda:TagResource", _FUNCTION),
    ("lambda:UntagResource", _FUNCTION),
    # For a domain of one's own
    ("acm:DescribeCertificate", "arn:aws:acm:us-east-1:*:certificate/*"),
    # When something failed, or a later version of the code has less
    ("cloudformation:ContinueUpdateRollback", "arn:aws:cloudformation:*:*:stack/commonplace-*"),
    ("cloudformation:DescribeStackEvents", "arn:aws:cloudformation:*:*:stack/commonplace-*"),
    ("dynamodb:GetRecords", _STREAM),
    ("dynamodb:GetShardIterator", _STREAM),
    ("lambda:GetFunctionConfiguration", _FUNCTION),
    ("lambda:InvokeFunction", _FUNCTION),
    ("lambda:RemovePermission", _FUNCTION),
    ("sns:Unsubscribe", "*"),
    ("sqs:ChangeMessageVisibility", "arn:aws:sqs:*:*:commonplace-*"),
    ("sqs:DeleteMessage", "arn:aws:sqs:*:*:commonplace-*"),
)
Statement = dict[str, Any]
_BY_ID = re.compile(r"^(/restapis|/apis|[a-z-]+)([/:]).*")


def recorded(policy: dict[str, Any]) -> set[Call]:
    """What a user with this policy asks for, from the first deployment until nothing is left."""
    with tempfile.TemporaryDirectory(prefix="deployer-") as folder:
        data, calls = Path(folder) / "data", Path(folder) / "calls"
        os.environ["EMBEDDED_CALLS"] = str(calls)
        try:
            cloud = EmbeddedCloud.start(data, _free_port())
        finally:
            del os.environ["EMBEDDED_CALLS"]
        try:
            key = _deployer(cloud, policy)
            for command in _COMMANDS:
                _run({**cloud.environment, **key}, *command)
        finally:
            cloud.stop()
        asked = (line.rstrip("\n").split("\t") for line in calls.read_text("utf-8").splitlines())
        return {(action, resource) for who, action, resource in asked if who == key["AWS_ACCESS_KEY_ID"]}


def _deployer(cloud: EmbeddedCloud, policy: dict[str, Any]) -> dict[str, str]:
    root = cloud.environment
    iam = boto3.Session(root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"], region_name=cloud.region).client(
        "iam", endpoint_url=cloud.endpoint
    )
    iam.create_user(UserName="deployer")
    iam.put_user_policy(UserName="deployer", PolicyName="own", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def _run(environment: dict[str, str], command: str, *options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cloud", command, "--stage", STAGE, *options],
        cwd=functions.PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CloudError(f"`{command} {' '.join(options)}` failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def policies(calls: Iterable[Call]) -> dict[Path, str]:
    """The files: for a stage of any name, in any account and region."""
    cache = {call for call in _of_the_template() if call[0].startswith(_OF_THE_CACHE) or _OF_THE_CACHE[0] in call[1]}
    allowed = _allowed({*calls, *_of_the_template(), *_UNRECORDED} - cache)
    return {TARGET: _text(allowed), CACHE: _text(_allowed(cache)), STAGING: _text([_denied(allowed)])}


def _text(statements: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def _allowed(calls: Iterable[Call]) -> list[Statement]:
    actions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for action, resource in calls:
        actions[_pattern(resource), action if action in _CONDITIONS else ""].add(action)
    return [_statement(at, sorted(actions[at, action]), action) for at, action in sorted(actions)]


def _statement(resource: str, actions: list[str], conditional: str) -> Statement:
    condition = {"Condition": _CONDITIONS[conditional]} if conditional else {}
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **condition}


def _denied(allowed: list[Statement]) -> Statement:
    """Whatever has production's name. What only has an id, such as an API, has none to deny."""
    places = sorted({one["Resource"].partition(_OWN)[0] for one in allowed if _OWN in one["Resource"]})
    names = [f"commonplace-{PRODUCTION}{rest}" for rest in ("", "-*", "/*", ":*")]
    return {"Effect": "Deny", "Action": "*", "Resource": [place + name for place in places for name in names]}


def _of_the_template() -> Iterator[Call]:
    for resource in template.parsed(template.whole())["Resources"].values():
        calls = CALLS[resource["Type"]]
        for action, pattern in (*calls.making, *calls.deleting):
            yield action, pattern.replace("{name}", _OWN)


def _pattern(resource: str) -> str:
    if resource == "*" or "*" in resource.split(":")[3:5]:  # a pattern already
        return resource
    arn, partition, service, region, account, name = resource.split(":", 5)
    place = [arn, partition, service, region and "*", account and "*"]
    if "/aws-service-role/" in name:
        return ":".join([*place, name])
    if "commonplace-" in name:
        before, _, after = name.partition("commonplace-")
        inside = "/*" if service == "s3" and "/" in after else ""
        return ":".join([*place, f"{before}{_OWN}{inside}"])
    return ":".join([*place, _BY_ID.sub(r"\1\2*", name)])


if __name__ == "__main__":
    for path, written in policies(recorded(EVERYTHING)).items():
        path.write_text(written, "utf-8")
