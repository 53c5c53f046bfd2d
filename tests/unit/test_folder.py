"""The folder: whose it is, how full it may be, and what is left of it when its person leaves."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

import app
from chalicelib.core.errors import UnauthorizedError
from chalicelib.todos.folder import Folders, folder_in, folder_of_token
from tests.contracts.tables import Tables
from tests.unit.events import ADA, BOB, CONTEXT, Api

ADAS, BOBS = "eu-central-1:ada", "eu-central-1:bob"


@pytest.fixture
def folders(own_tables: Tables, clients: dict[str, Any], only_folders: dict[str, str]) -> Folders:
    return Folders(
        own_tables.database, own_tables.new("FoldersTable"), clients["s3"], only_folders["FILES_BUCKET"], 100
    )


@pytest.fixture(autouse=True)
def empty_bucket(clients: dict[str, Any], only_folders: dict[str, str]) -> Any:
    yield
    for name in all_names(clients["s3"]):
        clients["s3"].delete_object(Bucket="files", Key=name)


def put(s3: Any, key: str, size: int) -> None:
    s3.put_object(Bucket="files", Key=key, Body=b"x" * size)


def all_names(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="files").get("Contents", [])]


def test_which_folder_is_whose(folders: Folders) -> None:
    assert folders.of("ada") is None
    known = folders.learn("ada", ADAS)
    assert known == {"folder": ADAS, "used": 0, "quota": 100, "refused": []} == folders.of("ada")
    assert folders.of("bob") is None


def test_what_is_too_much_goes_and_what_was_there_stays(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/a b+ü.txt", 60)
    put(folders.s3, f"{BOBS}/his.txt", 90)
    put(folders.s3, f"{ADAS}/deep/large.bin", 50)
    put(folders.s3, f"{ADAS}/small", 40)
    folders.learn("ada", ADAS)
    person, folder = folders.recount(ADAS, time.time())
    assert person == "ada" and folder["used"] == 100
    assert [(file["name"], file["bytes"]) for file in folder["refused"]] == [("deep/large.bin", 50)]
    assert all_names(folders.s3) == [f"{ADAS}/a b+ü.txt", f"{ADAS}/small", f"{BOBS}/his.txt"]
    assert folders.recount(ADAS, time.time())[1] == folder, "counted again it is the same"


def test_a_folder_that_nobody_has_opened_here_is_counted_too(folders: Folders) -> None:
    put(folders.s3, f"{BOBS}/large", 101)
    person, folder = folders.recount(BOBS, time.time())
    assert person is None and all_names(folders.s3) == [] and len(folder["refused"]) == 1
    assert folders.learn("bob", BOBS) == folder


def test_a_count_that_comes_late_changes_nothing(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/one", 10)
    now = time.time()
    folders.recount(ADAS, now)
    put(folders.s3, f"{ADAS}/two", 10)
    assert folders.recount(ADAS, now - 1)[1]["used"] == 10
    assert folders.recount(ADAS, now + 1)[1]["used"] == 20


class Overtaken:
    """S3 as it is, but for somebody else who counts right after the first file was taken out."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.is_over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.folders.s3, name)

    def delete_objects(self, **given: Any) -> Any:
        answer = self.folders.s3.delete_objects(**given)
        if not self.is_over:
            self.is_over = True
            self.folders.recount(ADAS, time.time() + 1)
        return answer


def test_two_who_count_at_once_forget_nothing(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/large", 101)
    _, folder = replace(folders, s3=Overtaken(folders)).recount(ADAS, time.time())
    assert [(file["name"], file["bytes"]) for file in folder["refused"]] == [("large", 101)]


def test_somebody_may_have_more_room(folders: Folders) -> None:
    folders.learn("ada", ADAS)
    folders._update(ADAS, "SET quota = :more", {":more": 1000})
    put(folders.s3, f"{ADAS}/large", 900)
    assert folders.recount(ADAS, time.time())[1] == {"folder": ADAS, "used": 900, "quota": 1000, "refused": []}


def test_who_leaves_leaves_no_file(folders: Folders) -> None:
    folders.learn("ada", ADAS)
    put(folders.s3, f"{ADAS}/one", 10)
    put(folders.s3, f"{BOBS}/his", 10)
    upload = folders.s3.create_multipart_upload(Bucket="files", Key=f"{ADAS}/half")
    folders.erase("ada", time.time())
    assert all_names(folders.s3) == [f"{BOBS}/his"]
    assert not folders.s3.list_multipart_uploads(Bucket="files").get("Uploads"), upload
    put(folders.s3, f"{ADAS}/late", 10)
    assert folders.recount(ADAS, time.time())[0] is None, "nobody is told"
    assert all_names(folders.s3) == [f"{BOBS}/his"]
    put(folders.s3, f"{ADAS}/later", 10)
    folders.erase("ada", time.time())
    folders.erase("nobody", time.time())
    assert all_names(folders.s3) == [f"{BOBS}/his"]


def test_the_folder_that_a_file_lies_in() -> None:
    assert [folder_in(key) for key in (f"{ADAS}/a/b", f"{ADAS}/", "loose")] == [ADAS, ADAS, "loose"]


def test_a_token_that_has_ended_is_nobodys() -> None:
    class Identities:
        def get_id(self, **_: Any) -> dict[str, Any]:
            from chalicelib.core.aws import AwsError

            said = {"Code": "NotAuthorizedException", "Message": "ended"}
            raise AwsError({"Error": said, "ResponseMetadata": {"HTTPStatusCode": 400}}, "GetId")

    with pytest.raises(UnauthorizedError):
        folder_of_token(Identities(), "pool", "login", "token")


def test_the_route_tells_ones_own(api: Api, user_pool: str) -> None:
    mine, his = (api.call("GET", "/folder", who=who).body for who in (ADA, BOB))
    assert mine["folder"] != his["folder"] and mine["quota"] == 1000
    assert api.call("GET", "/folder", who=ADA).body == mine


def test_an_event_of_the_bucket_counts(
    api: Api, user_pool: str, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCKET_ENDPOINT", "http://localhost:1/{api}")
    mine = api.call("GET", "/folder", who=ADA).body
    put(clients["s3"], f"{mine['folder']}/ü +%.txt", 1001)
    put(clients["s3"], f"{mine['folder']}/fits", 999)
    key = f"{mine['folder']}/%C3%BC+%2B%25.txt"
    event = {"Records": [{"s3": {"bucket": {"name": "files"}, "object": {"key": key}}}]}
    for _ in range(2):  # it comes twice
        app.keep_quota(event, CONTEXT)
    told = api.call("GET", "/folder", who=ADA).body
    assert (told["used"], [file["name"] for file in told["refused"]]) == (999, ["ü +%.txt"])
