"""How near a stage with names as long as they get comes to AWS's limits.

From AWS's quota pages of CloudFormation, Lambda, IAM, API Gateway, CloudFront and the services of the resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import files
from pathlib import Path
from typing import Any, NamedTuple

from cloud import rights
from cloud.template import Parsed
from tests.aws.findings import Result
from tests.aws.policies import Policy

# The property that names a resource, and the longest name.
NAMES = {
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig.Name", 128),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig.Name", 64),
    "AWS::CloudFront::OriginRequestPolicy": ("OriginRequestPolicyConfig.Name", 128),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig.Name", 128),
    "AWS::CloudWatch::Alarm": ("AlarmName", 255),
    "AWS::Cognito::IdentityPool": ("IdentityPoolName", 128),
    "AWS::Cognito::UserPool": ("UserPoolName", 128),
    "AWS::Cognito::UserPoolClient": ("ClientName", 128),
    "AWS::Cognito::UserPoolDomain": ("Domain", 63),
    "AWS::DynamoDB::GlobalTable": ("TableName", 255),
    "AWS::DynamoDB::Table": ("TableName", 255),
    "AWS::S3::Bucket": ("BucketName", 63),
    "AWS::SES::ConfigurationSet": ("Name", 64),
    "AWS::SNS::Topic": ("TopicName", 256),
    "AWS::SQS::Queue": ("QueueName", 80),
}
_INDEXES = {"GlobalSecondaryIndexes": 20, "LocalSecondaryIndexes": 5}
_MEGABYTE = 1024 * 1024


class Limit(NamedTuple):
    what: str
    used: int
    most: int
    reserved: float = 0.0  # the share that we keep free

    @property
    def left(self) -> float:
        return 1 - self.used / self.most


def check(limits: Iterable[Limit]) -> Result:
    every = sorted(limits, key=lambda one: one.left)
    found = [
        f"{one.what}: {one.used:,} of {one.most:,}" + (f", of which {one.reserved:.0%} stay free" * bool(one.reserved))
        for one in every
        if one.left < one.reserved
    ]
    nearest = "; ".join(f"{one.what} {one.left:.0%}" for one in every[:3])
    return Result("limits", f"{len(every)} limits", found, nearest)


def of_template(whole: str, first: str, parsed: Parsed) -> Iterator[Limit]:
    yield Limit("bytes of the template", len(whole.encode()), 1_000_000)
    yield Limit("bytes of the template that a stage begins with", len(first.encode()), 51_200)
    yield Limit("bytes of the template's description", len(parsed["Description"].encode()), 1024)
    yield from (
        Limit(f"the template's {section}", len(parsed[section]), most)
        for section, most in (("Resources", 500), ("Outputs", 200), ("Parameters", 200))
    )
    yield from (
        Limit(f"letters of the description of {name}", len(one.get("Description", "")), 4000)
        for name, one in parsed["Parameters"].items()
    )
    for name, one in parsed["Resources"].items():
        yield from (
            Limit(f"{name}'s {kind}", len(one.get("Properties", {}).get(kind, [])), most)
            for kind, most in _INDEXES.items()
        )
        if one["Type"] == "AWS::CloudFront::Distribution":
            settings = one["Properties"]["DistributionConfig"]
            yield Limit(f"{name}'s cache behaviours", len(settings["CacheBehaviors"]), 25)
            yield Limit(f"{name}'s origins", len(settings["Origins"]), 25)


def of_names(parsed: Parsed, named: Any) -> Iterator[Limit]:
    """`named` gives the text of a property."""
    for resource, one in parsed["Resources"].items():
        if one["Type"] in NAMES:
            path, most = NAMES[one["Type"]]
            if name := _at(one.get("Properties", {}), path):
                yield Limit(f"letters of {resource}'s name", len(named(name)), most)


def _at(node: Any, path: str) -> Any:
    for key in path.split("."):
        node = (node or {}).get(key)
    return node


def of_functions(declared: rights.Declared, outputs: dict[str, str]) -> Iterator[Limit]:
    variables = rights.environment(declared["variables"], outputs)
    size = len(json.dumps(variables, separators=(",", ":")).encode())
    yield Limit("bytes of a function's environment", size, 4096, reserved=0.5)
    for name, function in declared["functions"].items():
        yield Limit(f"letters of {name}'s name", len(rights.function_name(outputs["Stage"], name)), 64)
        yield Limit(f"letters of {name}'s role", len(f"commonplace-{outputs['Stage']}-{name}"), 64)
        yield Limit(f"seconds of {name}", function["seconds"] or 0, 900)
        yield Limit(f"megabytes of {name}", function["megabytes"] or 0, 10_240)


def of_policies(policies: dict[str, Policy]) -> Iterator[Limit]:
    """IAM doesn't count spaces."""
    for name, policy in policies.items():
        yield Limit(
            f"letters of the policy of {name}", len(re.sub(r"\s", "", json.dumps(policy))), 10_240, reserved=0.5
        )


def of_package(project: Path) -> Iterator[Limit]:
    """Code and the layer with its packages count together, unzipped."""
    code = sum(path.stat().st_size for path in (project / "chalicelib").rglob("*") if path.is_file())
    names = re.findall(r"(?m)^([\w.-]+)==", (project / "requirements.lock").read_text("utf-8"))
    installed = [one.locate() for name in names for one in files(name) or []]
    size = code + sum(Path(path).stat().st_size for path in installed if Path(path).is_file())
    yield Limit("megabytes of a function with its layer", size // _MEGABYTE, 250)


def of_sockets(routes: Iterable[str]) -> Iterator[Limit]:
    yield Limit("the sockets' routes", len([*routes]), 300)
