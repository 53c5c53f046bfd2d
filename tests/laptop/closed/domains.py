"""Names of one's own: certificates that cover them, and the keys of a domain that sends mail."""

from __future__ import annotations

import json
from typing import Any

from tests.laptop.closed import closes
from tests.laptop.embedded_support import Bed, unique


def ended(bed: Bed, template: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """A stack's status once it is made, and its outputs."""
    cloud, stack = bed.client("cloudformation"), unique("stack")
    cloud.create_stack(StackName=stack, TemplateBody=json.dumps(template))

    def made() -> Any:
        found = cloud.describe_stacks(StackName=stack)["Stacks"][0]
        return None if found["StackStatus"].endswith("IN_PROGRESS") else found

    found = bed.eventually(made)
    return found["StackStatus"], {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}


@closes("domains")
def an_alias_needs_its_certificate(bed: Bed) -> None:
    certificate = bed.client("acm").request_certificate(DomainName="*.example.com")["CertificateArn"]

    def distribution(alias: str) -> dict[str, Any]:
        config = {
            "Enabled": True,
            "Aliases": [alias],
            "ViewerCertificate": {"AcmCertificateArn": certificate, "SslSupportMethod": "sni-only"},
            "Origins": [{"Id": "one", "DomainName": "a.s3.us-east-1.amazonaws.com", "S3OriginConfig": {}}],
            "DefaultCacheBehavior": {"TargetOriginId": "one", "ViewerProtocolPolicy": "https-only"},
        }
        return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}

    for alias, status in (("a.example.com", "CREATE_COMPLETE"), ("a.example.org", "ROLLBACK_COMPLETE")):
        assert ended(bed, {"Resources": {"Edge": distribution(alias)}})[0] == status


@closes("domains")
def a_mail_domain_has_keys(bed: Bed) -> None:
    mail = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": f"{unique('mail')}.example.com"}}
    asked = {part: {"Value": {"Fn::GetAtt": ["Mail", f"DkimDNSToken{part}3"]}} for part in ("Name", "Value")}
    status, outputs = ended(bed, {"Resources": {"Mail": mail}, "Outputs": asked})
    assert status == "CREATE_COMPLETE"
    assert "._domainkey.mail-" in outputs["Name"] and outputs["Value"].endswith(".dkim.amazonses.com")
