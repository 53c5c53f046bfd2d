"""The work on a job: translate, speak, join. Each step is stored before the next one starts."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.speech import mp3, recordings
from chalicelib.speech.jobs import SPEAKING, HopelessError, Job, Jobs
from chalicelib.speech.leases import Leases, LostError
from chalicelib.speech.recordings import Recordings
from chalicelib.speech.speaker import MOST_CHARACTERS, Speaker
from chalicelib.speech.texts import cut, spoken_units, utf8_bytes
from chalicelib.speech.translator import MOST_BYTES, Translator
from chalicelib.speech.voices import Voice, all_voices, family

_TRANSLATED = 0.4
_SPOKEN = 0.95


@dataclass(frozen=True)
class Worker:
    jobs: Jobs
    leases: Leases
    recordings: Recordings
    translator: Translator
    speaker: Speaker

    def work(self, person: str, id: str) -> None:
        """Repeated and concurrent calls do the work once."""
        try:
            job = self.jobs.find(person, id)
            if job:
                self._work(self.leases.take(job))
        except LostError:
            pass
        if not self.jobs.find(person, id):  # deleted, perhaps while a recording was on its way to the bucket
            self.recordings.erase(person, id)

    def _work(self, job: Job) -> None:
        try:
            voice = _voice(job)
            self._speak(self._translate(job, voice), voice)
        except LostError:
            raise
        except HopelessError as hopeless:
            self.leases.fail(job, hopeless.reason, hopeless.source, hopeless=True)
        except Exception:
            self.leases.let_go(job)
            raise

    def _translate(self, job: Job, voice: Voice) -> Job:
        """Continue after the parts that are already translated."""
        parts = cut(job["text"], MOST_BYTES, utf8_bytes)
        for part in parts[len(job["parts"]) :]:
            if _is_same(job["source"], voice):
                break
            text, source = self.translator.translated(part, job["source"], voice.translate)
            done = [] if _is_same(source, voice) else [*job["parts"], text]
            progress = _share(0, _TRANSLATED, len(done), len(parts))
            job = self.leases.go_on(job, source=source, parts=done, progress=progress)
        return job

    def _speak(self, job: Job, voice: Voice) -> None:
        text = "".join(job["parts"]) or job["text"]
        said = [piece.strip() for piece in cut(text, MOST_CHARACTERS, spoken_units) if piece.strip()]
        keys = [recordings.piece(job, number, piece) for number, piece in enumerate(said)]
        there = self.recordings.pieces(job)
        for number, (key, piece) in enumerate(zip(keys, said, strict=True)):
            if key in there:
                continue
            job = self.leases.go_on(job, status=SPEAKING, progress=_share(_TRANSLATED, _SPOKEN, number, len(said)))
            self.recordings.put(key, self.speaker.spoken(piece, voice))
        self._join(self.leases.go_on(job, status=SPEAKING, progress=_SPOKEN), keys)

    def _join(self, job: Job, keys: list[str]) -> None:
        sound, seconds = mp3.joined(map(self.recordings.read, keys))
        if not seconds:
            raise HopelessError("Nothing in this text can be spoken.")
        self.recordings.put(recordings.whole(job), sound)
        self.leases.finish(job, seconds)


def _voice(job: Job) -> Voice:
    voice = all_voices().get(job["voice"])
    if not voice:
        raise HopelessError("This voice no longer exists: choose another one.")
    return voice


def _is_same(source: str, voice: Voice) -> bool:
    """Whether the text is in the language of the voice."""
    return family(source) == family(voice.translate)


def _share(start: float, end: float, done: int, of: int) -> float:
    return round(start + (end - start) * done / of, 3)
