"""A domain of one's own: checked before anything is touched, in the template, and the records it needs."""

from __future__ import annotations

from typing import Any

import pytest

from cloud import clients, domain, layers, preflight, runtimes
from cloud.errors import CloudError
from cloud.stage import Stage
from tests.laptop.embedded_support import Bed, unique

OWN = {
    "Domain": "notes.example.com",
    "SignInDomain": "sign-in.example.com",
    "MailSender": "letters@example.com",
    "MailDomain": "example.com",
}


def certificate(name: str, *more: str) -> str:
    acm = clients.of("acm", domain.REGION)
    others = {"SubjectAlternativeNames": [*more]} if more else {}
    return str(acm.request_certificate(DomainName=name, **others)["CertificateArn"])


@pytest.fixture(scope="module")
def own(bed: Bed) -> dict[str, str]:
    return {**OWN, "Certificate": certificate("example.com", "*.example.com")}


def test_what_belongs_together(own: dict[str, str]) -> None:
    preflight.check(Stage("prod"), own)
    preflight.check(Stage("prod"), {"Certificate": own["Certificate"]})
    missing = own["Certificate"][:-12] + "0" * 12
    for changes, why in (
        ({"Certificate": ""}, "needs a certificate"),
        ({"Certificate": missing}, "There is no certificate"),
        ({"Certificate": own["Certificate"].replace("us-east-1", "eu-west-1")}, "of a certificate in us-east-1"),
        ({"Certificate": certificate("example.org")}, "is for example.org, not for notes.example.com"),
        ({"Domain": "deep.notes.example.com"}, "not for deep.notes.example.com"),
        ({"Domain": "https://notes.example.com"}, "a name in lower case"),
        ({"SignInDomain": "example.com"}, "under a domain that has an address"),
        ({"MailSender": "letters@example.org"}, "is not an address of the MailDomain"),
        ({"MailSender": ""}, "not set"),
    ):
        with pytest.raises(CloudError, match=why):
            preflight.check(Stage("prod"), {**own, **changes})


def needed() -> dict[str, str]:
    """What the template has no default for; the layers' archives are not looked at before functions use them."""
    here = runtimes.here()
    return {**here.parameters, **layers.parameters(here)}


def test_the_pages_address_follows() -> None:
    for given, wanted in (
        ({"Domain": "a.example.com"}, "https://a.example.com"),
        ({"Domain": ""}, ""),
        ({"Domain": "a.example.com", "SiteAddress": "https://b.example.com"}, "https://b.example.com"),
    ):
        domain.follow(given)
        assert given["SiteAddress"] == wanted
    nothing: dict[str, str] = {}
    domain.follow(nothing)
    assert not nothing


def test_a_stage_gets_and_loses_its_names(bed: Bed, own: dict[str, str]) -> None:
    stage = Stage(unique("own"))
    before = stage.put(needed(), print)
    assert not [*domain.records(before)] and before["SiteAddress"].endswith(".cloudfront.net")
    given = dict(own)
    domain.follow(given)
    outputs = stage.put({**needed(), **given}, print)
    config = _distribution(outputs)
    assert config["Aliases"]["Items"] == ["notes.example.com"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert config["ViewerCertificate"]["ACMCertificateArn"] == own["Certificate"]
    assert outputs["SiteAddress"] == "https://notes.example.com"
    assert outputs["HostedSignIn"] == "https://sign-in.example.com"
    _check_pages(outputs, "https://notes.example.com")
    identity = clients.of("sesv2").get_email_identity(EmailIdentity="example.com")
    assert identity["MailFromAttributes"]["MailFromDomain"] == "bounce.example.com"
    records = [*domain.records(outputs)]
    assert records[0] == f"notes.example.com  CNAME  {outputs['DistributionDomain']}"
    assert records[1].startswith("sign-in.example.com  CNAME  ")
    assert len([one for one in records if "._domainkey.example.com  CNAME  " in one]) == 3
    assert "bounce.example.com  MX  10 feedback-smtp.us-east-1.amazonses.com" in records
    after = stage.put(dict.fromkeys(given, ""), print)
    assert not [*domain.records(after)] and after["SiteAddress"] == before["SiteAddress"]
    assert not _distribution(after).get("Aliases", {}).get("Items")
    stage.delete(print)


def _distribution(outputs: dict[str, str]) -> dict[str, Any]:
    asked = clients.of("cloudfront").get_distribution_config(Id=outputs["DistributionId"])
    found: dict[str, Any] = asked["DistributionConfig"]
    return found


def _check_pages(outputs: dict[str, str], address: str) -> None:
    """Who may call back, upload, and read."""
    pool = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["UserPoolClientId"]}
    client = clients.of("cognito-idp").describe_user_pool_client(**pool)["UserPoolClient"]
    assert client["CallbackURLs"] == [f"{address}/"] and client["LogoutURLs"] == [f"{address}/"]
    for bucket in ("FilesBucket", "UploadsBucket"):
        [rule] = clients.of("s3").get_bucket_cors(Bucket=outputs[bucket])["CORSRules"]
        assert rule["AllowedOrigins"] == [address]


def test_a_name_without_its_certificate_is_refused(bed: Bed) -> None:
    """By the cloud, if somebody gets past the preflight."""
    stage = Stage(unique("own"))
    with pytest.raises(CloudError, match="doesn't cover the alias"):
        stage.put({**needed(), "Domain": "notes.example.com", "Certificate": certificate("example.org")}, print)
    with pytest.raises(CloudError, match="Invalid certificate"):
        stage.put({**needed(), "SignInDomain": "in.example.com", "Certificate": certificate("example.org")}, print)
