"""Speech as the gateway and its events meet it: routes, the stream, the topic, the timer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

import app
from chalicelib.core import aws
from chalicelib.core.erasure import erasers
from chalicelib.live import api as live
from chalicelib.live.connections import Connection
from chalicelib.live.posting import Outcome
from chalicelib.speech import api as speech
from chalicelib.speech import jobs as jobs_module
from chalicelib.speech.leases import LEASE_SECONDS, Leases
from tests.speech.contract import FRAME, FRAME_SECONDS, Clock, Polly, Translate, asked, refused
from tests.support.clock import at
from tests.support.events import ADA, BOB, CONTEXT, Answer, Api
from tests.support.failing import Failing
from tests.support.persons import signed
from tests.support.unit import BUCKET, KEYS

Json = dict[str, Any]
NOBODY_THERE = "There is no such speech, or it is not yours."


class Topic:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def publish(self, *, TopicArn: str, Message: str) -> None:
        assert TopicArn.endswith(":commonplace-none-new-speech")
        self.messages.append(Message)


class Stage:
    """The application with the speech services; events are delivered when the test says so."""

    def __init__(self, api: Api, patch: pytest.MonkeyPatch) -> None:
        self.api, self.topic, self.translate, self.polly = api, Topic(), Translate(), Polly()
        self.pushed: list[tuple[str, Json]] = []
        self.table = speech.jobs().table
        self._before: dict[str, Json] = {}
        patch.setenv("SOCKET_ENDPOINT", "http://{api}")
        patch.setattr(live, "post_all", self._post)
        for name, client in (("sns", self.topic), ("translate", self.translate), ("polly", self.polly)):
            patch.setitem(aws._clients, name, client)
        for person in ("ada", "bob"):
            at(1_800_000_000, live.connections()).open(Connection(person, "api"), signed(person))

    def _post(self, endpoint: str, ids: Any, text: bytes) -> Outcome:
        self.pushed += [(id, json.loads(text)) for id in ids]
        return Outcome(len(ids), [], {})

    def add(self, text: str = "Hello", **more: Any) -> Answer:
        return self.api.call("POST", "/speech", who=ADA, json=asked(text, **more))

    def get(self, id: str) -> Json:
        found: Json = self.api.call("GET", f"/speech/{id}", who=ADA).body
        return found

    def records(self) -> list[Json]:
        """The stream's records since the last call."""
        items = aws.client("dynamodb").scan(TableName=self.table)["Items"]
        after = {json.dumps([item["person"], item["id"]]): item for item in items}
        changed = [key for key in {**self._before, **after} if self._before.get(key) != after.get(key)]
        self._before = after
        keys = [dict(zip(("person", "id"), json.loads(key), strict=True)) for key in changed]
        return [{"eventName": "MODIFY", "dynamodb": {"SequenceNumber": str(n), "Keys": k}} for n, k in enumerate(keys)]

    def stream(self, records: list[Json] | None = None) -> list[Json]:
        records = self.records() if records is None else records
        assert app.tell_speech({"Records": records}, CONTEXT) == {"batchItemFailures": []}
        return records

    def deliver(self, message: str) -> None:
        app.make_speech({"Records": [{"Sns": {"Message": message, "Subject": None, "MessageAttributes": {}}}]}, CONTEXT)

    def run(self) -> None:
        """Until nothing happens any more."""
        while records := self.records():
            self.stream(records)
            while self.topic.messages:
                self.deliver(self.topic.messages.pop())

    def files(self, prefix: str = "ada/") -> list[str]:
        found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]


