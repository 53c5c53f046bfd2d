"""What is said before a deployment touches anything: where it goes, and what there will stand in its way."""

from __future__ import annotations

import difflib
import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import boto3
from botocore.exceptions import ClientError, NoCredentialsError

from cloud import clients, domain, functions, rights, template
from cloud.errors import CloudError
from cloud.stage import Stage

# Chalice takes the functions' runtime from the Python that deploys. Packages are pinned for these.
OLDEST, NEWEST = (3, 11), (3, 14)
_FEW = 100
_ZONE, _ZONES = "availability-zone", 2
# What AWS allows for a name, and for a template.
_NAMES = {"BucketName": (63, "bucket's"), "Domain": (63, "sign-in's"), "RoleName": (64, "role's")}
_SECTIONS = {"Parameters": 200, "Resources": 500, "Outputs": 200}
_REGIONAL = {
    "cognito-idp": "Cognito user pools: nobody could sign in",
    "cognito-identity": "Cognito identity pools: nobody could keep files",
    "polly": "Polly: no text would be spoken",
    "translate": "Translate: no text would be translated",
    "comprehend": "Comprehend: a text's language would not be found",
    "dax": "DAX: the to-dos' cache could not be made",
}
_ALWAYS = _REGIONAL.keys() - {"dax"}

Parameters = Mapping[str, str]


def place() -> str:
    """Account and region, and which cloud it is."""
    region = boto3.session.Session().region_name
    if not region:
        raise CloudError("No region is chosen: `export AWS_REGION=eu-west-1`, or set it by `aws configure`.")
    client = clients.of("sts")
    try:
        account = client.get_caller_identity()["Account"]
    except NoCredentialsError:
        raise CloudError("There are no credentials: sign in by `aws sso login` or `aws configure`.") from None
    where = f"account {account}, region {region}"
    endpoint = client.meta.endpoint_url
    if ".amazonaws.com" not in endpoint:
        return f"To {endpoint}, {_whose()}, not to AWS: {where}"
    if elsewhere := sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")):
        return f"To AWS: {where}. But {', '.join(elsewhere)} is still exported: unset it, some calls would go elsewhere"
    return f"To AWS: {where}"


