"""A domain of one's own: what its parameters need of each other and of ACM, and the records that its DNS needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cloud import clients
from cloud.errors import CloudError

REGION = "us-east-1"  # where CloudFront looks for certificates, wherever the stage is
_NAMES = ("Domain", "SignInDomain")


def follow(parameters: dict[str, str]) -> None:
    """The pages' address follows from their domain, in links, feeds, and what is allowed to whom."""
    if "Domain" in parameters and "SiteAddress" not in parameters:
        parameters["SiteAddress"] = f"https://{parameters['Domain']}" if parameters["Domain"] else ""


def check(parameters: Mapping[str, str]) -> None:
    names = [parameters[name] for name in _NAMES if parameters.get(name)]
    certificate = parameters.get("Certificate", "")
    if names and not certificate:
        raise CloudError(f"{names[0]} needs a certificate of ACM in {REGION}: set Certificate to its ARN, too.")
    if certificate and names:
        _check_certificate(certificate, names)
    mail, sender = parameters.get("MailDomain", ""), parameters.get("MailSender", "")
    if mail and not sender.endswith((f"@{mail}", f".{mail}")):
        raise CloudError(f"MailSender ({sender or 'not set'}) is not an address of the MailDomain {mail}.")


def _check_certificate(arn: str, names: list[str]) -> None:
    try:
        found = clients.of("acm", REGION).describe_certificate(CertificateArn=arn)["Certificate"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
            return
        raise CloudError(f"There is no certificate {arn}, or not in this account.") from None
    if found["Status"] != "ISSUED":
        raise CloudError(f"The certificate is {found['Status']}: make the DNS record that ACM shows, and wait.")
    for name in names:
        if not any(_covers(one, name) for one in _names_of(found)):
            raise CloudError(f"The certificate is for {', '.join(_names_of(found))}, not for {name}.")


def _names_of(certificate: dict[str, Any]) -> list[str]:
    return [*dict.fromkeys([certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])])]


def _covers(one: str, name: str) -> bool:
    return one == name or (one.startswith("*.") and name.partition(".")[2] == one[2:])


def records(outputs: Mapping[str, str]) -> Iterator[str]:
    """At the top of a domain, where CNAME is not allowed, most providers call it ALIAS."""
    if outputs.get("Domain"):
        yield f"{outputs['Domain']}  CNAME  {outputs['DistributionDomain']}"
    if outputs.get("SignInTarget"):
        yield f"{outputs['SignInDomain']}  CNAME  {outputs['SignInTarget']}"
    for key in outputs.get("MailKeys", "").split():
        name, _, value = key.partition("=")
        yield f"{name}  CNAME  {value}"
    if outputs.get("MailDomain"):
        bounce = f"bounce.{outputs['MailDomain']}"
        yield f"{bounce}  MX  10 feedback-smtp.{outputs['Region']}.amazonses.com"
        yield f'{bounce}  TXT  "v=spf1 include:amazonses.com ~all"'
        yield f'_dmarc.{outputs["MailDomain"]}  TXT  "v=DMARC1; p=none"'
