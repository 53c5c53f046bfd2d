"""A person's folder through stock clients: boto3 and the AWS command line, with the credentials that a browser gets."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from laptop.embedded import EmbeddedCloud
from tests.laptop.embedded_support import Bed, unique
from tests.support.credentials import folder_of, identity, logins, refused
from tests.support.stage import RunningStage, User

NAMES = [
    "a b  c.txt",
    "1+1=2 & more.txt",
    "100%25 %2F %.txt",
    "Größe, Übermaß.txt",
    "🎈 party 👩‍👩‍👧.txt",
    "!*'()~;:@$,?#[]^`{}|\\\"<>.txt",
    ".hidden",
    "deep/er 50%/ünd+so/x.txt",
    "a//b.txt",
]
PART = 5 * 1024 * 1024


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refusal:
        call()
    code: str = refusal.value.response["Error"]["Code"]
    return code


def test_every_name_goes_round(stage: RunningStage, bruno: User) -> None:
    bucket, (his, clients) = stage.config["filesBucket"], folder_of(bruno)
    s3, place = clients("s3"), f"{his}/{secrets.token_hex(4)}/"
    keys = sorted(place + name for name in NAMES)
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=place, PaginationConfig={"PageSize": 4})
    assert sorted(entry["Key"] for page in pages for entry in page["Contents"]) == keys
    for key in keys:
        copied = f"{key} (copied)"
        s3.copy_object(Bucket=bucket, Key=copied, CopySource={"Bucket": bucket, "Key": key})
        assert s3.get_object(Bucket=bucket, Key=copied)["Body"].read() == key.encode()
        s3.delete_object(Bucket=bucket, Key=copied)
    top = s3.list_objects_v2(Bucket=bucket, Prefix=place, Delimiter="/")
    assert [one["Prefix"] for one in top["CommonPrefixes"]] == [f"{place}a/", f"{place}deep/"]
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert len(gone["Deleted"]) == len(keys) and "Errors" not in gone
    assert s3.list_objects_v2(Bucket=bucket, Prefix=place)["KeyCount"] == 0


def test_in_parts(stage: RunningStage, bruno: User) -> None:
    bucket, (his, clients) = stage.config["filesBucket"], folder_of(bruno)
    s3, key = clients("s3"), f"{his}/in parts {secrets.token_hex(4)}.bin"
    upload = {"Bucket": bucket, "Key": key, "UploadId": s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]}
    halves = [b"a" * PART, b"the rest"]
    tags = [s3.upload_part(**upload, PartNumber=n, Body=half)["ETag"] for n, half in enumerate(halves, 1)]
    listed = [(part["PartNumber"], part["ETag"], part["Size"]) for part in s3.list_parts(**upload)["Parts"]]
    assert listed == [(1, tags[0], PART), (2, tags[1], 8)]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"".join(halves)

    other = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=other)
    assert code_of(lambda: s3.list_parts(Bucket=bucket, Key=key, UploadId=other)) == "NoSuchUpload"
    assert code_of(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"", IfNoneMatch="*")) == "PreconditionFailed"
    s3.delete_object(Bucket=bucket, Key=key)


def test_a_neighbours_folder_is_closed(stage: RunningStage, bruno: User, chidi: User) -> None:
    bucket, (his, as_bruno), (other, as_chidi) = stage.config["filesBucket"], folder_of(bruno), folder_of(chidi)
    mine, theirs = as_bruno("s3"), as_chidi("s3")
    key, here = f"{other}/{secrets.token_hex(4)}.txt", f"{his}/stolen.txt"
    source = {"Bucket": bucket, "Key": key}
    theirs.put_object(Bucket=bucket, Key=key, Body=b"theirs")
    upload = theirs.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    begun = {"Bucket": bucket, "Key": key, "UploadId": upload}
    tries: dict[str, Callable[[], Any]] = {
        "get": lambda: mine.get_object(**source),
        "head": lambda: mine.head_object(**source),
        "put": lambda: mine.put_object(**source, Body=b"spoilt"),
        "delete": lambda: mine.delete_object(**source),
        "delete many": lambda: mine.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": here}, {"Key": key}]}),
        "copy from": lambda: mine.copy_object(Bucket=bucket, Key=here, CopySource=source),
        "copy to": lambda: mine.copy_object(**source, CopySource={"Bucket": bucket, "Key": here}),
        "list": lambda: mine.list_objects_v2(Bucket=bucket, Prefix=f"{other}/"),
        "list all": lambda: mine.list_objects_v2(Bucket=bucket),
        "list folders": lambda: mine.list_objects_v2(Bucket=bucket, Delimiter="/"),
        "list versions": lambda: mine.list_object_versions(Bucket=bucket),
        "list uploads": lambda: mine.list_multipart_uploads(Bucket=bucket, Prefix=f"{other}/"),
        "begin parts": lambda: mine.create_multipart_upload(**source),
        "put a part": lambda: mine.upload_part(**begun, PartNumber=1, Body=b"spoilt"),
        "list parts": lambda: mine.list_parts(**begun),
        "abort": lambda: mine.abort_multipart_upload(**begun),
        "tag": lambda: mine.put_object_tagging(**source, Tagging={"TagSet": []}),
        "open to all": lambda: mine.put_object_acl(**source, ACL="public-read"),
        "open the bucket": lambda: mine.put_bucket_policy(Bucket=bucket, Policy="{}"),
        "change who may come": lambda: mine.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": []}),
    }
    assert {what for what, call in tries.items() if not refused(call)} == set()
    assert theirs.get_object(**source)["Body"].read() == b"theirs"
    theirs.abort_multipart_upload(**begun)
    theirs.delete_object(**source)


# The command line itself, started once for many commands, as starting it is most of their cost.
MANY = """
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver

def run(words):
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(words)
    out.flush()
    return code, out.buffer.getvalue().decode("utf-8"), err.getvalue()

print(json.dumps([run(words) for words in json.load(sys.stdin)]))
"""


class CommandLine:
    """`aws`, with these credentials."""

    def __init__(self, user: User, home: Path) -> None:
        config = user.stage.config
        found = identity(user.stage, "GetId", IdentityPoolId=config["identityPoolId"], Logins=logins(user)).json()
        self.folder = str(found["IdentityId"])
        answer = identity(user.stage, "GetCredentialsForIdentity", IdentityId=self.folder, Logins=logins(user)).json()
        keys = answer["Credentials"]
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
            "AWS_DEFAULT_REGION": config["region"],
            "AWS_ENDPOINT_URL": config["s3Endpoint"],
            "AWS_MAX_ATTEMPTS": "1",
            "LC_ALL": "C.UTF-8",
        }

    def run(self, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
        """Each one's exit code, output and errors."""
        done = subprocess.run(
            [sys.executable, "-c", MANY],
            input=json.dumps(commands), env=self._environment, capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return [(code, out, err) for code, out, err in json.loads(done.stdout)]


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_line(stage: RunningStage, bruno: User, chidi: User, tmp_path: Path) -> None:
    aws, bucket, (other, as_chidi) = CommandLine(bruno, tmp_path), stage.config["filesBucket"], folder_of(chidi)
    given, back = tmp_path / "given", tmp_path / "back"
    for name in NAMES[:5] + NAMES[7:8]:
        (given / name).parent.mkdir(parents=True, exist_ok=True)
        (given / name).write_bytes(name.encode())
    (given / "in parts.bin").write_bytes(secrets.token_bytes(9 * 1024 * 1024))
    place = f"s3://{bucket}/{aws.folder}/{secrets.token_hex(4)}"
    theirs = f"s3://{bucket}/{other}/theirs.txt"
    as_chidi("s3").put_object(Bucket=bucket, Key=f"{other}/theirs.txt", Body=b"theirs")

    works = [
        ("s3", "sync", "--quiet", str(given), place),
        ("s3", "ls", f"{place}/"),
        ("s3", "sync", "--quiet", place, str(back)),
        ("s3", "rm", "--quiet", "--recursive", place),
    ]
    refusals = [
        ("s3", "cp", theirs, str(tmp_path / "stolen.txt")),
        ("s3", "cp", str(given / "in parts.bin"), theirs),
        ("s3", "cp", theirs, f"{place}/stolen.txt"),
        ("s3", "ls", f"s3://{bucket}/{other}/"),
        ("s3", "ls", f"s3://{bucket}"),
        ("s3", "ls"),
        ("s3", "rm", theirs),
        ("dynamodb", "list-tables"),
        ("iam", "list-users"),
    ]
    outcomes = aws.run(*works, *refusals, ("s3", "ls", f"{place}/"))
    assert [(code, err) for code, _, err in outcomes[: len(works)]] == [(0, "")] * len(works)
    listed = outcomes[1][1]
    assert "Größe, Übermaß.txt" in listed and "PRE deep/" in listed
    assert content(back) == content(given)
    for words, (code, _, err) in zip(refusals, outcomes[len(works) :], strict=False):
        assert code != 0 and ("AccessDenied" in err or "Forbidden" in err), (words, err)
    assert outcomes[-1][1] == "", "nothing is left"
    assert as_chidi("s3").get_object(Bucket=bucket, Key=f"{other}/theirs.txt")["Body"].read() == b"theirs"
    as_chidi("s3").delete_object(Bucket=bucket, Key=f"{other}/theirs.txt")


def test_ended_credentials_open_nothing() -> None:
    """An hour passes by editing the cloud's stored sessions while it is stopped."""
    bed = Bed()
    try:
        bucket = unique("files")
        bed.client("s3").create_bucket(Bucket=bucket)
        folder = f"arn:aws:s3:::{bucket}/${{cognito-identity.amazonaws.com:sub}}/*"
        pool = bed.identity_pool({"Action": ["s3:PutObject"], "Resource": folder})
        identities, login = bed.client("cognito-identity"), bed.logins()
        his = identities.get_id(IdentityPoolId=pool, Logins=login)["IdentityId"]

        def fresh() -> dict[str, str]:
            keys = identities.get_credentials_for_identity(IdentityId=his, Logins=login)["Credentials"]
            id, secret, token = keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"]
            return {"aws_access_key_id": id, "aws_secret_access_key": secret, "aws_session_token": token}

        keys = fresh()
        note = {"Bucket": bucket, "Key": f"{his}/note.txt", "Body": b"mine"}
        bed.client("s3", **keys).put_object(**note)
        bed.cloud.stop()
        kept = bed.data / "state" / "sts.json"
        state = json.loads(kept.read_text("utf-8"))
        state["payload"]["sessions"][keys["aws_access_key_id"]]["Expiration"] -= 3600
        kept.write_text(json.dumps(state), "utf-8")
        bed.cloud = EmbeddedCloud.start(bed.data, bed.port)
        assert code_of(lambda: bed.client("s3", **keys).put_object(**note)) == "ExpiredToken"
        bed.client("s3", **fresh()).put_object(**note)
    finally:
        bed.close()
