"""A demo person's folder of files, reached as a browser reaches it: by S3, with the person's own rights."""

from __future__ import annotations

import mimetypes
import os
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloud import clients
from laptop.demo.persons import Person


@dataclass(frozen=True)
class Folder:
    name: str
    address: str  # of the bucket
    region: str
    credentials: Credentials

    @classmethod
    def of(cls, person: Person, outputs: dict[str, str]) -> Folder:
        person.ask("/folder")  # from then on its owner is known
        identities, region = clients.of("cognito-identity"), outputs["Region"]
        logins = {f"cognito-idp.{region}.amazonaws.com/{outputs['UserPoolId']}": person.token}
        name = identities.get_id(IdentityPoolId=outputs["IdentityPoolId"], Logins=logins)["IdentityId"]
        given = identities.get_credentials_for_identity(IdentityId=name, Logins=logins)["Credentials"]
        credentials = Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
        return cls(name, f"{os.environ['AWS_ENDPOINT_URL']}/{outputs['FilesBucket']}", region, credentials)

    def put(self, path: str, content: bytes) -> str:
        """The file's key. Signed here: a client of boto3 takes longer to make than all files to send."""
        key = f"{self.name}/{path}"
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        request = AWSRequest("PUT", f"{self.address}/{quote(key)}", {"Content-Type": kind}, content)
        S3SigV4Auth(self.credentials, "s3", self.region).add_auth(request)
        with urllib.request.urlopen(
            urllib.request.Request(request.url, content, dict(request.headers), method="PUT"), timeout=60
        ):
            return key
