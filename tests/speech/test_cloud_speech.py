"""Speech on the deployed stage: from a text to an intelligible recording, and until nothing is left."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
import requests

from chalicelib.core.ids import new_id
from chalicelib.core.items import plain, typed
from tests.live.test_cloud_live import command, deliver_again, records
from tests.speech import mp3
from tests.speech.hearing import SENTENCES, Listener
from tests.support.cloud import outputs, problem, root
from tests.support.sockets import Json, Socket
from tests.support.stage import RunningStage, User, until

PATIENCE = 60.0


def added(user: User, text: str, voice: str = "Joanna", **more: str) -> Json:
    answer = user.post("/speech", {"text": text, "voice": voice, **more})
    assert answer.status_code == 202, answer.text
    job: Json = answer.json()
    return job


def ended(user: User, job: Json) -> Json:
    """Once nothing more happens to it."""

    def read() -> Json:
        found: Json = user.get(f"/speech/{job['id']}").json()
        return found if found["status"] in ("ready", "failed") else {}

    return until(read, PATIENCE)


def recording(job: Json) -> bytes:
    answer = requests.get(job["audio"]["url"], timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/mpeg"), answer.text
    return answer.content


def kept(stage: RunningStage, prefix: str) -> list[str]:
    found = root(stage, "s3").list_objects_v2(Bucket=outputs(stage)["SpeechBucket"], Prefix=prefix)
    return [each["Key"] for each in found.get("Contents", [])]


def row(stage: RunningStage, user: User, job: Json) -> Json | None:
    key = {"person": {"S": user.id}, "id": {"S": job["id"]}}
    found = root(stage, "dynamodb").get_item(TableName=outputs(stage)["SpeechTable"], Key=key, ConsistentRead=True)
    item: Json | None = found.get("Item")
    return item


def test_a_text_is_spoken_so_that_one_understands_it(bruno: User, tmp_path: Path) -> None:
    """Text in the voice's language is not translated; Spanish is taken for none of the sentences."""
    listener, sentence = Listener(tmp_path), SENTENCES[0]
    english = added(bruno, sentence.capitalize() + ".", source="en")
    spanish = added(bruno, "La biblioteca abre a las nueve de la mañana.", "Lucia", source="es")
    made = ended(bruno, english)
    assert (made["status"], made["progress"], made["translation"], made["source"]) == ("ready", 1, None, "en")
    sound = recording(made)
    assert listener.hear(sound) == sentence
    assert made["audio"]["seconds"] == pytest.approx(mp3.read(sound).seconds, abs=0.01)
    assert listener.hear(recording(ended(bruno, spanish))) is None


def test_a_text_is_translated_and_each_step_is_told(bruno: User, chidi: User) -> None:
    with Socket(bruno) as socket, Socket(chidi) as other:
        job = added(bruno, "Good morning. The weather is very nice today.", "Lucia", clientId=secrets.token_hex(6))
        told: list[Json] = []
        while not told or told[-1]["status"] != "ready":
            about_it = socket.until(lambda heard: heard.get("speech", {}).get("id") == job["id"], PATIENCE)
            told.append(about_it["speech"])
        steps = list(dict.fromkeys(each["status"] for each in told))
        assert [step for step in ("queued", "translating", "speaking", "ready") if step in steps] == steps
        assert [each["progress"] for each in told] == sorted(each["progress"] for each in told)
        made = bruno.get(f"/speech/{job['id']}").json()
        assert made["source"] == "en" and {"buenos", "tiempo", "hoy"} <= set(
            made["translation"].lower().replace(".", "").split()
        )
        assert bruno.delete(f"/speech/{job['id']}").status_code == 204
        assert socket.of("speech.deleted")["id"] == job["id"]
        other.ping()
        assert "speech" not in other.kinds()


def test_a_recording_is_for_its_owner_alone_and_for_a_while(stage: RunningStage, bruno: User, chidi: User) -> None:
    job = ended(bruno, added(bruno, "A sentence of mine."))
    sound = recording(job)
    part = requests.get(job["audio"]["url"], headers={"Range": "bytes=100-199"}, timeout=20)
    assert (part.status_code, part.content) == (206, sound[100:200]), "a player can seek"
    file = requests.get(job["audio"]["download"], timeout=20)
    assert file.content == sound and file.headers["Content-Disposition"].startswith('attachment; filename="Joanna ')
    unsigned, query = job["audio"]["url"].split("?")
    assert requests.get(unsigned, timeout=20).status_code == 403
    forged = unsigned.replace(job["id"], "0" * 26) + "?" + query
    longer = job["audio"]["url"].replace("X-Amz-Expires=900", "X-Amz-Expires=90000")
    assert [requests.get(url, timeout=20).status_code for url in (forged, longer)] == [403, 403]
    problem(chidi.get(f"/speech/{job['id']}"), 404)
    assert chidi.get("/speech").json()["items"] == []


def test_the_longest_text_is_one_recording(bruno: User) -> None:
    sentence = "The library opens at nine in the morning, and <b>my sister</b> plays the violin. "
    text = (sentence * 300)[:20_000].strip()
    job = ended(bruno, added(bruno, text, source="en"))
    assert job["status"] == "ready" and job["text"] == text
    whole = mp3.read(recording(job))
    assert whole.seconds == pytest.approx(job["audio"]["seconds"], abs=0.01)
    one = ended(bruno, added(bruno, sentence, source="en"))["audio"]["seconds"]
    assert whole.seconds == pytest.approx(one * len(text) / len(sentence), rel=0.15)


