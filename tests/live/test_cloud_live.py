"""Sockets and the wall, from the handshake to what a killed socket catches up on."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from websockets.exceptions import ConnectionClosed

from chalicelib.core.ids import new_id
from chalicelib.core.items import typed
from chalicelib.wall.wall import key_of
from cloud import failures
from cloud.errors import CloudError
from tests.support.cloud import outputs, problem, root
from tests.support.credentials import folder_of
from tests.support.sockets import Json, Socket, a_ticket, refused
from tests.support.stage import PROJECT, RunningStage, User, environment_of, until

FIRST = "0" * 26


def unique() -> str:
    return f"c-{secrets.token_hex(6)}"


def posts_since(stage: RunningStage, id: str, limit: int = 100) -> list[Json]:
    """Everything after it, page by page, as anybody may read it."""
    found: list[Json] = []
    after = None
    while True:
        answer = stage.call("GET", "/posts", params={"since": id, "after": after, "limit": limit})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        after = answer.json()["next"]
        if not after:
            return found


def row(table: str, id: str) -> Json:
    return {"TableName": table, "Key": {"id": {"S": id}}}


# The handshake


def test_without_a_good_ticket_there_is_no_handshake(stage: RunningStage, bruno: User) -> None:
    for query in ("", "?ticket=", "?ticket=x", f"?ticket={'0' * 48}", f"?token={bruno.token}"):
        assert refused(stage, query), query


def test_a_ticket_is_good_once(stage: RunningStage, bruno: User) -> None:
    ticket = a_ticket(bruno)
    assert [refused(stage, f"?ticket={ticket}") for _ in range(3)] == [False, True, True]


def test_an_expired_ticket_is_refused(stage: RunningStage, bruno: User) -> None:
    """It stays in the table for a while after its minute."""
    ticket, table, database = a_ticket(bruno), outputs(stage)["TicketsTable"], root(stage, "dynamodb")
    for item in database.scan(TableName=table)["Items"]:
        expired = {**item, "expiresAt": {"N": str(int(time.time()))}}
        database.put_item(TableName=table, Item=expired)
    assert refused(stage, f"?ticket={ticket}")


def test_a_ticket_needs_a_person(stage: RunningStage) -> None:
    problem(stage.call("POST", "/live/tickets"), 401)


# Actions on a socket


@pytest.fixture(scope="module")
def open_socket(bruno: User) -> Iterator[Socket]:
    with Socket(bruno) as socket:
        yield socket


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("no json", 400),
        ("[]", 400),
        ("7", 400),
        ("{}", 400),
        ('{"action": "unknown"}', 400),
        ('{"action": "ping"', 400),
        ('{"action": "sendpost"}', 422),
        ('{"action": "sendpost", "text": " ", "clientId": "c"}', 422),
        ('{"action": "sendpost", "text": "x", "clientId": "c", "author": "me"}', 422),
        ('{"action": "typing", "conversationId": "x"}', 404),
        ("x" * 33_000, 400),
        (json.dumps({"action": "sendpost", "text": "x" * 4001, "clientId": "c"}), 422),
    ],
    ids=lambda value: str(value)[:30],
)
def test_whatever_else_is_an_error_and_the_socket_stays(open_socket: Socket, text: str, status: int) -> None:
    answer = open_socket.answer(text)
    assert (answer["type"], answer["status"]) == ("error", status)
    assert answer["detail"] and answer["at"].endswith("Z")
    assert answer.get("clientId") == ("c" if '"c"' in text else None)
    assert not any(trace in str(answer) for trace in ("Traceback", "arn:aws", "dynamodb"))
    assert open_socket.answer('{"action": "ping"}')["type"] == "pong"


# The wall


def test_a_post_is_answered_and_told_to_everybody(stage: RunningStage, bruno: User, chidi: User) -> None:
    with Socket(bruno) as his, Socket(bruno) as his_other, Socket(chidi) as hers:
        client_id, text = unique(), f"Grüße,\n𝄞 {secrets.token_hex(4)}"
        his.ask("sendpost", text=f" {text} ", clientId=client_id)
        posted = his.of("posted")
        post = posted["post"]
        assert posted == {"type": "posted", "at": posted["at"], "clientId": client_id, "post": post}
        assert post == {"id": post["id"], "text": text, "author": {"id": bruno.id, "name": post["author"]["name"]},
                        "at": post["at"]}  # fmt: skip
        for socket in (his, his_other, hers):
            told = socket.told(post["id"])
            assert told == {"type": "post", "at": told["at"], "post": post}
        assert stage.call("GET", "/posts", params={"limit": 1}).json()["items"] == [post]

        problem(chidi.delete(f"/posts/{post['id']}"), 404)
        assert bruno.delete(f"/posts/{post['id']}").status_code == 204
        for socket in (his, his_other, hers):
            told = socket.told(post["id"], "post.deleted")
            assert told == {"type": "post.deleted", "at": told["at"], "id": post["id"]}
        problem(bruno.delete(f"/posts/{post['id']}"), 404)
        assert post["id"] not in [one["id"] for one in stage.call("GET", "/posts").json()["items"]]


def test_the_same_client_id_is_one_post(stage: RunningStage, bruno: User, chidi: User) -> None:
    with Socket(bruno) as socket, Socket(chidi) as other:
        client_id = unique()
        first = socket.post("Once", client_id)["post"]
        assert socket.post("Twice", client_id)["post"] == first
        theirs = other.post("Once", client_id)["post"]
        assert theirs["id"] != first["id"]
        assert [one["id"] for one in posts_since(stage, first["id"])] == [theirs["id"]]
        bruno.delete(f"/posts/{first['id']}")
        gone = socket.post("Once", client_id)
        assert (gone["type"], gone["status"]) == ("error", 404)
        chidi.delete(f"/posts/{theirs['id']}")


def test_posts_are_public_and_bad_questions_are_named(stage: RunningStage) -> None:
    assert stage.call("GET", "/posts").status_code == 200
    for query in ({"since": "x"}, {"since": "x" * 27}, {"after": "x"}, {"limit": "0"}, {"since": FIRST, "after": "x"}):
        errors = problem(stage.call("GET", "/posts", params=query), 400)["errors"]
        assert errors[0]["pointer"].strip("/") in query


def test_a_killed_socket_misses_nothing(stage: RunningStage, somebody: User, chidi: User) -> None:
    """200 posts, the reader's socket dies midway, and in the end they have each post once."""
    with Socket(chidi) as marker:
        newest = marker.post("Before", unique())["post"]["id"]
    seen: dict[str, str] = {}

    def read(socket: Socket, enough: int) -> None:
        while len(seen) < enough:
            heard = socket.of("post")["post"]
            if heard["author"]["id"] == author:
                seen.setdefault(heard["id"], heard["text"])

    def send(socket: Socket) -> None:
        for number in range(200):
            socket.ask("sendpost", text=f"{number}", clientId=f"k-{number}")

    author = somebody.id
    with Socket(somebody) as sender, Socket(chidi) as reader:
        sending = threading.Thread(target=send, args=(sender,))
        sending.start()
        read(reader, 60)
        reader.kill()
        posted = {sender.of("posted")["clientId"] for _ in range(200 - _posted(sender))} | _client_ids(sender)
        assert posted == {f"k-{n}" for n in range(200)}
        sending.join()
        with Socket(chidi):
            for post in posts_since(stage, newest, limit=30):
                if post["author"]["id"] == author:
                    seen.setdefault(post["id"], post["text"])
        assert sorted(seen.values(), key=int) == [str(n) for n in range(200)]
    chidi.delete(f"/posts/{newest}")


