"""The parts of speech: texts in parts, sound in frames, and work that survives any interruption."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from chalicelib.core import schemas
from chalicelib.core.aws import AwsError
from chalicelib.core.files import UndeletedError
from chalicelib.speech import mp3, recordings, voices
from chalicelib.speech.jobs import Job, Jobs, shown
from chalicelib.speech.leases import GAVE_UP, LEASE_SECONDS, MOST_TRIES, Leases
from chalicelib.speech.recordings import Recordings
from chalicelib.speech.speaker import Speaker
from chalicelib.speech.texts import apart, cut, spoken_units, utf8_bytes
from chalicelib.speech.translator import Translator
from chalicelib.speech.worker import Worker
from laptop.speech import apertium
from laptop.speech.voices import VOICES
from tests.speech.contract import FRAME, FRAME_SECONDS, Bucket, Clock, Polly, Translate, an_mp3, asked, refused
from tests.support.persons import ADA, BOB, made_at_once
from tests.support.tables import Tables

# Texts


@settings(max_examples=40, deadline=None)
@given(some.text(max_size=300), some.integers(4, 60), some.sampled_from([utf8_bytes, spoken_units]))
def test_parts_are_the_text_and_none_is_too_large(text: str, most: int, size: Callable[[str], int]) -> None:
    parts = cut(text, most, size)
    assert "".join(parts) == text
    assert all(0 < sum(map(size, part)) <= most for part in parts)


@pytest.mark.parametrize(
    ("text", "most", "parts"),
    [
        ("", 5, []),
        ("All in one.", 11, ["All in one."]),
        ("One. Two! Three?", 12, ["One. Two! ", "Three?"]),
        ("He said “Go.” And went.", 18, ["He said “Go.” ", "And went."]),
        ("Pi is 3.14 or so. Yes.", 19, ["Pi is 3.14 or so. ", "Yes."]),
        ("A heading\n\nand a text", 14, ["A heading\n\n", "and a text"]),
        ("no end of a sentence", 9, ["no end ", "of a ", "sentence"]),
        ("Unbelievable", 5, ["Unbel", "ievab", "le"]),
        ("你好。再见。", 4, ["你好。", "再见。"]),
        ("One.  \n  Two.", 10, ["One.  \n  ", "Two."]),
        ("abce\u0301fg", 4, ["abc", "e\u0301fg"]),
        ("ab👩\u200d🚀cd", 4, ["ab", "👩\u200d🚀c", "d"]),
        ("👍🏽👍🏽", 3, ["👍🏽", "👍🏽"]),
        ("e" + "\u0301" * 6, 4, ["e\u0301\u0301\u0301", "\u0301\u0301\u0301"]),
    ],
)
def test_cuts_where_a_reader_would_pause(text: str, most: int, parts: list[str]) -> None:
    assert cut(text, most, lambda letter: 1) == parts


def test_measures_as_the_services_do() -> None:
    assert [(utf8_bytes(letter), spoken_units(letter)) for letter in "aé字𝄞"] == [(1, 1), (2, 1), (3, 2), (4, 2)]


@settings(max_examples=40, deadline=None)
@given(some.text())
def test_blanks_are_set_apart(text: str) -> None:
    before, core, behind = apart(text)
    assert before + core + behind == text and core == text.strip()


# Sound


def test_only_sound_is_joined_and_its_length_is_known() -> None:
    sound, seconds = mp3.joined([an_mp3(10), an_mp3(0), an_mp3(5)])
    assert sound == FRAME * 15
    assert seconds == pytest.approx(15 * FRAME_SECONDS)
    again, twice = mp3.joined([sound, sound])
    assert again == FRAME * 30 and twice == pytest.approx(30 * FRAME_SECONDS), "joined is an MP3 again"


@pytest.mark.parametrize(
    ("header", "size", "seconds"),
    [
        ("fffb9064", 417, 1152 / 44_100),  # MPEG 1, 128 kilobits
        ("fffb9264", 418, 1152 / 44_100),  # with a byte of padding
        ("fff364c0", 144, 576 / 24_000),  # MPEG 2, 48 kilobits: neural voices
        ("fff360c0", 156, 576 / 22_050),  # MPEG 2, 22,050 Hz: standard voices
        ("ffe364c0", 288, 576 / 12_000),  # MPEG 2.5
    ],
)
def test_headers_are_read(header: str, size: int, seconds: float) -> None:
    frame = bytes.fromhex(header) + bytes(size - 4)
    assert list(mp3.frames(frame * 2)) == [(frame, seconds)] * 2


@pytest.mark.parametrize(
    "file", [b"", b"\xff", bytes(100), b"ID3\x04", FRAME[:-1], b"RIFF" + bytes(50), b"\xff" * 50, b"\xff\xf3\xf4\xc0"]
)
def test_what_is_no_sound_lasts_no_time(file: bytes) -> None:
    assert mp3.joined([file]) == (b"", 0)


@settings(max_examples=40, deadline=None)
@given(some.binary(max_size=400))
def test_whatever_stands_between_frames_is_left_out(noise: bytes) -> None:
    sound, _ = mp3.joined([FRAME * 2 + noise])
    assert sound.startswith(FRAME * 2)


# Voices


def test_the_table_says_what_is_needed_of_each_voice() -> None:
    assert len(voices.all_voices()) == len(voices.shown()) >= 30
    assert schemas.faults("speech/voices", voices.shown()) == []
    assert len({voice.language for voice in voices.all_voices().values()}) >= 15
    for voice in voices.all_voices().values():
        assert re.fullmatch("[A-Z][a-z]+", voice.id) and voice.engine in ("neural", "standard")
        assert re.fullmatch("[a-z]{2}(-[A-Z]{2})?", voice.translate) and re.fullmatch(
            "[a-z]{2}-[A-Z]{2}", voice.language
        )
        assert voice.language.partition("-")[0] == voices.family(voice.translate), "what a text can be said to be in"
    assert voices.name_of("es-MX") == "Spanish" and voices.name_of("xx") == "xx"


def test_each_voice_says_which_texts_it_can_speak_here() -> None:
    assert all("reads" not in voice for voice in voices.shown())
    pairs = {"en>es", "es>pt-PT", "es>pt"}
    reads = {voice["id"]: voice["reads"] for voice in voices.shown(pairs)}
    assert reads["Lucia"] == reads["Mia"] == ["en", "es"]
    assert (reads["Ines"], reads["Seoyeon"]) == (["es", "pt"], ["ko"])
    assert schemas.faults("speech/voices", voices.shown(pairs)) == []


def test_a_laptop_names_what_apertium_translates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apertium, "installed", lambda: {"eng-spa", "spa-ita"})
    assert apertium.ways() == ["en>es", "en>it", "es>it"]


def test_every_voice_speaks_on_a_laptop_too() -> None:
    for voice in voices.all_voices().values():
        there = VOICES[voice.id]
        assert voice.engine in there.engines and voice.gender == there.gender.lower()


# The work


@dataclass
class Studio:
    """Everything that a worker needs; only the table is real."""

    tables: Tables
    clock: Clock = field(default_factory=Clock)
    translate: Translate = field(default_factory=Translate)
    polly: Polly = field(default_factory=Polly)
    bucket: Bucket = field(default_factory=Bucket)

    def __post_init__(self) -> None:
        self.table = self.tables.new("SpeechTable")
        self.jobs = Jobs(self.tables.database, self.table, self.clock)
        self.leases = Leases(self.tables.database, self.table, self.clock)

    def worker(self, through: Callable[[str, Any], Any] = lambda name, client: client) -> Worker:
        """`through` may stand between the worker and what it calls."""
        database = through("dynamodb", self.tables.database)
        return Worker(
            Jobs(database, self.table, self.clock),
            Leases(database, self.table, self.clock),
            Recordings(through("s3", self.bucket), "bucket"),
            Translator(through("translate", self.translate)),
            Speaker(through("polly", self.polly)),
        )

    def made(self, text: str = "Hello", **more: str) -> dict[str, Any]:
        job = self.jobs.add(ADA, asked(text, **more))
        self.worker().work(ADA, job["id"])
        return self.told(job["id"])

    def told(self, id: str) -> dict[str, Any]:
        return shown(self.jobs.get(ADA, id), lambda job: {"seconds": job["seconds"]})

    def recording(self, id: str) -> bytes:
        return self.bucket.files[f"{ADA}/{id}/speech.mp3"]


@pytest.fixture
def studio(own_tables: Tables) -> Studio:
    return Studio(own_tables)


def test_translates_and_speaks(studio: Studio) -> None:
    made = studio.made("Hello there")
    assert (made["status"], made["progress"], made["source"]) == ("ready", 1, "en")
    assert made["translation"] == "HELLO THERE"
    assert made["audio"] == {"seconds": pytest.approx(11 * FRAME_SECONDS)}
    assert studio.recording(made["id"]) == FRAME * 11
    assert studio.translate.asked == [("auto", "es")]
    assert studio.polly.asked == [{"Engine": "neural", "OutputFormat": "mp3", "TextType": "text", "VoiceId": "Lucia"}]


def test_says_what_is_written_as_it_is_written(studio: Studio) -> None:
    text = '<speak>1 < 2 & <break time="9s"/> </speak>'
    assert studio.made(text, voice="Joanna")["translation"] is None
    assert studio.polly.charged == [text]


@pytest.mark.parametrize(("text", "source", "asks"), [("Hola", "auto", 1), ("Hola", "es", 0), ("Hola", "es-MX", 0)])
def test_a_text_in_the_language_of_the_voice(studio: Studio, text: str, source: str, asks: int) -> None:
    """Even if the language is only detected by asking: nothing is charged, and nothing fails."""
    language = "es" if source != "auto" else source
    made = studio.made(text, source=language)
    assert (made["status"], made["source"], made["translation"]) == ("ready", "es", None)
    assert (len(studio.translate.asked), studio.translate.charged, studio.polly.charged) == (asks, [], ["Hola"])


def test_the_longest_texts(studio: Studio) -> None:
    """In order, under the limits, one recording of the right length; the language is detected once."""
    sentence = "Täglich grüßt das Murmeltier. "
    text = (sentence * 700)[:20_000].strip()
    made = studio.made(text)
    assert made["translation"] == text.upper()
    assert len(studio.translate.charged) == 3 and len(studio.polly.charged) == 7
    assert [source for source, _ in studio.translate.asked] == ["auto", "en", "en"]
    assert "".join(part + " " for part in studio.translate.charged).split() == text.split()
    assert "".join(piece + " " for piece in studio.polly.charged).split() == text.upper().split()
    spoken = sum(map(len, studio.polly.charged))
    assert made["audio"]["seconds"] == pytest.approx(spoken * FRAME_SECONDS, abs=0.01)
    assert studio.recording(made["id"]) == FRAME * spoken


def test_progress_only_grows(studio: Studio) -> None:
    seen: list[tuple[str, float]] = []
    job = studio.jobs.add(ADA, asked("One sentence. " * 700))

    def through(name: str, client: Any) -> Any:
        return Watched(client, lambda: seen.append(now()))

    def now() -> tuple[str, float]:
        told = studio.told(job["id"])
        return told["status"], told["progress"]

    studio.worker(through).work(ADA, job["id"])
    seen.append(now())
    assert [status for status, _ in seen] == sorted((status for status, _ in seen), key=STATUSES.index)
    shares = [share for _, share in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and len(set(shares)) >= 6


STATUSES = ["queued", "translating", "speaking", "ready"]


class Watched:
    """A client; something happens after each call."""

    def __init__(self, client: Any, after: Callable[[], None]) -> None:
        self._client, self._after = client, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            answer = getattr(self._client, name)(**given)
            self._after()
            return answer

        return call


# Hopeless jobs


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (
            refused(
                "UnsupportedLanguagePairException", "Install it.", SourceLanguageCode="cy", TargetLanguageCode="es"
            ),
            "There is no translation from Welsh into Spanish. Install it.",
        ),
        (refused("UnsupportedLanguagePairException"), "There is no translation into Spanish."),
        (
            refused("DetectedLanguageLowConfidenceException", DetectedLanguageCode="da"),
            "We can't tell the language of this text for sure. It may be Danish. Choose it yourself.",
        ),
        (refused("InvalidRequestException", "arn:aws:"), "This text can't be translated."),
    ],
)
def test_a_text_that_can_t_be_translated(studio: Studio, failure: Exception, reason: str) -> None:
    studio.translate.failure = failure
    made = studio.made()
    assert (made["status"], made["reason"]) == ("failed", reason)
    assert made["source"] == ("cy" if "Welsh" in reason else "auto"), "what was found of it is kept"
    assert studio.polly.asked == [] and not studio.bucket.files


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (refused("EngineNotSupportedException"), "Lucía is not available here: choose another voice."),
        (refused("TextLengthExceededException"), "This text can't be spoken."),
    ],
)
def test_a_text_that_can_t_be_spoken_keeps_its_translation(studio: Studio, failure: Exception, reason: str) -> None:
    studio.polly.failure = failure
    made = studio.made()
    assert (made["status"], made["reason"], made["translation"]) == ("failed", reason, "HELLO")
    assert made["source"] == "en"
    studio.polly.failure = None
    studio.jobs.retry(ADA, made["id"])
    studio.worker().work(ADA, made["id"])
    assert studio.told(made["id"])["status"] == "ready"
    assert studio.translate.charged == ["Hello"], "what was finished is not paid for again"


class Silent(Polly):
    def synthesize_speech(self, **given: str) -> dict[str, Any]:
        return {"AudioStream": io.BytesIO(b"")}


def test_nothing_to_be_heard_and_a_voice_that_left(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Studio(studio.tables, polly=Silent())
    assert silent.made()["reason"] == "Nothing in this text can be spoken."
    job = studio.jobs.add(ADA, asked())
    monkeypatch.setattr("chalicelib.speech.worker.all_voices", dict)
    studio.worker().work(ADA, job["id"])
    assert studio.told(job["id"])["reason"].startswith("This voice no longer exists")


def test_what_goes_wrong_is_tried_again_and_then_told(studio: Studio) -> None:
    studio.polly.failure = refused("ServiceFailureException")
    job = studio.jobs.add(ADA, asked())
    for _ in range(MOST_TRIES):
        assert studio.told(job["id"])["status"] != "failed"
        with pytest.raises(Exception, match="ServiceFailure"):  # for the retries, and for the failures queue
            studio.worker().work(ADA, job["id"])
    studio.worker().work(ADA, job["id"])
    assert (studio.told(job["id"])["status"], studio.told(job["id"])["reason"]) == ("failed", GAVE_UP)
    assert studio.translate.charged == ["Hello"] and len(studio.polly.asked) == MOST_TRIES


# Interruptions


def test_on_a_busy_day_a_text_waits_its_turn(studio: Studio) -> None:
    """An account's voices take a few texts a second, whoever asks."""

    class Busy(Polly):
        def synthesize_speech(self, *, Text: str, **how: str) -> dict[str, Any]:
            self.failure = refused("ThrottlingException") if len(self.asked) < 3 else None
            return super().synthesize_speech(Text=Text, **how)

    polly, slept = Busy(), list[float]()
    assert Speaker(polly, slept.append).spoken("Hello", voices.all_voices()["Joanna"])
    assert polly.charged == ["Hello"] and slept == sorted(slept) and len(slept) == 3