def test_told_three_times_it_is_made_once(stage: RunningStage, bruno: User) -> None:
    """By the topic as well as by the stream; the result stays the very same file."""
    job = ended(bruno, added(bruno, "Only once.", source="en"))
    sound, before = recording(job), row(stage, bruno, job)
    entry = json.dumps({"person": bruno.id, "id": job["id"]})
    for _ in range(3):
        root(stage, "sns").publish(TopicArn=outputs(stage)["NewSpeechArn"], Message=entry)
    again = [each for each in records(stage, "SpeechStream") if each["dynamodb"]["Keys"]["id"]["S"] == job["id"]]
    deliver_again(stage, "tell_speech", again)
    event: Json = {"Records": [{"Sns": {"Message": entry, "Subject": None, "MessageAttributes": {}}}]}
    name = f"commonplace-{stage.name}-make_speech"
    answer = root(stage, "lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer
    assert row(stage, bruno, job) == before and before and before["tries"] == {"N": "1"}
    assert recording(bruno.get(f"/speech/{job['id']}").json()) == sound
    assert kept(stage, f"{bruno.id}/{job['id']}/") == [f"{bruno.id}/{job['id']}/speech.mp3"]


def test_a_worker_that_died_is_replaced(stage: RunningStage, bruno: User) -> None:
    """Its lease is over, and only the timer announces it."""
    job = ended(bruno, added(bruno, "Died on the way.", source="en"))
    table, key = outputs(stage)["SpeechTable"], {"person": {"S": bruno.id}, "id": {"S": job["id"]}}
    root(stage, "dynamodb").update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET #status = :speaking, worker = :dead, lane = :lane, due = :past",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":speaking": {"S": "speaking"}, ":dead": {"S": "dead"}, ":lane": {"N": "1"}, ":past": {"N": "1"},
        },
    )  # fmt: skip
    clock = {"version": "0", "id": "x", "detail-type": "Scheduled Event", "source": "aws.events", "account": "1",
             "time": "2026-11-21T00:00:00Z", "region": "us-east-1", "resources": [], "detail": {}}  # fmt: skip
    name = f"commonplace-{stage.name}-resume_speech"
    assert "FunctionError" not in root(stage, "lambda").invoke(FunctionName=name, Payload=json.dumps(clock).encode())
    assert ended(bruno, job)["status"] == "ready"
    found = row(stage, bruno, job)
    assert found and found["tries"] == {"N": "2"} and not {"worker", "lane", "due"} & found.keys()


def test_what_can_t_be_translated_says_what_would_help(bruno: User) -> None:
    """The worker retries nothing: the text has failed, and can be retried."""
    job = ended(bruno, added(bruno, "Good morning. The weather is very nice today.", "Gwyneth", source="en"))
    assert job["status"] == "failed" and "audio" not in job
    assert job["reason"].startswith("There is no translation into Welsh.") or "English into Welsh" in job["reason"]
    assert "Apertium" in job["reason"]
    again = bruno.call("POST", f"/speech/{job['id']}/retry")
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    assert ended(bruno, job)["status"] == "failed"


def test_what_goes_wrong_on_our_side_waits_in_the_failures_queue(stage: RunningStage, bruno: User) -> None:
    """A row that no worker can read: tried three times, reported to the person, kept for the engineer."""
    database, table, id = root(stage, "dynamodb"), outputs(stage)["SpeechTable"], new_id()
    row = {"person": bruno.id, "id": id, "voice": "Joanna", "source": "en", "status": "queued", "progress": 0,
           "parts": [], "tries": 0, "at": "2026-11-21T00:00:00.000Z", "lane": 0, "due": 4_000_000_000}  # fmt: skip
    database.put_item(TableName=table, Item=typed(row))
    key = typed({"person": bruno.id, "id": id})

    def now() -> Json:
        found: Json = plain(database.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"])
        return found

    until(lambda: now()["status"] == "failed", PATIENCE)
    assert now()["tries"] == 3 and now()["reason"].startswith("Something went wrong on our side")
    said = until(lambda: [line for line in command(stage).stdout.splitlines() if "make_speech" in line], PATIENCE)
    assert len(said) == 1
    replayed = command(stage, "--replay")
    assert (replayed.returncode, replayed.stdout[:4]) == (0, "done"), replayed.stdout + replayed.stderr
    database.delete_item(TableName=table, Key=key)


def test_what_is_deleted_leaves_nothing(stage: RunningStage, bruno: User, somebody: User) -> None:
    job = ended(bruno, added(bruno, "Gone soon.", source="en"))
    running = added(bruno, "This one is deleted while it is made. " * 300, source="en")
    for one in (job, running):
        assert bruno.delete(f"/speech/{one['id']}").status_code == 204
        problem(bruno.get(f"/speech/{one['id']}"), 404)
        problem(bruno.delete(f"/speech/{one['id']}"), 404)
    until(lambda: not kept(stage, f"{bruno.id}/{job['id']}/"), PATIENCE)

    id = somebody.id
    ended(somebody, added(somebody, "All that I have.", source="en", clientId="c1"))
    added(somebody, "And something that is under way. " * 100, source="en")
    assert somebody.delete("/me").status_code == 204
    until(lambda: not kept(stage, f"{id}/"), PATIENCE)
    rows: list[Any] = root(stage, "dynamodb").scan(TableName=outputs(stage)["SpeechTable"])["Items"]
    assert not [each for each in rows if each["person"]["S"].endswith(id)]
    until(lambda: not kept(stage, f"{bruno.id}/{running['id']}/"), PATIENCE)
