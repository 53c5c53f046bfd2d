"""On the deployed stage: publishing an article has it spoken, changing it again, and deleting it leaves nothing."""

from __future__ import annotations

from typing import Any

import requests

from tests.articles.test_cloud_articles import given, written
from tests.speech.test_cloud_speech import PATIENCE, kept
from tests.support.cloud import problem
from tests.support.stage import RunningStage, User, until


def audio(stage: RunningStage, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.call("GET", f"/blog/articles/{slug}/audio").json()
    return found


def ready(stage: RunningStage, slug: str, but: float = 0) -> dict[str, Any]:
    """Once there is a recording, of another length than before."""

    def look() -> dict[str, Any]:
        found = audio(stage, slug)
        return found if found["status"] == "ready" and found["seconds"] != but else {}

    return until(look, PATIENCE)


def test_from_publishing_to_deleting(stage: RunningStage, curator: User) -> None:
    article = written(curator, body="Good morning.")
    slug, place = article["slug"], f"article-{article['id']}/"
    first = ready(stage, slug)
    played = requests.get(first["url"], timeout=20)
    assert (played.status_code, played.headers["Content-Type"]) == (200, "audio/mpeg")
    longer = given(article, body="Good morning, and good evening to everybody who listens.")
    changed = curator.put(f"/blog/articles/{slug}", longer, article["version"])
    assert changed.status_code == 200, changed.text
    assert ready(stage, slug, first["seconds"])["seconds"] > first["seconds"]
    assert curator.delete(f"/blog/articles/{slug}").status_code == 204
    problem(stage.call("GET", f"/blog/articles/{slug}/audio"), 404)
    until(lambda: not kept(stage, place))
