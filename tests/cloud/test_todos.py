"""To-dos over HTTP: read at once what was written, told to the owner's pages, and a folder that has its limits."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.cloud.sockets import Socket
from tests.cloud.support import outputs, root
from tests.cloud.test_deployment import folder_of
from tests.cloud.tokens import claims_of
from tests.stage import RunningStage, User, until


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
    # The stream names the list anew once more, for a request that could not.
    until(lambda: somebody.get("/todos").headers["ETag"] != after.headers["ETag"])
    tag = somebody.get("/todos").headers["ETag"]
    again = somebody.get("/todos", headers={"If-None-Match": tag})
    assert (again.status_code, again.text) == (304, "")
    assert again.headers["Access-Control-Allow-Origin"] == "*"


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
    """Somebody whose folder holds a thousand bytes; its name, and S3 with his own credentials."""
    folder, clients = folder_of(somebody)
    assert somebody.get("/folder").json() == {"folder": folder, "used": 0, "quota": 1_000_000_000, "refused": []}
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


def test_who_leaves_leaves_no_file(stage: RunningStage) -> None:
    """Also who never asked us about his folder; and what is put there later with credentials from before."""
    user = stage.sign_up()
    folder, clients = folder_of(user)
    bucket = stage.config["filesBucket"]
    clients("s3").put_object(Bucket=bucket, Key=f"{folder}/a/b", Body=b"x")
    added(user, files=[{"key": f"{folder}/a/b", "name": "b", "size": 1}])
    assert user.delete("/me").status_code == 204
    assert names(stage, folder) == []
    clients("s3").put_object(Bucket=bucket, Key=f"{folder}/late", Body=b"x")
    until(lambda: names(stage, folder) == [])
    table = outputs(stage)["TodosTable"]
    mine = {":p": {"S": claims_of(user.token)["sub"]}}
    left = root(stage, "dynamodb").query(
        TableName=table, KeyConditionExpression="person = :p", ExpressionAttributeValues=mine
    )
    assert [item for item in left["Items"] if "title" in item] == []