def _client_ids(socket: Socket) -> set[str]:
    return {heard["clientId"] for heard in socket.heard if heard["type"] == "posted"}


def _posted(socket: Socket) -> int:
    return len(_client_ids(socket))


def test_more_than_one_shard(stage: RunningStage, bruno: User, chidi: User) -> None:
    """Functions reach the real ones in parallel; the others are dead, and lose their rows."""
    table, database = outputs(stage)["ConnectionsTable"], root(stage, "dynamodb")
    with ExitStack() as stack:
        sockets = [stack.enter_context(Socket(user)) for user in (bruno, chidi, bruno)]
        api = database.scan(TableName=table)["Items"][0]["api"]
        ghosts = [f"ghost-{number}=" for number in range(520)]
        for start in range(0, len(ghosts), 20):
            puts = [{"PutRequest": {"Item": _ghost(id, api)}} for id in ghosts[start : start + 20]]
            assert not database.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
        post = sockets[0].post("To all", unique())["post"]
        for socket in sockets:
            assert socket.told(post["id"])["post"] == post
        until(lambda: not [id for id in _ids(stage, table) if id.startswith("ghost")], 30)
        for socket in sockets:
            socket.ping()
        assert len(_ids(stage, table)) >= 3
        bruno.delete(f"/posts/{post['id']}")


