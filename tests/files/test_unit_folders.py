"""The folder: whose it is, how full it may be, and what is left when its person leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

import app
from chalicelib.core import aws
from chalicelib.core.errors import UnauthorizedError
from chalicelib.files.folders import Folders, UncountedError, folder_in, folder_of_token
from tests.support.clock import at
from tests.support.events import ADA, BOB, CONTEXT, Api
from tests.support.tables import Tables

ADAS, BOBS = "eu-central-1:ada", "eu-central-1:bob"


@pytest.fixture
def folders(own_tables: Tables, clients: dict[str, Any], only_folders: dict[str, str]) -> Folders:
    return Folders(
        own_tables.database, own_tables.new("FoldersTable"), clients["s3"], only_folders["FILES_BUCKET"], 100, 10
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
    assert (
        known
        == {"folder": ADAS, "used": 0, "quota": 100, "files": 0, "mostFiles": 10, "refused": []}
        == folders.of("ada")
    )
    assert folders.of("bob") is None


def test_what_is_too_much_goes_and_what_was_there_stays(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/a b+ü.txt", 60)
    put(folders.s3, f"{BOBS}/his.txt", 90)
    put(folders.s3, f"{ADAS}/deep/large.bin", 50)
    put(folders.s3, f"{ADAS}/small", 40)
    folders.learn("ada", ADAS)
    person, folder = folders.recount(ADAS)
    assert person == "ada" and folder["used"] == 100
    assert [(file["name"], file["bytes"]) for file in folder["refused"]] == [("deep/large.bin", 50)]
    assert all_names(folders.s3) == [f"{ADAS}/a b+ü.txt", f"{ADAS}/small", f"{BOBS}/his.txt"]
    assert folders.recount(ADAS)[1] == folder, "counted again it is the same"


def test_a_folder_that_nobody_has_opened_here_is_counted_too(folders: Folders) -> None:
    put(folders.s3, f"{BOBS}/large", 101)
    person, folder = folders.recount(BOBS)
    assert person is None and all_names(folders.s3) == [] and len(folder["refused"]) == 1
    assert folders.learn("bob", BOBS) == folder


def test_a_count_that_comes_late_changes_nothing(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/one", 10)
    now = time.time()
    at(now, folders).recount(ADAS)
    put(folders.s3, f"{ADAS}/two", 10)
    assert at(now - 1, folders).recount(ADAS)[1]["used"] == 10
    assert at(now + 1, folders).recount(ADAS)[1]["used"] == 20


class Overtaken:
    """S3 with somebody else counting right after the first file was removed."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.is_over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.folders.s3, name)

    def delete_objects(self, **given: Any) -> Any:
        answer = self.folders.s3.delete_objects(**given)
        if not self.is_over:
            self.is_over = True
            at(time.time() + 1, self.folders).recount(ADAS)
        return answer


