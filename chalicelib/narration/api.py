"""Routes of an article's recording, and what makes it."""

import time

from chalicelib.articles.api import articles, when_an_article_changes
from chalicelib.core.bounds import HOUR, Bound, Permit
from chalicelib.core.person import SignIn
from chalicelib.core.routes import Asked, Routes
from chalicelib.core.who import ANYONE, AUTHOR
from chalicelib.narration.narration import Audio, Narration
from chalicelib.speech.api import audio_of, budget, jobs

routes = Routes()

# The edge is not told when a recording is ready; it only absorbs rushes.
KEPT_FOR_SECONDS = "public, max-age=0, s-maxage=5"

RECORDINGS = Bound("recordings", 30, HOUR, "articles asked to be read aloud")


def narration() -> Narration:
    return Narration(articles(), jobs(), _allow, audio_of)


def _allow(author: str, text: str) -> Permit:
    """An event has no sign-in: as if it were a moment from now, after any signing out."""
    return budget().permit(SignIn(author, int(time.time()) + 1), text)


@when_an_article_changes
def follow_article(article_id: str, slug: str) -> None:
    narration().follow(article_id, slug)


@routes.get("/blog/articles/{slug}/audio", who=ANYONE, gives={200: "narration/audio"}, caching=KEPT_FOR_SECONDS)
def get_article_audio(asked: Asked, slug: str) -> Audio:
    """Get a published article read aloud: whether there is a recording, its temporary URL and its length."""
    return narration().of(slug)


@routes.post("/blog/articles/{slug}/audio", who=AUTHOR, gives={202: "narration/audio"}, fails=(409,), bound=RECORDINGS)
def record_article(asked: Asked, slug: str) -> Audio:
    """Have an article read aloud that has no recording: it counts as a text of its author."""
    return narration().record(slug)