def _whose() -> str:
    named = next((name for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL") if os.environ.get(name)), "")
    return f"which {named} names" if named else "which the AWS configuration file names"


def check_python(running: tuple[int, int] = (sys.version_info[0], sys.version_info[1])) -> None:
    if not OLDEST <= running <= NEWEST:
        raise CloudError(
            f"Python {said(running)} can't deploy: functions run on the Python that deploys them, and their packages "
            f"are there for {said(OLDEST)} to {said(NEWEST)}. Make `.venv` with one of these."
        )


def said(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def check(stage: Stage, parameters: Parameters) -> None:
    """Refuse what AWS would refuse halfway."""
    _check_parameters(parameters)
    _check_names(stage.name)
    domain.check(parameters)
    if parameters.get("DaxNodeType"):
        _check_zones()


def _check_parameters(parameters: Parameters) -> None:
    declared = template.parsed(template.whole())["Parameters"]
    for name, value in parameters.items():
        if name in declared and (wrong := _wrong(declared[name], value)):
            raise CloudError(f"{name} can't be '{value}': {wrong}.")


def check_known(given: Parameters) -> None:
    """Only what is asked for now: a stage may remember parameters that an earlier version had."""
    known = template.parsed(template.whole())["Parameters"]
    if strange := sorted(given.keys() - known.keys()):
        near = difflib.get_close_matches(strange[0], known, n=1)
        hint = f"do you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}."
        raise CloudError(f"There is no parameter {strange[0]}: {hint}")


def _wrong(declared: dict[str, Any], value: str) -> str:
    allowed = [str(one) for one in declared.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"it is one of {', '.join(filter(None, allowed))}{', or empty' if '' in allowed else ''}"
    if not re.fullmatch(declared.get("AllowedPattern", ".*"), value):
        return str(declared.get("ConstraintDescription", f"it has to be like {declared.get('AllowedPattern')}"))
    if declared["Type"] == "Number":
        least, most = declared.get("MinValue", 0), declared.get("MaxValue", math.inf)
        if not re.fullmatch(r"\d+", value) or not least <= int(value) <= most:
            return f"it is a whole number of at least {least}" + (f" and at most {most}" if most < math.inf else "")
    return ""


def _check_names(stage: str) -> None:
    """As long as they will be; whatever has no name of its own gets one from AWS."""
    found = template.parsed(template.whole())
    for name, (most, shape) in _NAMES.items():
        for resource in found["Resources"].values():
            written = resource.get("Properties", {}).get(name)
            text = written["Sub"] if isinstance(written, dict) and isinstance(written.get("Sub"), str) else ""
            _check_length(shape, text.replace("${Stage}", stage).replace("${AWS::AccountId}", "0" * 12), most)
    for function in functions.declared_rights()["functions"]:
        _check_length("function's", rights.function_name(stage, function), 64)
        _check_length("role's", f"commonplace-{stage}-{function}", 64)
    for section, most in _SECTIONS.items():
        if len(found[section]) > most:
            raise CloudError(f"The template has {len(found[section])} of {most} {section}: take some away.")


def _check_length(what: str, name: str, most: int) -> None:
    if len(name) > most:
        raise CloudError(f"'{name}' has {len(name)} of a {what} {most} characters: choose a shorter stage's name.")


def _check_zones() -> None:
    zones = clients.of("ec2").describe_availability_zones(Filters=[{"Name": "zone-type", "Values": [_ZONE]}])
    there = [zone["ZoneName"] for zone in zones["AvailabilityZones"] if zone["State"] == "available"]
    if len(there) < _ZONES:
        raise CloudError(f"DAX needs {_ZONES} zones, this region has {len(there)}: leave DaxNodeType empty.")


def warnings(parameters: Parameters) -> Iterator[str]:
    """What the account does not allow yet, a sentence each. What we may not ask is left out."""
    yield from _executions()
    if sender := parameters.get("MailSender"):
        yield from _mail(sender)
    yield from _services("dax" if parameters.get("DaxNodeType") else "")


def _executions() -> Iterator[str]:
    executions = clients.of("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if executions < _FEW:
        yield (
            f"This account runs at most {executions} functions at once, of all stages together: bursts are answered "
            "with errors. Ask AWS to raise Lambda's quota 'Concurrent executions'."
        )


def _mail(sender: str) -> Iterator[str]:
    mail = clients.of("sesv2")
    if not _asked(lambda: mail.get_account().get("ProductionAccessEnabled"), True):
        yield (
            "This account may only mail to addresses that it has verified: subscribers get nothing until AWS grants "
            "production access to SES."
        )
    if not _asked(lambda: _is_verified(mail, sender), True):
        yield f"{sender} is not verified yet: open the link that AWS mails to it, or no mail is sent."


def _is_verified(mail: Any, sender: str) -> bool:
    """The address, or its domain."""
    return any(_verified(mail, identity) for identity in (sender, sender.rpartition("@")[2]))


def _verified(mail: Any, identity: str) -> bool:
    with suppress(mail.exceptions.NotFoundException):
        return bool(mail.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"])
    return False


def _asked(question: Callable[[], Any], unknown: Any) -> Any:
    try:
        return question()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return unknown


def _services(more: str) -> Iterator[str]:
    """By what boto3 knows of regions; AWS may have opened more since it was released."""
    session = boto3.session.Session()
    for service, what in _REGIONAL.items():
        known = session.get_available_regions(service, session.get_partition_for_region(session.region_name))
        if (service in _ALWAYS or service == more) and session.region_name not in known:
            yield f"{session.region_name} seems to have no {what}. Choose another region, or update boto3."