def test_two_who_count_at_once_forget_nothing(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/large", 101)
    _, folder = replace(folders, s3=Overtaken(folders)).recount(ADAS)
    assert [(file["name"], file["bytes"]) for file in folder["refused"]] == [("large", 101)]


def test_somebody_may_have_more_room(folders: Folders) -> None:
    folders.learn("ada", ADAS)
    folders.rows.change(ADAS, "SET quota = :more", more=1000)
    put(folders.s3, f"{ADAS}/large", 900)
    assert folders.recount(ADAS)[1] == {
        "folder": ADAS,
        "used": 900,
        "quota": 1000,
        "files": 1,
        "mostFiles": 10,
        "refused": [],
    }


def test_who_leaves_leaves_no_file(folders: Folders) -> None:
    folders.learn("ada", ADAS)
    put(folders.s3, f"{ADAS}/one", 10)
    put(folders.s3, f"{BOBS}/his", 10)
    upload = folders.s3.create_multipart_upload(Bucket="files", Key=f"{ADAS}/half")
    folders.erase("ada")
    assert all_names(folders.s3) == [f"{BOBS}/his"]
    assert not folders.s3.list_multipart_uploads(Bucket="files").get("Uploads"), upload
    put(folders.s3, f"{ADAS}/late", 10)
    assert folders.recount(ADAS)[0] is None, "nobody is told"
    assert all_names(folders.s3) == [f"{BOBS}/his"]
    put(folders.s3, f"{ADAS}/later", 10)
    folders.erase("ada")
    folders.erase("nobody")
    assert all_names(folders.s3) == [f"{BOBS}/his"]


def test_what_is_left_is_what_was_there_before(folders: Folders) -> None:
    """What is uploaded later with older credentials is no reason to repeat the erasure."""
    folders.learn("ada", ADAS)
    put(folders.s3, f"{ADAS}/before", 1)
    assert list(folders.left("ada")) == list(folders.left("nobody")) == []
    leaving = replace(folders, s3=Keeping(folders.s3))
    at(time.time() + 2, leaving).erase("ada")
    assert [file["Key"] for file in folders.left("ada")] == [f"{ADAS}/before"]
    at(time.time() - 2, folders).erase("ada")
    put(folders.s3, f"{ADAS}/later", 1)
    assert list(folders.left("ada")) == []


class Keeping:
    """S3 whose deletes do nothing."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def __getattr__(self, name: str) -> Any:
        return (lambda **_: {}) if name.startswith("delete") else getattr(self._s3, name)


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


def messages(*keys: str) -> dict[str, Any]:
    """As the queue delivers the bucket's events; the bucket first sends a test event."""
    said = [{"Event": "s3:TestEvent"}, *({"Records": [{"s3": {"object": {"key": key}}}]} for key in keys)]
    return {"Records": [{"messageId": str(number), "body": json.dumps(one)} for number, one in enumerate(said)]}


class Counted:
    """S3 that counts how often it was listed."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self.lists = 0

    def __getattr__(self, name: str) -> Any:
        self.lists += name == "list_objects_v2"
        return getattr(self._s3, name)


def test_a_thousand_events_are_one_count(
    api: Api, user_pool: str, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = api.call("GET", "/folder", who=ADA).body
    put(clients["s3"], f"{mine['folder']}/a", 1)
    s3 = Counted(clients["s3"])
    monkeypatch.setitem(aws._clients, "s3", s3)
    event = messages(*[f"{mine['folder']}/a"] * 1000)
    assert app.keep_quota(event, CONTEXT) == {"batchItemFailures": []}
    assert s3.lists == 1


def test_a_folder_that_can_not_be_counted_comes_again_and_keeps_no_other(
    api: Api, user_pool: str, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, his = (api.call("GET", "/folder", who=who).body["folder"] for who in (ADA, BOB))
    put(clients["s3"], f"{his}/large", 1001)

    class Failing(Counted):
        def list_objects_v2(self, **asked: Any) -> Any:
            if asked["Prefix"].startswith(mine):
                raise ConnectionError("secret")
            return clients["s3"].list_objects_v2(**asked)

    monkeypatch.setitem(aws._clients, "s3", Failing(clients["s3"]))
    event = messages(f"{mine}/a", f"{his}/large", f"{mine}/b")
    assert app.keep_quota(event, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert all_names(clients["s3"]) == []
    monkeypatch.setitem(aws._clients, "s3", clients["s3"])
    assert app.keep_quota(event, CONTEXT) == {"batchItemFailures": []}, "whoever failed keeps nobody from counting"


def test_a_folder_holds_so_many_files(folders: Folders) -> None:
    folders.learn("ada", ADAS)
    for number in range(13):
        put(folders.s3, f"{ADAS}/{number:02}", 0)
    _, folder = folders.recount(ADAS)
    assert (folder["files"], folder["mostFiles"], len(folder["refused"])) == (10, 10, 3)
    assert len(all_names(folders.s3)) == 10


def test_of_very_many_it_looks_at_so_many_at_a_time(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.files.folders._MORE_FILES", 5)
    for number in range(40):
        put(folders.s3, f"{ADAS}/{number:02}", 0)
    assert folders.recount(ADAS)[1]["files"] == 10
    assert len(all_names(folders.s3)) == 10
    monkeypatch.setattr("chalicelib.files.folders._ROUNDS", 2)
    for number in range(40):
        put(folders.s3, f"{BOBS}/{number:02}", 0)
    for _ in range(2):  # what is left comes again, and gets further
        with pytest.raises(UncountedError):
            folders.recount(BOBS)
    while len(all_names(folders.s3)) > 20:
        with suppress(UncountedError):
            folders.recount(BOBS)
    assert folders.recount(BOBS)[1]["files"] == 10


class Asking:
    """S3 with something else happening once during a list."""

    def __init__(self, s3: Any, then: Callable[[], Any]) -> None:
        self._s3, self._then = s3, [then]
        self.lists = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def list_objects_v2(self, **asked: Any) -> Any:
        self.lists += 1
        answer = self._s3.list_objects_v2(**asked)
        while self._then:
            self._then.pop()()
        return answer


def test_one_counts_at_a_time_and_what_comes_meanwhile_is_counted_too(folders: Folders) -> None:
    def meanwhile() -> None:
        for number in range(5):
            put(folders.s3, f"{ADAS}/late{number}", 1)
            assert folders.recount(ADAS) == (None, {}), "somebody is at it"

    s3 = Asking(folders.s3, meanwhile)
    _, folder = replace(folders, s3=s3).recount(ADAS)
    assert (folder["used"], s3.lists) == (5, 2), "once more, not five times"


def test_one_that_died_while_it_counted_is_not_waited_for(folders: Folders) -> None:
    put(folders.s3, f"{ADAS}/a", 1)
    at(time.time() - 400, folders)._begin(ADAS)
    assert folders.recount(ADAS)[1]["used"] == 1


def test_whoever_begins_after_it_is_left_to_count(folders: Folders) -> None:
    """A finished run has nothing more to release."""

    class After(Folders):
        def _is_over(self, folder: str) -> bool:
            return super()._is_over(folder) and folders._begin(folder)

    After(**vars(folders)).recount(ADAS)
    assert "counting" in (folders.rows.get(ADAS) or {}), "the next one is at it"


def test_one_that_failed_leaves_the_way_free(folders: Folders) -> None:
    def fail() -> None:
        raise ConnectionError("secret")

    put(folders.s3, f"{ADAS}/a", 1)
    with pytest.raises(ConnectionError):
        replace(folders, s3=Asking(folders.s3, fail)).recount(ADAS)
    assert folders.recount(ADAS)[1]["used"] == 1


def test_an_event_of_the_bucket_counts(
    api: Api, user_pool: str, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCKET_ENDPOINT", "http://localhost:1/{api}")
    mine = api.call("GET", "/folder", who=ADA).body
    put(clients["s3"], f"{mine['folder']}/ü +%.txt", 1001)
    put(clients["s3"], f"{mine['folder']}/fits", 999)
    event = messages(f"{mine['folder']}/%C3%BC+%2B%25.txt")
    for _ in range(2):  # it comes twice
        assert app.keep_quota(event, CONTEXT) == {"batchItemFailures": []}
    told = api.call("GET", "/folder", who=ADA).body
    assert (told["used"], [file["name"] for file in told["refused"]]) == (999, ["ü +%.txt"])