@pytest.fixture
def stage(api: Api, moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    stage = Stage(api, monkeypatch)
    yield stage
    speech.recordings().erase("ada")


def test_from_a_text_to_a_recording(stage: Stage) -> None:
    added = stage.add("Hello there", clientId="c1")
    id = added.body["id"]
    assert added.status == 202
    assert added.body == {"id": id, "text": "Hello there", "translation": None, "source": "auto", "voice": "Lucia",
                          "status": "queued", "progress": 0, "at": added.body["at"]}  # fmt: skip
    assert stage.add("Hello there", clientId="c1").body == added.body
    assert not stage.translate.asked, "a request waits for nothing"
    stage.run()
    made = stage.get(id)
    audio = made.pop("audio")
    assert made == {**added.body, "status": "ready", "progress": 1, "source": "en", "translation": "HELLO THERE"}
    assert (audio["type"], audio["seconds"]) == ("audio/mpeg", pytest.approx(11 * FRAME_SECONDS))
    played, kept = requests.get(audio["url"], timeout=9), requests.get(audio["download"], timeout=9)
    assert played.content == kept.content == FRAME * 11
    assert played.headers["Content-Type"] == "audio/mpeg"
    assert kept.headers["Content-Disposition"] == f'attachment; filename="Lucia {made["at"][:10]}.mp3"'
    assert stage.files() == [f"ada/{id}/speech.mp3"], "the pieces are gone"
    listed = stage.api.call("GET", "/speech", who=ADA).body
    assert [item["id"] for item in listed["items"]] == [id] and listed["next"] is None
    assert stage.api.call("GET", "/speech", who=BOB).body["items"] == []


def test_every_step_is_pushed_to_its_owner(stage: Stage) -> None:
    id = stage.add().body["id"]
    stage.stream()
    assert [(who, what["speech"]["status"]) for who, what in stage.pushed] == [("ada", "queued")]
    assert not {"text", "translation"} & stage.pushed[0][1]["speech"].keys(), "a push has room for 128 KB"
    [entry] = stage.topic.messages
    stage.polly.failure = refused("ServiceFailureException")
    with pytest.raises(Exception, match="ServiceFailure"):
        stage.deliver(entry)
    stage.stream()
    stage.polly.failure = None
    stage.deliver(entry)
    old = stage.stream()
    told = [what["speech"] for _, what in stage.pushed if what["type"] == "speech"]
    assert [each["status"] for each in told] == ["queued", "speaking", "ready"]
    assert {each["id"] for each in told} == {id}
    stage.api.call("DELETE", f"/speech/{id}", who=ADA)
    stage.stream()
    assert stage.pushed[-1][1]["type"] == "speech.deleted" and stage.pushed[-1][1]["id"] == id
    stage.stream(old)
    assert stage.pushed[-1][1]["type"] == "speech.deleted", "a record that comes late tells what is now"
    assert {who for who, _ in stage.pushed} == {"ada"}


def test_events_that_come_twice_change_nothing(stage: Stage) -> None:
    id = stage.add().body["id"]
    records = stage.records()
    for _ in range(2):
        stage.stream(records)
    assert len(stage.topic.messages) == 2
    for message in stage.topic.messages * 2:
        stage.deliver(message)
    for _ in range(2):
        stage.stream(records)
    assert stage.get(id)["status"] == "ready"
    assert stage.translate.charged == ["Hello"] and stage.polly.charged == ["HELLO"]
    assert stage.files() == [f"ada/{id}/speech.mp3"]


def test_deleted_at_any_time_nothing_is_left(stage: Stage) -> None:
    waiting, ready = stage.add().body["id"], stage.add("Bye").body["id"]
    stage.stream()
    [entry, *_] = [message for message in stage.topic.messages if ready in message]
    stage.deliver(entry)
    for id in (waiting, ready):
        assert stage.api.call("DELETE", f"/speech/{id}", who=ADA).status == 204
        assert stage.api.call("GET", f"/speech/{id}", who=ADA).problem(404)["detail"] == NOBODY_THERE
    late = list(stage.topic.messages)
    stage.stream()
    for message in late:
        stage.deliver(message)
    assert stage.files() == [] and stage.translate.charged == ["Bye"]


def test_a_failed_one_says_why_and_can_be_tried_again(stage: Stage) -> None:
    stage.translate.failure = refused("DetectedLanguageLowConfidenceException")
    id = stage.add().body["id"]
    stage.run()
    failed = stage.get(id)
    assert (failed["status"], failed["reason"]) == (
        "failed", "We can't tell the language of this text for sure. Choose it yourself.")  # fmt: skip
    assert stage.api.call("POST", f"/speech/{id}/retry", who=BOB).problem(404)
    stage.translate.failure = None
    again = stage.api.call("POST", f"/speech/{id}/retry", who=ADA)
    assert (again.status, again.body["status"], "reason" in again.body) == (202, "queued", False)
    assert stage.api.call("POST", f"/speech/{id}/retry", who=ADA).problem(409)
    stage.run()
    assert stage.get(id)["status"] == "ready"


def test_a_lost_entry_is_announced_by_the_clock(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    id = stage.add().body["id"]
    clock = Clock()
    clock.now = 4_000_000_000
    monkeypatch.setattr("time.time", clock)
    monkeypatch.setattr(speech, "leases", lambda: jobs_leases(clock))
    event = {"source": "aws.events", "detail": {}, "detail-type": "Scheduled Event"}
    full = {**event, "version": "0", "account": "1", "time": "x", "region": "x", "resources": [], "id": "x"}
    app.resume_speech(full, CONTEXT)
    assert [json.loads(message)["id"] for message in stage.topic.messages] == [id]


def jobs_leases(clock: Clock) -> Any:
    return Leases(aws.client("dynamodb"), speech.jobs().table, clock)


def test_too_many_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "MOST_UNFINISHED", 1)
    stage.add()
    refusal = stage.add()
    assert refusal.problem(429)["detail"].startswith("1 of your texts")
    assert refusal.headers["retry-after"] == "30"
    stage.run()
    assert stage.add().status == 202, "finished, it makes room"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/text", "/voice"]),
        (asked(""), ["/text"]),
        (asked(" \n "), ["/text"]),
        (asked("x" * 20_001), ["/text"]),
        (asked("\x00"), ["/text"]),
        (asked(voice="Nobody"), ["/voice"]),
        (asked(source="klingon"), ["/source"]),
        (asked(clientId="ö"), ["/clientId"]),
        (asked(speed="fast"), ["/speed"]),
        ({"text": 7, "voice": None}, ["/text", "/voice"]),
    ],
)
def test_bad_bodies_are_named(door: Api, body: Json, pointers: list[str]) -> None:
    answer = door.call("POST", "/speech", who=ADA, json=body)
    assert answer.problem(422) and sorted(set(answer.pointers)) == pointers


