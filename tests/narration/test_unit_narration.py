"""An article is spoken once for everybody: as it is now, within its author's budget, and gone with it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from chalicelib.articles.api import articles
from chalicelib.core.errors import TooManyError
from chalicelib.core.pages import Turn
from chalicelib.core.person import SignIn
from chalicelib.narration.api import follow_article, narration
from chalicelib.narration.narration import MOST_CHARACTERS, spoken
from chalicelib.speech import api as speech
from chalicelib.speech.leases import GAVE_UP
from tests.speech.contract import FRAME, FRAME_SECONDS
from tests.speech.test_unit_api import Stage
from tests.support.events import ADA, Answer, Api, claims

AUTHOR = claims("ada", "authors")
Json = dict[str, Any]


@pytest.fixture
def stage(api: Api, moto: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    return Stage(api, monkeypatch)


def put(api: Api, article: Json | None = None, **changes: Any) -> Json:
    """Write or change an article; nobody has heard of it yet."""
    body = {"title": "Hello", "body": "Good *morning*", "tags": [], "status": "published", **changes}
    place, more = (f"/{article['slug']}", {"version": article["version"]}) if article else ("", {})
    answer = api.call("PUT" if article else "POST", f"/blog/articles{place}", who=AUTHOR, json=body, **more)
    assert answer.status in (200, 201), answer.text
    made: Json = answer.body
    return made


def heard(article: Json) -> None:
    """Its event arrives, twice."""
    for _ in range(2):
        follow_article(article["id"], article["slug"])


def audio(api: Api, article: Json) -> Answer:
    return api.call("GET", f"/blog/articles/{article['slug']}/audio")


def files(stage: Stage, article: Json) -> list[str]:
    return stage.files(f"article-{article['id']}/")


def test_spoken_once_and_for_everybody(stage: Stage) -> None:
    article = put(stage.api)
    assert audio(stage.api, article).body == {"status": "none"}
    heard(article)
    assert audio(stage.api, article).body == {"status": "queued"}
    stage.run()
    found = audio(stage.api, article).body
    assert (found["status"], found["type"]) == ("ready", "audio/mpeg")
    assert found["seconds"] == pytest.approx(len("Hello\n\nGood morning") * FRAME_SECONDS)
    assert requests.get(found["url"], timeout=9).content == FRAME * 19
    assert len(stage.polly.charged) == 1 and not stage.translate.asked, "neither detected nor translated"
    heard(put(stage.api, article, tags=["cats"]))
    stage.run()
    assert len(stage.polly.charged) == 1, "the text is the same"
    assert stage.api.call("GET", "/speech", who=ADA).body["items"] == [], "it is among nobody's own texts"


def test_again_when_its_text_changes(stage: Stage) -> None:
    article = put(stage.api)
    heard(article)
    stage.run()
    [old] = files(stage, article)
    changed = put(stage.api, article, body="Good evening")
    heard(changed)
    heard(article)
    assert audio(stage.api, article).body == {"status": "queued"}, "never the sound of another text"
    stage.run()
    [new] = files(stage, article)
    assert new != old and len(stage.polly.charged) == 2
    heard(put(stage.api, changed))
    stage.run()
    assert audio(stage.api, article).body["status"] == "ready" and len(stage.polly.charged) == 3


@pytest.mark.parametrize("ending", ["drafted", "deleted", "deleted, then heard of"])
def test_gone_with_the_article(stage: Stage, ending: str) -> None:
    article = put(stage.api)
    if ending != "deleted, then heard of":
        heard(article)
        stage.run()
        assert files(stage, article)
    if ending == "drafted":
        put(stage.api, article, status="draft")
    else:
        stage.api.call("DELETE", f"/blog/articles/{article['slug']}", who=AUTHOR)
    audio(stage.api, article).problem(404)
    heard(article)
    stage.run()
    assert not files(stage, article) and not list(speech.jobs().of_person(f"article-{article['id']}"))


def test_an_article_that_goes_while_it_is_noted_leaves_nothing(stage: Stage) -> None:
    article = put(stage.api)

    def goes(person: str, text: str) -> Any:
        stage.api.call("DELETE", f"/blog/articles/{article['slug']}", who=AUTHOR)
        return speech.budget().permit(SignIn(person, 0), text)

    one = narration()
    type(one)(one.articles, one.jobs, goes, one.sign).follow(article["id"], article["slug"])
    assert not list(speech.jobs().of_person(f"article-{article['id']}"))


def test_an_article_that_changes_while_it_is_noted_is_spoken_as_it_is_now(stage: Stage) -> None:
    """An author asks for it, and meanwhile it is saved with another text, of which the stream tells first."""
    article = put(stage.api)
    changes = [{"body": "Good evening"}]

    def changing(person: str, text: str) -> Any:
        if changes:
            heard(put(stage.api, article, **changes.pop()))
        return speech.budget().permit(SignIn(person, 0), text)

    one = narration()
    shown = type(one)(one.articles, one.jobs, changing, one.sign).record(article["slug"])
    assert shown == {"status": "queued"}
    [job] = one.jobs.newest(f"article-{article['id']}", Turn())["items"]
    assert job["text"] == "Hello\n\nGood evening"


def test_within_the_budget_of_its_author(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may not be spoken is not spoken, the blog goes on, and an author can ask again."""
    monkeypatch.setenv("SPEECH_A_DAY", "30")
    article = put(stage.api)
    heard(article)
    stage.run()
    changed = put(stage.api, article, body="Good evening to you all")
    heard(changed)
    assert audio(stage.api, article).body == {"status": "none"}
    path = f"/blog/articles/{article['slug']}/audio"
    assert "characters to be spoken" in stage.api.call("POST", path, who=AUTHOR).problem(429)["detail"]
    with pytest.raises(TooManyError):
        narration().record(article["slug"])
    monkeypatch.setenv("SPEECH_A_DAY", "300")
    stage.api.call("POST", path, who=ADA).problem(403)
    assert stage.api.call("POST", path, who=AUTHOR).body == {"status": "queued"}
    stage.run()
    assert audio(stage.api, article).body["status"] == "ready"
    assert stage.api.call("POST", path, who=AUTHOR).body["status"] == "ready"
    assert len(stage.polly.charged) == 2


def test_too_long_to_be_read_aloud(stage: Stage) -> None:
    article = put(stage.api, body="word " * (MOST_CHARACTERS // 5))
    heard(article)
    assert audio(stage.api, article).body == {"status": "none"}
    stage.api.call("POST", f"/blog/articles/{article['slug']}/audio", who=AUTHOR).problem(409)


def test_what_failed_is_tried_again_when_an_author_asks(stage: Stage) -> None:
    article = put(stage.api)
    heard(article)
    [job] = speech.jobs().newest(f"article-{article['id']}", Turn())["items"]
    speech.leases().fail(speech.leases().take(job), GAVE_UP)
    stage.run()
    heard(article)
    assert audio(stage.api, article).body == {"status": "failed"}
    assert stage.api.call("POST", f"/blog/articles/{article['slug']}/audio", who=AUTHOR).status == 202
    stage.run()
    assert audio(stage.api, article).body["status"] == "ready"


def test_what_is_said(stage: Stage) -> None:
    text = (
        "# Part\n\nOne & *two*<b>\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- first\n- second\n\n> said"
    )
    article = put(stage.api, body=text)
    stored = articles().found(article["slug"])
    assert stored
    assert spoken(stored).split("\n\n") == ["Hello", "Part", "One & two<b>", "first", "second", "said"]
