"""Who may do what: keys, signatures, policies, and what is open without any."""

from __future__ import annotations

import json
import urllib.parse
from contextlib import suppress
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    PATIENCE,
    Bed,
    package,
    refused,
    unique,
)


@closes("access")
def policy_variables_open_the_own_folder_only(bed: Bed) -> None:
    bucket = unique("files")
    bed.client("s3").create_bucket(Bucket=bucket)
    folder = f"arn:aws:s3:::{bucket}/${{cognito-identity.amazonaws.com:sub}}/*"
    identity, own = _somebody(bed, {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": folder})
    own.put_object(Bucket=bucket, Key=f"{identity}/note.txt", Body=b"mine")
    assert own.get_object(Bucket=bucket, Key=f"{identity}/note.txt")["Body"].read() == b"mine"
    assert refused(own.put_object, Bucket=bucket, Key="somebody-else/note.txt", Body=b"not mine")
    assert refused(own.list_objects_v2, Bucket=bucket)


def _somebody(bed: Bed, may: dict[str, Any]) -> tuple[str, Any]:
    """An identity, and S3 as it may use it."""
    identities, logins = bed.client("cognito-identity"), bed.logins()
    identity = identities.get_id(IdentityPoolId=bed.identity_pool(may), Logins=logins)["IdentityId"]
    keys = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    return identity, bed.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretKey"],
        aws_session_token=keys["SessionToken"],
    )


@closes("access")
def a_bucket_may_demand_tls(bed: Bed) -> None:
    """Of others: on the machine itself nothing can be listened to."""
    s3, bucket = bed.client("s3"), unique("files")
    s3.create_bucket(Bucket=bucket)
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything}
    unless = {**denied, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [unless]}))
    _, own = _somebody(bed, {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": everything[1]})
    own.put_object(Bucket=bucket, Key="note.txt", Body=b"mine")
    assert own.get_object(Bucket=bucket, Key="note.txt")["Body"].read() == b"mine"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    assert refused(own.get_object, Bucket=bucket, Key="note.txt")


@closes("access")
def the_root_key_has_to_sign(bed: Bed) -> None:
    for key in bed.cloud.environment["AWS_ACCESS_KEY_ID"], "test", "123456789012":
        guess = bed.client("dynamodb", aws_access_key_id=key, aws_secret_access_key="test")
        assert refused(guess.list_tables), key


@closes("buckets")
def lists_carry_any_key(bed: Bed) -> None:
    s3, bucket, key = bed.client("s3"), unique("files"), "odd \x01&<+%.txt"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=b"")
    with suppress(ClientError):  # it has begun, but the answer repeats the key
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    (upload,) = s3.list_multipart_uploads(Bucket=bucket, EncodingType="url")["Uploads"]
    (version,) = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert (urllib.parse.unquote_plus(upload["Key"]), version["Key"]) == (key, key)


@closes("buckets")
def a_page_may_read_why_it_is_refused(bed: Bed) -> None:
    bucket, page = unique("files"), "https://page.example"
    client = bed.client("s3")
    client.create_bucket(Bucket=bucket)
    rule = {"AllowedOrigins": [page], "AllowedMethods": ["GET"], "ExposeHeaders": ["Date"]}
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    scope = "Credential=AKIANOBODYSKEY000000/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "X-Amz-Date": "20260101T000000Z"}
    for origin, allowed in (page, page), ("https://other.example", None):
        headers = {**signed, "Origin": origin}
        answer = requests.get(f"{bed.endpoint}/{bucket}/x", headers=headers, timeout=PATIENCE)
        assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (403, allowed)


@closes("access")
def unsigned_requests_make_no_buckets(bed: Bed) -> None:
    page = {"Origin": "http://evil.example"}
    assert requests.put(f"{bed.endpoint}/{unique('evil')}", headers=page, timeout=PATIENCE).status_code == 403
    assert requests.get(f"{bed.endpoint}/", headers=page, timeout=PATIENCE).status_code == 403


@closes("signatures")
def a_word_is_no_signature(bed: Bed) -> None:
    asked = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    answer = requests.post(bed.endpoint, data="{}", headers={**asked, "Authorization": "Foo"}, timeout=PATIENCE)
    assert answer.status_code in (400, 403)


@closes("downloads")
def code_is_for_who_was_given_its_address(bed: Bed) -> None:
    function = bed.client("lambda").get_function(FunctionName=bed.answering)
    bare = function["Code"]["Location"].partition("?")[0]
    assert requests.get(bare, timeout=PATIENCE).status_code == 403


@closes("downloads")
def the_address_of_a_layer_is_of_now(bed: Bed) -> None:
    """Each answer's is good for another ten minutes."""
    client, name = bed.client("lambda"), unique("layer")
    client.publish_layer_version(LayerName=name, Content={"ZipFile": package("")})

    def valid_until() -> int:
        address = client.get_layer_version(LayerName=name, VersionNumber=1)["Content"]["Location"]
        return int(urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["Expires"][0])

    first = valid_until()
    assert bed.eventually(lambda: valid_until() > first)


@closes("doors")
def internals_are_closed_to_pages(bed: Bed) -> None:
    page = {"Origin": "http://evil.example"}
    door = f"{bed.endpoint}/_ministack"
    assert requests.post(f"{door}/config", data="{}", headers=page, timeout=PATIENCE).status_code == 403
    assert requests.post(f"{door}/config", data="{}", timeout=PATIENCE).status_code == 403
    assert requests.get(f"{door}/ses/messages", headers=page, timeout=PATIENCE).status_code == 403
    assert requests.get(f"{door}/ses/messages", headers={"Host": "evil.example"}, timeout=PATIENCE).status_code == 403


@closes("speech")
def who_may_translate_and_speak_is_told_here(bed: Bed) -> None:
    """And that it is done elsewhere. Translate first: an unknown service blocks ministack."""
    text = {"Text": "Hello", "SourceLanguageCode": "en", "TargetLanguageCode": "es"}
    with pytest.raises(ClientError, match="AWS_ENDPOINT_URL_TRANSLATE"):
        bed.client("translate").translate_text(**text)
    with pytest.raises(ClientError, match="AWS_ENDPOINT_URL_POLLY"):
        bed.client("polly").synthesize_speech(Text="Hello", VoiceId="Joanna", OutputFormat="mp3")
    forged = bed.client("translate", aws_secret_access_key="guessed")
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        forged.translate_text(**text)