def _ghost(id: str, api: Json) -> Json:
    gate, expires = {"N": str(sum(id.encode()) % 4)}, {"N": str(int(time.time()) + 3600)}
    since = {"S": "2026-01-01T00:00:00.000Z"}
    return {"id": {"S": id}, "api": api, "person": {"S": "ghost"}, "gate": gate, "since": since, "expiresAt": expires}


def _ids(stage: RunningStage, table: str) -> list[str]:
    return [item["id"]["S"] for item in root(stage, "dynamodb").scan(TableName=table)["Items"]]


# Failures and duplicates


def queued(stage: RunningStage) -> int:
    asked = {"QueueUrl": outputs(stage)["FailuresUrl"], "AttributeNames": ["ApproximateNumberOfMessages"]}
    return int(root(stage, "sqs").get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"])


def command(stage: RunningStage, *options: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "cloud", "failures", "--stage", stage.name, *options]
    return subprocess.run(words, cwd=PROJECT, env=environment_of(stage), capture_output=True, text=True, check=False)


@pytest.fixture
def queue(stage: RunningStage, monkeypatch: pytest.MonkeyPatch) -> str:
    """The failures queue, to run the command in this process too."""
    for name, value in environment_of(stage).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return outputs(stage)["FailuresUrl"]


READERS_OF_POSTS = ("index_posts", "push_posts")


def test_what_fails_for_good_is_kept_and_can_be_replayed(stage: RunningStage, bruno: User, queue: str) -> None:
    """A post without an author: those behind it go through, and once repaired it does, too."""
    assert failures.listed(queue) == []
    found, database, ghost, id = outputs(stage), root(stage, "dynamodb"), f"ghost-{secrets.token_hex(4)}", new_id()
    database.put_item(TableName=found["PeopleTable"], Item=typed({"id": ghost, "since": "2026", "name": "Ghost"}))
    key = typed(dict(zip(("strip", "id"), key_of(id), strict=True)))
    poison = {**key, **typed({"text": "Poison", "at": "2026-01-01T00:00:00.000Z"})}
    with Socket(bruno) as socket:
        database.put_item(TableName=found["PostsTable"], Item=poison)
        behind = socket.post("Behind it", unique())["post"]
        assert socket.told(behind["id"])["post"] == behind

        until(lambda: queued(stage) == len(READERS_OF_POSTS), 30)
        listed = command(stage)
        assert listed.returncode == 0
        lines = sorted(listed.stdout.splitlines(), key=lambda line: line.split()[1])
        for line, reader in zip(lines, READERS_OF_POSTS, strict=True):
            assert re.fullmatch(rf"\S+  commonplace-{stage.name}-{reader}  tried \d+ times  \w+", line)
        said: list[str] = []
        with pytest.raises(CloudError, match="stay in the queue"):
            failures.replay(queue, said.append)
        assert [line.split()[0] for line in said] == ["failed" for _ in READERS_OF_POSTS]
        again = sorted((failure.line for failure in failures.listed(queue)), key=lambda line: line.split()[1])
        assert again == lines, "to be seen at once"

        database.put_item(TableName=found["PostsTable"], Item={**poison, "person": {"S": ghost}})
        done = command(stage, "--replay")
        assert (done.returncode, done.stdout[:4]) == (0, "done"), done.stdout + done.stderr
        told = socket.until(lambda heard: heard["type"] == "post" and heard["post"]["id"] == id)
        assert told["post"]["author"] == {"id": ghost, "name": "Ghost"}
        assert failures.listed(queue) == []
    database.delete_item(**row(found["PeopleTable"], ghost))
    database.delete_item(TableName=found["PostsTable"], Key=key)
    bruno.delete(f"/posts/{behind['id']}")


def test_what_a_queue_gave_up_can_be_replayed_too(stage: RunningStage, queue: str) -> None:
    """A file whose event the folder's queue could not deliver."""
    owner, bucket = stage.sign_up(), stage.config["filesBucket"]
    folder, clients = folder_of(owner)
    assert owner.get("/folder").json()["files"] == 0
    message = {"Records": [{"eventTime": "2026-01-01T00:00:00.000Z", "s3": {"object": {"key": f"{folder}/a"}}}]}
    clients("s3").put_object(Bucket=bucket, Key=f"{folder}/a", Body=b"x")
    until(lambda: owner.get("/folder").json()["files"] == 1)
    key = {"TableName": outputs(stage)["FoldersTable"], "Key": {"id": {"S": folder}}}
    root(stage, "dynamodb").update_item(**key, UpdateExpression="REMOVE files, counted")
    root(stage, "sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(message))
    listed = command(stage)
    assert listed.stdout.split()[1:4] == [f"commonplace-{stage.name}-keep_quota", "tried", "5"]
    assert command(stage, "--replay").stdout[:4] == "done"
    assert owner.get("/folder").json()["files"] == 1 and failures.listed(queue) == []


def records(stage: RunningStage, stream: str) -> list[Any]:
    """All that the stream has kept."""
    client, arn = root(stage, "dynamodbstreams"), outputs(stage)[stream]
    found: list[Any] = []
    for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        asked = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        page = client.get_records(ShardIterator=client.get_shard_iterator(**asked)["ShardIterator"])
        found += [{**record, "eventSourceARN": arn} for record in page["Records"]]
    return found


def deliver_again(stage: RunningStage, function: str, records: list[Any]) -> None:
    payload = json.dumps({"Records": records}, default=str).encode()
    name = f"commonplace-{stage.name}-{function}"
    answer = root(stage, "lambda").invoke(FunctionName=name, Payload=payload)
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}


def test_a_post_that_is_told_twice_is_the_same_post(stage: RunningStage, bruno: User) -> None:
    with Socket(bruno) as socket:
        post = socket.post("Told twice", unique())["post"]
        socket.told(post["id"])
        before = stage.call("GET", "/posts").json()
        of_it = [one for one in records(stage, "PostsStream") if one["dynamodb"]["Keys"]["id"]["S"] == post["id"]]
        assert len(of_it) == 1
        deliver_again(stage, "push_posts", of_it)
        assert socket.until(lambda heard: heard["type"] == "post" and heard["post"]["id"] == post["id"])["post"] == post
        assert stage.call("GET", "/posts").json() == before
        bruno.delete(f"/posts/{post['id']}")


def test_an_account_that_ends_takes_its_posts_and_its_sockets(stage: RunningStage, chidi: User) -> None:
    leaver = stage.sign_up()
    id = leaver.id
    with Socket(leaver) as his, Socket(chidi) as hers:
        posts = [his.post(f"Mine {n}", unique())["post"]["id"] for n in range(3)]
        ticket = a_ticket(leaver)
        assert leaver.delete("/me").status_code == 204
        for post in posts:
            hers.told(post, "post.deleted")
        assert not [one for one in posts_since(stage, FIRST) if one["author"]["id"] == id]
        late = hers.post("After", unique())["post"]
        hers.told(late["id"])
        with pytest.raises(ConnectionClosed):
            his.until(lambda heard: heard["type"] == "post" and heard["post"] == late)
        chidi.delete(f"/posts/{late['id']}")
    assert refused(stage, f"?ticket={ticket}")
