"""A stack's outputs for a stage on AWS, with names as long as AWS makes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.support.template import template

ACCOUNT = "123456789012"
_MADE_UP = {
    "UserPool": "{Region}_AbCdEfGhI",
    "UserPoolClient": "1234567890abcdefghijklmnop",
    "IdentityPool": "{Region}:8c4b6bd0-4c1c-4b9d-8b1a-0c8f2f0e5a11",
    "Distribution": "E1ABCDEFGHIJKL",
    "Distribution.DomainName": "d1234567890abc.cloudfront.net",
    "Cache.Arn": "arn:aws:dax:{Region}:{AccountId}:cache/cache-abcdefghijkl",
    "Cache.ClusterDiscoveryEndpointURL": "daxs://cache-abcdefghijkl.abc123.dax-clusters.{Region}.amazonaws.com",
    "CacheClients": "sg-0123456789abcdef0",
    "PrivateSubnetA": "subnet-0123456789abcdef0",
    "PrivateSubnetB": "subnet-0123456789abcdef1",
    "UserPool.Arn": "arn:aws:cognito-idp:{Region}:{AccountId}:userpool/{Region}_AbCdEfGhI",
}
_ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{Region}:{AccountId}:table/",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{Region}:{AccountId}:table/",
    "AWS::S3::Bucket": "s3:::",
    "AWS::SNS::Topic": "sns:{Region}:{AccountId}:",
    "AWS::SQS::Queue": "sqs:{Region}:{AccountId}:",
    "AWS::Lambda::LayerVersion": "lambda:{Region}:{AccountId}:layer:",
}
_NAMES = ("TableName", "BucketName", "TopicName", "QueueName", "LayerName", "Name")
_BY_ARN = ("AWS::SNS::Topic", "AWS::Lambda::LayerVersion")


def outputs(stage: str, *, region: str = "eu-central-1", dax: bool = False, sockets: bool = True) -> dict[str, str]:
    """Of a stage that sends mail; with or without a cache, before or after it has sockets."""
    return _Stack(stage, region, dax, sockets).outputs()


def named(stage: str, region: str) -> Callable[[Any], str]:
    """What a text of the template becomes in this stage."""
    return _Stack(stage, region, dax=True, sockets=True).value


class _Stack:
    def __init__(self, stage: str, region: str, dax: bool, sockets: bool) -> None:
        self._given = {"Stage": stage, "Region": region, "AccountId": ACCOUNT, "Partition": "aws"}
        own = {"SocketApiId": "abcdef1234" if sockets else "", "DaxNodeType": "dax.t3.small" if dax else ""}
        defaults = {name: str(one.get("Default", "")) for name, one in template()["Parameters"].items()}
        own |= {"Runtime": "python3.13", "Architecture": "arm64"}
        self._parameters = {**defaults, "Stage": stage, "MailSender": "letters@example.com", **own}

    def outputs(self) -> dict[str, str]:
        there = {name: one for name, one in template()["Outputs"].items() if self._has(one)}
        found = {name: self.value(one["Value"]) for name, one in there.items()}
        endpoint = f"https://{{api}}.execute-api.{self._given['Region']}.amazonaws.com/api"
        return {**self._parameters, **found, **self._given, "SocketEndpoint": endpoint}

    def value(self, node: Any) -> str:
        if isinstance(node, str):
            return node
        ((function, content),) = node.items()
        return str(getattr(self, f"_{function.lower()}")(content))

    def _if(self, content: list[Any]) -> str:
        condition, then, otherwise = content
        return self.value(then if self._holds(template()["Conditions"][condition]) else otherwise)

    def _has(self, output: Any) -> bool:
        return "Condition" not in output or self._holds(template()["Conditions"][output["Condition"]])

    def _holds(self, condition: Any) -> bool:
        ((parameter, value),) = (each["Equals"] for each in condition["Not"])
        return self.value(parameter) != str(value)

    def _ref(self, name: str) -> str:
        if name in self._parameters:
            return self._parameters[name]
        if name in _MADE_UP:
            return self._filled(_MADE_UP[name])
        kind = template()["Resources"][name]["Type"]
        return self._getatt(f"{name}.Arn") if kind in _BY_ARN else self._name(name)

    def _getatt(self, path: str) -> str:
        name, _, attribute = path.partition(".")
        if path in _MADE_UP:
            return self._filled(_MADE_UP[path])
        arn = self._filled(f"arn:aws:{_ARNS[template()['Resources'][name]['Type']]}") + self._name(name)
        return f"{arn}/stream/2026-11-26T03:20:14.123" if attribute == "StreamArn" else arn

    def _name(self, resource: str) -> str:
        properties = template()["Resources"][resource]["Properties"]
        return self.value(next(properties[name] for name in _NAMES if name in properties))

    def _sub(self, content: Any) -> str:
        text, own = (content, {}) if isinstance(content, str) else content
        known = {name: self.value(value) for name, value in own.items()}
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: known.get(found[1]) or self._named(found[1]), text)

    def _named(self, name: str) -> str:
        if name.startswith("AWS::"):
            return self._given[name.removeprefix("AWS::")]
        return self._getatt(name) if "." in name else self._ref(name)

    def _filled(self, text: str) -> str:
        return text.format_map(self._given)
