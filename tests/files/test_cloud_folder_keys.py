"""The credentials for a person's folder: what they open, and what they don't."""

from __future__ import annotations

from tests.cloud.attempts import attempts
from tests.support.cloud import outputs
from tests.support.credentials import folder_of, identity, logins, refused
from tests.support.stage import RunningStage, User


def test_a_folder_is_its_owners(stage: RunningStage, bruno: User, chidi: User) -> None:
    bucket = stage.config["filesBucket"]
    (his, as_bruno), (other, as_chidi) = folder_of(bruno), folder_of(chidi)
    assert his != other and folder_of(bruno)[0] == his, "each has one, and keeps it"
    mine, theirs = as_bruno("s3"), as_chidi("s3")

    mine.put_object(Bucket=bucket, Key=f"{his}/notes/a.txt", Body=b"mine")
    theirs.put_object(Bucket=bucket, Key=f"{other}/b.txt", Body=b"theirs")
    assert mine.get_object(Bucket=bucket, Key=f"{his}/notes/a.txt")["Body"].read() == b"mine"
    listed = mine.list_objects_v2(Bucket=bucket, Prefix=f"{his}/")["Contents"]
    assert [one["Key"] for one in listed] == [f"{his}/notes/a.txt"]

    assert refused(lambda: mine.get_object(Bucket=bucket, Key=f"{other}/b.txt"))
    assert refused(lambda: mine.put_object(Bucket=bucket, Key=f"{other}/b.txt", Body=b"spoilt"))
    assert refused(lambda: mine.delete_object(Bucket=bucket, Key=f"{other}/b.txt"))
    assert refused(lambda: mine.list_objects_v2(Bucket=bucket, Prefix=f"{other}/"))
    assert refused(lambda: mine.list_objects_v2(Bucket=bucket))
    assert refused(lambda: mine.list_objects_v2(Bucket=bucket, Prefix=his[:-1]))
    assert refused(lambda: mine.put_object(Bucket=bucket, Key="at-the-top.txt", Body=b""))
    assert refused(lambda: mine.put_object(Bucket=bucket, Key=f"{his}x/c.txt", Body=b""))
    copy = {"Bucket": bucket, "Key": f"{other}/b.txt"}
    assert refused(lambda: mine.copy_object(Bucket=bucket, Key=f"{his}/stolen.txt", CopySource=copy))
    assert theirs.get_object(Bucket=bucket, Key=f"{other}/b.txt")["Body"].read() == b"theirs"

    mine.delete_object(Bucket=bucket, Key=f"{his}/notes/a.txt")
    theirs.delete_object(Bucket=bucket, Key=f"{other}/b.txt")
    assert mine.list_objects_v2(Bucket=bucket, Prefix=f"{his}/")["KeyCount"] == 0


def test_a_folder_is_all_that_its_key_opens(stage: RunningStage, bruno: User) -> None:
    _, clients = folder_of(bruno)
    not_refused = [what for what, call in attempts(clients, outputs(stage)).items() if not refused(call)]
    assert not_refused == []


def test_who_gets_no_key(stage: RunningStage, bruno: User, chidi: User) -> None:
    pool, (his, _) = stage.config["identityPoolId"], folder_of(bruno)
    assert identity(stage, "GetCredentialsForIdentity", IdentityId=his).status_code == 400
    assert identity(stage, "GetCredentialsForIdentity", IdentityId=his, Logins=logins(chidi)).status_code == 400
    forged = {name: token[:-8] + "AAAAAAAA" for name, token in logins(bruno).items()}
    assert identity(stage, "GetCredentialsForIdentity", IdentityId=his, Logins=forged).status_code == 400
    assert identity(stage, "GetId", IdentityPoolId=pool, Logins=forged).status_code == 400
    guest = identity(stage, "GetId", IdentityPoolId=pool)
    assert guest.status_code == 400, "there are no guests"