class KilledError(BaseException):
    """The worker stops here and now."""


class Mortal:
    """Clients of a worker that dies right after its n-th call, which is also before the next one."""

    def __init__(self, at: int) -> None:
        self._calls, self._at = count(1), at
        self.last = ""

    def __call__(self, name: str, client: Any) -> Any:
        return Watched(client, lambda: self._after(name))

    def _after(self, name: str) -> None:
        if next(self._calls) == self._at:
            self.last = name
            raise KilledError


def killed_at_each_step(studio: Studio, text: str) -> Iterator[tuple[Job, str]]:
    """A job for each step, which a second worker finished; and the first worker's last call."""
    for step in count(1):
        job = studio.jobs.add(ADA, asked(text))
        mortal = Mortal(step)
        try:
            studio.worker(mortal).work(ADA, job["id"])
        except KilledError:
            studio.clock.now += LEASE_SECONDS + 1
            studio.worker().work(ADA, job["id"])
        studio.jobs.make_room(ADA, job["id"])
        yield job, mortal.last
        if not mortal.last:
            assert step > 18, "there are so many steps"
            return


def test_a_worker_that_dies_is_taken_over_and_nothing_is_paid_twice(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.speech.worker.MOST_BYTES", 30)
    monkeypatch.setattr("chalicelib.speech.worker.MOST_CHARACTERS", 30)
    for job, last in killed_at_each_step(studio, "The first of two sentences. And the second of them."):
        assert studio.told(job["id"])["status"] == "ready", last
        assert studio.recording(job["id"]) == FRAME * len("The first of two sentences.And the second of them.")
        # Only what was answered but could not be stored is requested again.
        charged = {"translate": len(studio.translate.charged), "polly": len(studio.polly.charged)}
        assert charged == {service: 3 if service == last else 2 for service in charged}, last
        studio.translate.charged.clear()
        studio.polly.charged.clear()


def test_told_three_times_it_is_spoken_once(studio: Studio) -> None:
    first, second = studio.jobs.add(ADA, asked()), studio.jobs.add(ADA, asked("Bye"))
    for _ in range(3):
        studio.worker().work(ADA, first["id"])
    made_at_once([partial(studio.worker().work, ADA, second["id"])] * 3)
    assert studio.translate.charged == ["Hello", "Bye"] and studio.polly.charged == ["HELLO", "BYE"]
    assert {studio.told(job["id"])["status"] for job in (first, second)} == {"ready"}
    assert len([key for key in studio.bucket.files if key.endswith("speech.mp3")]) == 2


def _followed(after: Callable[[], None], name: str, client: Any) -> Any:
    return Watched(client, after)


def test_what_is_deleted_meanwhile_leaves_nothing(studio: Studio) -> None:
    """At whatever step it happens."""
    for step in count(1):
        job = studio.jobs.add(ADA, asked("Some text", clientId=f"c{step}"))
        steps = count(1)

        def delete(job: Job = job, steps: Iterator[int] = steps, step: int = step) -> None:
            if next(steps) == step:
                studio.jobs.remove(ADA, job["id"])
                Recordings(studio.bucket, "bucket").erase(ADA, job["id"])  # as the stream does
                studio.jobs.make_room(ADA, job["id"])

        studio.worker(partial(_followed, delete)).work(ADA, job["id"])
        if studio.jobs.find(ADA, job["id"]):
            assert step > 8
            return
        assert not studio.bucket.files


def test_an_entry_of_somebody_else_or_of_nothing(studio: Studio) -> None:
    job = studio.jobs.add(ADA, asked())
    studio.worker().work(BOB, job["id"])
    studio.worker().work(ADA, "nothing")
    assert studio.told(job["id"])["status"] == "queued" and not studio.translate.asked


# Recordings


def test_recordings_of_one_person_and_of_one_job() -> None:
    bucket = Bucket()
    kept = Recordings(bucket, "bucket")
    job, other = (cast(Job, {"person": ADA, "id": id}) for id in ("1", "12"))
    for number in range(3):
        kept.put(recordings.piece(job, number, "text"), b"")
        kept.put(recordings.piece(other, number, "text"), b"")
    kept.put(recordings.whole(job), b"")
    kept.put(f"{ADA}x/1/speech.mp3", b"")
    assert len(kept.pieces(job)) == 3
    kept.drop_pieces(job)
    assert kept.pieces(job) == set() and recordings.whole(job) in bucket.files
    kept.erase(ADA, "1")
    assert len(kept.pieces(other)) == 3
    kept.erase(ADA)
    assert list(bucket.files) == [f"{ADA}x/1/speech.mp3"]
    assert recordings.piece(job, 1, "text") != recordings.piece(job, 1, "another text")


def test_what_the_bucket_does_not_delete_is_not_taken_for_deleted() -> None:
    class Stubborn(Bucket):
        def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
            return {"Errors": [{"Key": each["Key"]} for each in Delete["Objects"]]}

        def delete_object(self, **_: Any) -> None:
            denied = {"Error": {"Code": "AccessDenied", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise AwsError(denied, "DeleteObject")

    kept = Recordings(Stubborn(), "bucket")
    kept.put("ada/1/speech.mp3", b"")
    with pytest.raises(UndeletedError, match="1 files"):
        kept.erase(ADA)