def test_the_longest_text_is_taken(stage: Stage) -> None:
    text = "𝄞" * 20_000  # each is twelve bytes of JSON
    assert stage.add(text).body["text"] == text


def test_voices_ask_nothing_of_the_cloud(door: Api) -> None:
    voices = door.call("GET", "/speech/voices").body
    assert {"id": "Lea", "language": "fr-FR", "languageName": "French (France)", "name": "Léa", "gender": "female"} in (
        voices
    )


def test_an_account_that_ends_takes_its_speech(stage: Stage) -> None:
    stage.add(clientId="c1")
    stage.run()
    speech.recordings().put("adam/1/speech.mp3", b"")
    for _ in range(2):
        for erase in erasers:
            erase("ada")
        assert stage.files("ada/") == [] and stage.files("adam/") == ["adam/1/speech.mp3"]
        assert aws.client("dynamodb").scan(TableName=stage.table)["Items"] == []
    speech.recordings().erase("adam")


def test_a_record_that_fails_comes_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.add()
    monkeypatch.setitem(aws._clients, "sns", Failing(ConnectionError("secret")))
    records = [each for each in stage.records() if each["dynamodb"]["Keys"]["person"]["S"] == "ada"]
    answer = app.tell_speech({"Records": records}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]}


def test_a_call_fails_before_the_lease_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws, "_clients", {})
    for service in ("polly", "translate", "s3"):
        config = aws.client(service).meta.config
        tries = config.retries["total_max_attempts"]
        assert tries * (config.connect_timeout + config.read_timeout) + 20 < LEASE_SECONDS  # plus the pauses between
