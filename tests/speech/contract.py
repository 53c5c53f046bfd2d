"""Jobs' promises: once, newest first, one worker at a time, none forgotten; and the stand-in services."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from threading import Lock
from typing import Any, cast

import pytest

from chalicelib.core.aws import AwsError
from chalicelib.core.errors import BadRequestError, InvalidError
from chalicelib.core.ids import new_id
from chalicelib.core.items import typed
from chalicelib.core.pages import Turn
from chalicelib.speech import jobs as module
from chalicelib.speech.jobs import (
    PATIENCE_SECONDS,
    Asked,
    Job,
    JobNotFoundError,
    Jobs,
    NotFailedError,
    TooManyJobsError,
)
from chalicelib.speech.leases import GAVE_UP, LEASE_SECONDS, MOST_TRIES, Leases, LostError
from tests.support.persons import ADA, BOB, made_at_once
from tests.support.tables import Tables

NOW = 1_800_000_000
EVERYTHING = Turn(100)
# MPEG 2, layer 3, 48 kilobits, 24,000 Hz, mono: 144 bytes that last 24 milliseconds.
FRAME = b"\xff\xf3\x64\xc0" + bytes(140)
ABOUT = FRAME[:13] + b"Info" + FRAME[17:]
FRAME_SECONDS = 0.024


def an_mp3(frames: int) -> bytes:
    """As encoders write them: a tag, a frame about the file, the sound, another tag."""
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x05" + bytes(133)
    return tag + ABOUT + FRAME * frames + b"TAG" + bytes(125)


def refused(code: str, message: str = "", **more: str) -> AwsError:
    error = {"Code": code, "Message": message}
    return AwsError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}, "AnOperation")


class Translate:
    """Translates to capitals, and records what is charged. It takes anything that says `hola` for Spanish."""

    def __init__(self) -> None:
        self.charged: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    def translate_text(self, *, Text: str, SourceLanguageCode: str, TargetLanguageCode: str) -> dict[str, str]:
        self.asked.append((SourceLanguageCode, TargetLanguageCode))
        if self.failure:
            raise self.failure
        assert Text == Text.strip() != "" and len(Text.encode()) <= 10_000
        found = ("es" if "hola" in Text.lower() else "en") if SourceLanguageCode == "auto" else SourceLanguageCode
        if found == TargetLanguageCode:
            pair = {"SourceLanguageCode": found, "TargetLanguageCode": TargetLanguageCode}
            raise refused("UnsupportedLanguagePairException", "Not that pair.", **pair)
        self.charged.append(Text)
        return {"TranslatedText": Text.upper(), "SourceLanguageCode": found, "TargetLanguageCode": TargetLanguageCode}


class Polly:
    """A frame of sound for each character; records what is charged."""

    def __init__(self) -> None:
        self.charged: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.failure: Exception | None = None

    def synthesize_speech(self, *, Text: str, **how: str) -> dict[str, Any]:
        self.asked.append(how)
        if self.failure:
            raise self.failure
        assert len(Text.encode("utf-16-le")) // 2 <= 3_000
        self.charged.append(Text)
        return {"AudioStream": io.BytesIO(an_mp3(len(Text)))}


class Bucket:
    """As much of S3 as recordings need, two keys per page."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._lock = Lock()

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        assert ContentType == "audio/mpeg"
        self.files[Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.files[Key])}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, ContinuationToken: str = "") -> dict[str, Any]:
        with self._lock:
            keys = sorted(key for key in self.files if key.startswith(Prefix) and key > ContinuationToken)
        more = {"NextContinuationToken": keys[1]} if len(keys) > 2 else {}
        return {"Contents": [{"Key": key} for key in keys[:2]], "IsTruncated": bool(more), **more}

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            for each in Delete["Objects"]:
                self.files.pop(each["Key"], None)
        return {}


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def asked(text: str = "Hello", voice: str = "Lucia", **more: str) -> Asked:
    return cast(Asked, {"text": text, "voice": voice, **more})


def ids(jobs: list[Job]) -> list[str]:
    return [job["id"] for job in jobs]


def pages(jobs: Jobs, person: str, limit: int) -> Iterator[list[str]]:
    after = None
    while True:
        page = jobs.newest(person, Turn(limit, after))
        yield ids(page["items"])
        after = page["next"]
        if after is None:
            return


