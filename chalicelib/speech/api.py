"""Routes of speech, and the events that advance a job: its row, the topic and a timer."""

import json
import time
from collections.abc import Iterator
from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, Rate, SNSEvent

from chalicelib.core import aws, settings
from chalicelib.core.bounds import HOUR, MINUTE, Bound, Permit
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import File, exported, exported_files, stored
from chalicelib.core.finding import finds, follows
from chalicelib.core.ids import as_time
from chalicelib.core.notices import notices
from chalicelib.core.presigned import presigned_get
from chalicelib.core.routes import PAGED, Asked, Routes
from chalicelib.core.streams import Failures, one_by_one
from chalicelib.core.things import OWNER
from chalicelib.core.today import Day, first_step, part
from chalicelib.core.who import ANYONE, SIGNED_IN, owner
from chalicelib.live.api import push
from chalicelib.speech import voices
from chalicelib.speech.budget import Budget
from chalicelib.speech.jobs import Job, Jobs, OwnJobs, changed, found, shown, unheard
from chalicelib.speech.leases import Leases
from chalicelib.speech.news import Reporter
from chalicelib.speech.outbox import Outbox, announce_overdue
from chalicelib.speech.recordings import MEDIA_TYPE, Recordings, whole
from chalicelib.speech.speaker import Speaker
from chalicelib.speech.translator import Translator
from chalicelib.speech.worker import Worker

routes = Routes()

TEXTS = Bound("texts", 300, MINUTE, "texts deleted, or noted as heard")
RETRIES = Bound("retries", 30, HOUR, "texts tried again")

_AUDIO_SECONDS = 15 * 60
_LARGEST_BODY = 256 * 1024  # 20,000 characters, each written as two escapes


@erased_with_accounts
def jobs() -> Jobs:
    return Jobs(aws.client("dynamodb"), settings.table("speech"))


def own_jobs(person_id: str) -> OwnJobs:
    return OwnJobs(jobs(), person_id)


SPEECH = finds(
    "speech",
    rows=lambda: jobs().rows,
    thing=found,
    seen_by=OWNER,
    address=lambda text: "/speech",
    has=lambda key: "#" not in str(key[0]),
)
follows(routes, "speech", SPEECH)


def leases() -> Leases:
    return Leases(aws.client("dynamodb"), settings.table("speech"))


@erased_with_accounts
def recordings() -> Recordings:
    return Recordings(aws.client("s3"), settings.bucket("speech"))


@exported("speech")
def jobs_of(person_id: str) -> Iterator[Job]:
    return jobs().rows.rows("person = :person", person=person_id)


@exported_files("spoken texts")
def recordings_of(person_id: str, after: str) -> Iterator[File]:
    return stored(settings.bucket("speech"), f"{person_id}/", after)


def worker() -> Worker:
    services = Translator(aws.client("translate")), Speaker(aws.client("polly"))
    return Worker(jobs(), leases(), recordings(), *services)


def budget() -> Budget:
    return Budget(settings.number("SPEECH_A_DAY"), settings.number("SPEECH_A_DAY_FOR_ALL"))


@routes.get("/speech/voices", who=ANYONE, gives={200: "speech/voices"})
def list_voices(asked: Asked) -> list[dict[str, Any]]:
    """List the voices."""
    return voices.shown(settings.translations())


@routes.post(
    "/speech",
    who=SIGNED_IN,
    takes="speech/new-speech",
    gives={202: "speech/speech"},
    fails=(404, 409),
    max_bytes=_LARGEST_BODY,
)
def add_speech(asked: Asked) -> dict[str, Any]:
    """Have a text translated and spoken; the same client id does so once."""
    permit = budget().permit(asked.person.sign_in, asked.body["text"].strip())
    return _shown(jobs().add(asked.person.id, asked.body, permit))


