"""Names of one's own: a distribution and a sign-in need a certificate for them; a mail domain has keys to publish."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import acm
from ministack.services.cloudformation import provisioners

from laptop.embedded.patching import Function

REGION = "us-east-1"
_HANDLERS = provisioners._RESOURCE_HANDLERS


def _check(certificate: str, names: Iterable[str], refused: str) -> None:
    found = acm._certificates.get_scoped(get_account_id(), REGION, certificate) or {}
    covered = {found.get("DomainName"), *found.get("SubjectAlternativeNames", [])}
    if found.get("Status") != "ISSUED" or not all({name, f"*.{name.partition('.')[2]}"} & covered for name in names):
        raise ValueError(refused)


def _of_the_edge(properties: dict[str, Any]) -> None:
    config = properties.get("DistributionConfig", {})
    if names := config.get("Aliases"):
        certificate = config.get("ViewerCertificate", {}).get("AcmCertificateArn", "")
        _check(certificate, names, "The certificate that is attached to your distribution doesn't cover the alias")


def _of_a_sign_in(properties: dict[str, Any]) -> None:
    if own := properties.get("CustomDomainConfig"):
        _check(own.get("CertificateArn", ""), [properties["Domain"]], "Invalid certificate for the custom domain")


def _checked(kind: str, check: Any) -> None:
    def make(original: Function, name: str, properties: Any, stack: str) -> Any:
        check(properties)
        return original(name, properties, stack)

    def change(original: Function, id: str, before: Any, after: Any, *rest: Any, **options: Any) -> Any:
        check(after)
        return original(id, before, after, *rest, **options)

    for step, ours in (("create", make), ("update", change)):
        _HANDLERS[kind][step] = _with(_HANDLERS[kind][step], ours)


def _with(original: Function, ours: Function) -> Function:
    return lambda *given, **options: ours(original, *given, **options)


_checked("AWS::CloudFront::Distribution", _of_the_edge)
_checked("AWS::Cognito::UserPoolDomain", _of_a_sign_in)


def _with_keys(original: Function, *given: Any, **options: Any) -> Any:
    """As GetAtt asks for them, of a domain."""
    identity, attributes = original(*given, **options)
    if "@" in identity:
        return identity, attributes
    tokens = [hashlib.sha256(f"{identity}{number}".encode()).hexdigest()[:32] for number in (1, 2, 3)]
    names = {f"DkimDNSTokenName{n}": f"{token}._domainkey.{identity}" for n, token in enumerate(tokens, 1)}
    values = {f"DkimDNSTokenValue{n}": f"{token}.dkim.amazonses.com" for n, token in enumerate(tokens, 1)}
    return identity, {**attributes, **names, **values}


for step in ("create", "update"):
    _HANDLERS["AWS::SES::EmailIdentity"][step] = _with(_HANDLERS["AWS::SES::EmailIdentity"][step], _with_keys)
