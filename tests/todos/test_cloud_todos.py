"""To-dos over HTTP: writes are read at once, the owner's pages are notified, and the folder has its limits."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.cloud import outputs, root
from tests.support.credentials import folder_of
from tests.support.sockets import Socket
from tests.support.stage import RunningStage, User, until
from tests.support.tokens import claims_of


def added(user: User, title: str = "Milk", **given: Any) -> dict[str, Any]:
    answer = user.post("/todos", {"title": title, **given})
    assert answer.status_code == 201, answer.text
    todo: dict[str, Any] = answer.json()
    return todo


def listed(user: User) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = user.get("/todos").json()["items"]
    return items


def test_what_is_written_is_read_at_once(somebody: User) -> None:
    for number in range(5):
        before = somebody.get("/todos")
        assert len(before.json()["items"]) == number
        todo = added(somebody, f"{number}")
        after = somebody.get("/todos", headers={"If-None-Match": before.headers["ETag"]})
        assert (after.status_code, after.json()["items"][-1]) == (200, todo)


def test_a_list_that_rests_is_not_sent_again(somebody: User) -> None:
    def at_rest() -> list[requests.Response]:
        again = somebody.get("/todos", headers={"If-None-Match": somebody.get("/todos").headers["ETag"]})
        return [again] if again.status_code == 304 else []

    added(somebody)
    [again] = until(at_rest)  # its stream renews it once more, sooner or later
    assert again.text == ""
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_stream_names_a_list_anew_where_a_request_could_not(stage: RunningStage, somebody: User) -> None:
    with Socket(somebody) as mine:
        row = {"person": {"S": claims_of(somebody.token)["sub"]}, "id": {"S": added(somebody)["id"]}}
        mine.of("todos")
        before = somebody.get("/todos").headers["ETag"]
        database, table = root(stage, "dynamodb"), outputs(stage)["TodosTable"]
        database.update_item(
            TableName=table,
            Key=row,
            UpdateExpression="SET title = :t",
            ExpressionAttributeValues={":t": {"S": "Other"}},
        )
        mine.of("todos")
        after = somebody.get("/todos", headers={"If-None-Match": before})
    assert (after.status_code, [todo["title"] for todo in after.json()["items"]]) == (200, ["Other"])


def test_the_owner_is_told_and_nobody_else(somebody: User, bruno: User) -> None:
    with Socket(somebody) as mine, Socket(bruno) as his:
        todo = added(somebody)
        assert mine.of("todos")["at"]
        somebody.call("PATCH", f"/todos/{todo['id']}", json={"completed": True})
        mine.of("todos")
        somebody.delete("/todos")
        mine.of("todos")
        his.ping()
        assert "todos" not in [heard["type"] for heard in his.heard]


def test_the_address_of_a_todo_is_one(stage: RunningStage, somebody: User) -> None:
    todo = added(somebody)
    headers = {"Authorization": somebody.token}
    assert requests.get(todo["url"], headers=headers, timeout=20).json() == todo
    assert requests.get(todo["url"], timeout=20).status_code == 401
    assert listed(somebody)[0]["url"] == todo["url"]


# The folder


@pytest.fixture
def small(stage: RunningStage, somebody: User) -> tuple[User, str, Any]:
    """A person whose folder holds a thousand bytes; its name, and S3 with their own credentials."""
    folder, clients = folder_of(somebody)
    room = {"quota": 1_000_000_000, "mostFiles": 10_000}
    assert somebody.get("/folder").json() == {"folder": folder, "used": 0, "files": 0, **room, "refused": []}
    table = outputs(stage)["FoldersTable"]
    root(stage, "dynamodb").update_item(
        TableName=table,
        Key={"id": {"S": folder}},
        UpdateExpression="SET quota = :thousand",
        ExpressionAttributeValues={":thousand": {"N": "1000"}},
    )
    return somebody, folder, clients("s3")


def names(stage: RunningStage, folder: str) -> list[str]:
    found = root(stage, "s3").list_objects_v2(Bucket=stage.config["filesBucket"], Prefix=f"{folder}/")
    return [each["Key"].removeprefix(f"{folder}/") for each in found.get("Contents", [])]


def test_what_is_too_much_goes_again(stage: RunningStage, small: tuple[User, str, Any]) -> None:
    user, folder, s3 = small
    bucket = stage.config["filesBucket"]
    with Socket(user) as socket:
        s3.put_object(Bucket=bucket, Key=f"{folder}/first ü+%🎈.txt", Body=b"x" * 600)
        socket.until(lambda heard: heard["type"] == "folder" and heard["used"] == 600)
        s3.put_object(Bucket=bucket, Key=f"{folder}/much.bin", Body=b"x" * 401)
        told = socket.until(lambda heard: heard["type"] == "folder" and heard["refused"])
        assert [(file["name"], file["bytes"]) for file in told["refused"]] == [("much.bin", 401)]
        s3.put_object(Bucket=bucket, Key=f"{folder}/fits", Body=b"x" * 400)
        socket.until(lambda heard: heard["type"] == "folder" and heard["used"] == 1000)
        s3.delete_object(Bucket=bucket, Key=f"{folder}/fits")
        socket.until(lambda heard: heard["type"] == "folder" and heard["used"] == 600)
    assert names(stage, folder) == ["first ü+%🎈.txt"]
    known = user.get("/folder").json()
    assert (known["used"], known["quota"], len(known["refused"])) == (600, 1000, 1)


# Names that XML lists can't carry, or that a server may misinterpret.
ODD = [*map(chr, range(1, 32)), "\x7f", "\x85", "\ufffe", "\uffff", " ", "..", ".", "//", "%00", "%", "+", "&", "<"]
ODDER = ["]]>", "🎈", "\r\n", "é", "e\u0301", "?a=b", "#", "'\"", "\\", "x" * 900, "".join(map(chr, range(1, 32)))]


def put_odd_ones(s3: Any, bucket: str, folder: str) -> int:
    names = [name for odd in (*ODD, *ODDER) for name in (odd, f"a{odd}", f"{odd}a", f"a/{odd}/b")]
    kept = {f"{folder}/{name}" for name in names if len(name.encode()) < 950}
    for key in kept:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    return len(kept)


def test_whatever_a_file_is_called_it_goes_with_its_person(stage: RunningStage) -> None:
    user, bucket = stage.sign_up(), stage.config["filesBucket"]
    folder, clients = folder_of(user)
    put = put_odd_ones(root(stage, "s3"), bucket, folder)
    clients("s3").create_multipart_upload(Bucket=bucket, Key=f"{folder}/a +%41&b")
    assert len(names(stage, folder)) == put > 150
    assert user.delete("/me").status_code == 204
    until(lambda: names(stage, folder) == [], 60)
    uploads = root(stage, "s3").list_multipart_uploads(Bucket=bucket, Prefix=f"{folder}/")
    assert uploads.get("Uploads", []) == []


def test_whatever_a_file_is_called_it_goes_when_it_is_too_much(
    stage: RunningStage, small: tuple[User, str, Any]
) -> None:
    user, folder, s3 = small
    bucket = stage.config["filesBucket"]
    s3.put_object(Bucket=bucket, Key=f"{folder}/first", Body=b"x" * 1000)
    until(lambda: user.get("/folder").json()["used"] == 1000)
    put_odd_ones(root(stage, "s3"), bucket, folder)
    until(lambda: names(stage, folder) == ["first"], 60)
    until(lambda: user.get("/folder").json()["used"] == 1000)


def test_a_flood_of_files_is_a_few_counts_and_keeps_nobody_waiting(stage: RunningStage, somebody: User) -> None:
    folder, clients = folder_of(somebody)
    bucket, s3 = stage.config["filesBucket"], clients("s3")
    other = stage.sign_up()
    with ThreadPoolExecutor(8) as threads:
        flood = threads.map(lambda n: s3.put_object(Bucket=bucket, Key=f"{folder}/{n}", Body=b""), range(400))
        answers = [other.get("/me") for _ in range(20)]
        list(flood)
    assert {answer.status_code for answer in answers} == {200}
    until(lambda: somebody.get("/folder").json()["files"] == 400, 60)
    lines = function_log(stage, "keep_quota")
    assert 0 < len(lines) <= 200, "fewer than half as many calls as events"


def function_log(stage: RunningStage, function: str) -> list[dict[str, Any]]:
    """A line for each call."""
    group = f"/aws/lambda/commonplace-{stage.name}-{function}"
    pages = root(stage, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    said = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(line) for text in said for line in text.splitlines() if line.startswith('{"requestId"')]


def test_who_leaves_leaves_no_file(stage: RunningStage) -> None:
    """Even if they never asked us about their folder; later uploads with older credentials go, too."""
    user = stage.sign_up()
    folder, clients = folder_of(user)
    bucket = stage.config["filesBucket"]
    clients("s3").put_object(Bucket=bucket, Key=f"{folder}/a/b", Body=b"x")
    added(user, files=[{"key": f"{folder}/a/b", "name": "b", "size": 1}])
    assert user.delete("/me").status_code == 204
    until(lambda: names(stage, folder) == [])
    clients("s3").put_object(Bucket=bucket, Key=f"{folder}/late", Body=b"x")
    until(lambda: names(stage, folder) == [])
    table = outputs(stage)["TodosTable"]
    mine = {":p": {"S": claims_of(user.token)["sub"]}}
    asked = {"TableName": table, "KeyConditionExpression": "person = :p", "ExpressionAttributeValues": mine}
    until(lambda: not [item for item in root(stage, "dynamodb").query(**asked)["Items"] if "title" in item])