@routes.get("/speech/allowance", who=SIGNED_IN, gives={200: "speech/allowance"})
def get_speech_allowance(asked: Asked) -> dict[str, Any]:
    """Get how many more characters you can have spoken today."""
    return budget().left(asked.person.sign_in)


@routes.get("/speech", who=SIGNED_IN, query=PAGED, gives={200: "speech/speech-page"})
def list_speech(asked: Asked) -> dict[str, Any]:
    """List your texts, newest first."""
    page = jobs().newest(asked.person.id, asked.turn)
    return {**page, "items": [_shown(job) for job in page["items"]]}


@routes.get("/speech/{id}", who=owner(own_jobs), gives={200: "speech/speech"})
def get_speech(asked: Asked, mine: OwnJobs, id: str) -> dict[str, Any]:
    """Get a text, with a temporary URL of its recording."""
    return _shown(mine.get(id))


@routes.delete("/speech/{id}", who=owner(own_jobs), gives={204: None}, bound=TEXTS)
def remove_speech(asked: Asked, mine: OwnJobs, id: str) -> None:
    """Delete a text and its recording, finished or not."""
    mine.remove(id)


@routes.put("/speech/{id}/heard", who=owner(own_jobs), gives={204: None}, bound=TEXTS)
def hear_speech(asked: Asked, mine: OwnJobs, id: str) -> None:
    """Note that you have listened to it: it is new no longer."""
    mine.hear(id)


@routes.post("/speech/{id}/retry", who=owner(own_jobs), gives={202: "speech/speech"}, fails=(409,), bound=RETRIES)
def retry_speech(asked: Asked, mine: OwnJobs, id: str, permit: Permit) -> dict[str, Any]:
    """Retry a failed text, from where it failed."""
    return _shown(mine.retry(id, permit))


@part("speech", each="speech/unheard-speech")
def ready_to_hear(day: Day) -> list[dict[str, Any]]:
    return [unheard(job) for job in jobs().unheard(day.person.id)]


@first_step("speech", place=5)
def has_a_speech(person_id: str) -> bool:
    return jobs().has_any(person_id)


@routes.on_dynamodb_record(stream_arn=settings.stream("speech"), batch_size=10, name="tell_speech")
def tell_speech(event: DynamoDBEvent) -> Failures:
    """Announce a changed job: to the workers if it waits, and to its owner."""
    return one_by_one(changed(event.to_dict()["Records"]), _follow)


def _follow(changed: tuple[str, str]) -> None:
    Outbox(jobs(), recordings(), _announce, push()).change(changed)
    Reporter(jobs(), notices()).change(changed)


@routes.on_sns_message(topic=settings.topic("new-speech"), name="make_speech")
def make_speech(event: SNSEvent) -> None:
    """Work on a new job: translate, speak, store."""
    entry = json.loads(event.message)
    worker().work(entry["person"], entry["id"])


@routes.schedule(Rate(2, unit=Rate.MINUTES), name="resume_speech")
def resume_speech(event: CloudWatchEvent) -> None:
    """Announce jobs again whose worker has gone silent."""
    announce_overdue(leases(), _announce)


def _announce(entry: str) -> None:
    aws.client("sns").publish(TopicArn=settings.topic("new-speech"), Message=entry)


def _shown(job: Job) -> dict[str, Any]:
    return shown(job, audio_of)


def audio_of(job: Job) -> dict[str, Any]:
    """Two URLs of one file: to play it, and to save it under a name."""
    bucket, key, now = settings.bucket("speech"), whole(job), time.time()
    name = f'attachment; filename="{job["voice"]} {job["at"][:10]}.mp3"'
    named = {"response-content-disposition": name}
    return {
        "url": presigned_get(bucket, key, _AUDIO_SECONDS, now=now),
        "download": presigned_get(bucket, key, _AUDIO_SECONDS, now=now, answer=named),
        "type": MEDIA_TYPE,
        "seconds": job["seconds"],
        "expiresAt": as_time(now + _AUDIO_SECONDS),
    }