class JobsContract:
    """Subclasses provide the tables in a fixture `tables`."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def jobs(self, tables: Tables, clock: Clock) -> Jobs:
        return Jobs(tables.database, tables.new("SpeechTable"), clock)

    @pytest.fixture
    def leases(self, jobs: Jobs, clock: Clock) -> Leases:
        return Leases(jobs.database, jobs.table, clock)

    def fail(self, jobs: Jobs, leases: Leases, job: Job, reason: str = "No.") -> None:
        leases.fail(leases.take(jobs.get(job["person"], job["id"])), reason)

    def test_a_new_one_waits(self, jobs: Jobs) -> None:
        job = jobs.add(ADA, asked(" Hello,\n𝄞 <b>you</b> "))
        assert job == jobs.get(ADA, job["id"])
        told = {name: job[name] for name in ("text", "voice", "source", "status", "progress", "parts")}
        assert told == {"text": "Hello,\n𝄞 <b>you</b>", "voice": "Lucia", "source": "auto", "status": "queued",
                        "progress": 0, "parts": []}  # fmt: skip
        assert jobs.add(ADA, asked(source="es"))["source"] == "es"

    def test_a_voice_or_a_language_that_is_not_in_the_table(self, jobs: Jobs) -> None:
        for wrong, pointer in ((asked(voice="Nobody"), "/voice"), (asked(source="xx"), "/source")):
            with pytest.raises(InvalidError) as raised:
                jobs.add(ADA, wrong)
            assert [error["pointer"] for error in raised.value.errors or []] == [pointer]
        assert jobs.newest(ADA, EVERYTHING) == {"items": [], "next": None}

    def test_pages_are_newest_first_and_one_s_own(self, jobs: Jobs) -> None:
        mine = [jobs.add(ADA, asked(f"Text {number}"))["id"] for number in range(7)]
        jobs.add(BOB, asked())
        expected = sorted(mine, reverse=True)
        for limit in (1, 3, 7, 8):
            found = list(pages(jobs, ADA, limit))
            assert [id for page in found for id in page] == expected
            assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        foreign = jobs.newest(ADA, Turn(1))["next"]
        with pytest.raises(BadRequestError):
            jobs.newest(BOB, Turn(1, foreign))

    def test_pages_of_long_texts_are_shorter_and_miss_nothing(self, jobs: Jobs) -> None:
        """DynamoDB ends a page at a megabyte."""
        mine = [jobs._new(ADA, "𝄞" * 20_000, "Lucia", "en") | {"parts": ["字" * 60_000]} for _ in range(8)]
        for job in mine:
            jobs.database.put_item(TableName=jobs.table, Item=typed(job))
        found = list(pages(jobs, ADA, 100))
        assert [id for page in found for id in page] == sorted(ids(mine), reverse=True)
        assert len(found) > 1 and all(len(page) < 6 for page in found)

    def test_the_same_client_id_is_the_same_job(self, jobs: Jobs) -> None:
        made = made_at_once([partial(jobs.add, ADA, asked(clientId="c"))] * 4)
        assert ids(made) == ids(made[:1]) * 4
        assert jobs.add(ADA, asked("Other", clientId="c")) == made[0]
        assert jobs.add(BOB, asked(clientId="c"))["id"] != made[0]["id"]
        assert ids(jobs.newest(ADA, EVERYTHING)["items"]) == ids(made[:1])
        jobs.remove(ADA, made[0]["id"])
        with pytest.raises(JobNotFoundError):
            jobs.add(ADA, asked(clientId="c"))

    def test_so_many_unfinished_and_no_more(self, jobs: Jobs, leases: Leases, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_UNFINISHED", 2)
        first, second = jobs.add(ADA, asked(clientId="c")), jobs.add(ADA, asked())
        with pytest.raises(TooManyJobsError) as raised:
            jobs.add(ADA, asked())
        assert (raised.value.status, raised.value.retry_after) == (429, 30)
        assert jobs.add(ADA, asked(clientId="c")) == first, "one that was sent before is told all the same"
        jobs.add(BOB, asked())
        self.fail(jobs, leases, second)
        for _ in range(2):
            jobs.make_room(ADA, second["id"])
        third = jobs.add(ADA, asked())
        with pytest.raises(TooManyJobsError):
            jobs.retry(ADA, second["id"])
        jobs.make_room(ADA, third["id"])
        assert jobs.retry(ADA, second["id"])["status"] == "queued"

    def test_only_its_owner_finds_it(self, jobs: Jobs) -> None:
        job = jobs.add(ADA, asked(clientId="c"))
        attempts = [(BOB, job["id"]), (ADA, new_id()), (ADA, "x"), (ADA, "é" * 26)]
        for person, id in attempts:
            for act in (jobs.get, jobs.retry, jobs.remove):
                with pytest.raises(JobNotFoundError) as raised:
                    act(person, id)
                assert raised.value.status == 404
        jobs.remove(ADA, job["id"])
        with pytest.raises(JobNotFoundError):
            jobs.remove(ADA, job["id"])

    def test_only_one_that_failed_is_tried_again(self, jobs: Jobs, leases: Leases) -> None:
        job = jobs.add(ADA, asked())
        with pytest.raises(NotFailedError):
            jobs.retry(ADA, job["id"])
        taken = leases.go_on(leases.take(job), parts=["Hola"])
        leases.fail(taken, "No.")
        failed = jobs.get(ADA, job["id"])
        assert (failed["status"], failed["reason"], "due" in failed, "worker" in failed) == (
            "failed", "No.", False, False)  # fmt: skip
        again = jobs.retry(ADA, job["id"])
        assert (again["status"], again["tries"], again["parts"], "reason" in again) == ("queued", 0, ["Hola"], False)
        with pytest.raises(NotFailedError):
            jobs.retry(ADA, job["id"])

    def test_erases_all_of_one_and_nothing_of_others(self, tables: Tables, jobs: Jobs) -> None:
        for number in range(3):
            jobs.add(ADA, asked(clientId=f"c{number}"))
        other = jobs.add(BOB, asked())
        for _ in range(2):
            jobs.erase(ADA)
            jobs.make_room(ADA, other["id"])
            assert not [item for item in tables.items(jobs.table) if ADA in item["person"]["S"]]
        assert jobs.newest(BOB, EVERYTHING)["items"] == [other]

    # Leases

    def test_one_worker_at_a_time(self, jobs: Jobs, leases: Leases, clock: Clock) -> None:
        job = jobs.add(ADA, asked())

        def take() -> Job | None:
            try:
                return leases.take(job)
            except LostError:
                return None

        [mine] = [taken for taken in made_at_once([take] * 3) if taken]
        assert (mine["status"], mine["tries"]) == ("translating", 1)
        clock.now += LEASE_SECONDS - 1
        mine = leases.go_on(mine, status="speaking", progress=0.5)
        clock.now += LEASE_SECONDS
        with pytest.raises(LostError):
            leases.take(mine)
        clock.now += 1
        other = leases.take(mine)
        assert (other["status"], other["progress"], other["tries"]) == ("speaking", 0.5, 2)
        for late in (leases.go_on, leases.let_go, lambda job: leases.finish(job, 1.5)):
            with pytest.raises(LostError):
                late(mine)
        leases.finish(other, 1.5)
        ready = jobs.get(ADA, job["id"])
        assert (ready["status"], ready["progress"], ready["seconds"]) == ("ready", 1, 1.5)
        with pytest.raises(LostError):
            leases.take(ready)

    def test_what_is_deleted_does_not_come_back(self, jobs: Jobs, leases: Leases) -> None:
        job = jobs.add(ADA, asked())
        taken = leases.take(job)
        jobs.remove(ADA, job["id"])
        writes = (leases.take, leases.go_on, leases.let_go, lambda job: leases.finish(job, 1.5))
        for write in writes:
            with pytest.raises(LostError):
                write(taken)
        assert jobs.find(ADA, job["id"]) is None

    def test_what_goes_wrong_is_taken_over_and_in_the_end_fails(self, jobs: Jobs, leases: Leases) -> None:
        job = jobs.add(ADA, asked())
        for number in range(1, MOST_TRIES + 1):
            job = leases.take(job)
            assert job["tries"] == number
            leases.let_go(job)
            job = jobs.get(ADA, job["id"])
            assert (job["status"] == "failed") == (number == MOST_TRIES)
        assert job["reason"] == GAVE_UP

    def test_nobody_is_forgotten(self, jobs: Jobs, leases: Leases, clock: Clock) -> None:
        """One that nobody took, and one whose workers died again and again."""
        waiting, dying = jobs.add(ADA, asked()), jobs.add(BOB, asked())
        leases.take(dying)
        assert list(leases.overdue()) == []
        clock.now += PATIENCE_SECONDS + 1
        assert ids(list(leases.overdue())) == [waiting["id"]]
        assert list(leases.overdue()) == [], "each is told once"
        leases.finish(leases.take(jobs.get(ADA, waiting["id"])), 1.5)
        for _ in range(MOST_TRIES - 1):
            clock.now += LEASE_SECONDS + 1
            [found] = leases.overdue()
            assert found["id"] == dying["id"]
            leases.take(found)
        clock.now += LEASE_SECONDS + 1
        assert list(leases.overdue()) == []
        failed = jobs.get(BOB, dying["id"])
        assert (failed["status"], failed["reason"]) == ("failed", GAVE_UP)
