"""The recording of an article: a job of speech that belongs to the article, for the text that is public now.

Events may come twice, late or out of order: it goes by the article as it is stored.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from chalicelib.articles.articles import Article, ArticleNotFoundError, Articles
from chalicelib.core.errors import ConflictError, TooManyError, UnauthorizedError
from chalicelib.core.pages import Turn
from chalicelib.core.tables import Permit, tries
from chalicelib.speech.jobs import FAILED, OF_AN_ARTICLE, READY, Asked, Job, JobNotFoundError, Jobs

# One voice for all: articles don't say their language.
VOICE, LANGUAGE = "Amy", "en"
MOST_CHARACTERS = 20_000
NONE = "none"
_TRIES = 8
_NOT_SAID = re.compile(r"<(pre|table)>.*?</\1>", re.DOTALL)
_BLOCK_END = re.compile(r"</(?:h\d|p|li|blockquote)>|<br>|<hr>")
_TAG = re.compile(r"<[^>]*>")


class TooLongError(ConflictError):
    detail = f"Only articles of up to {MOST_CHARACTERS:,} characters are read aloud."


class Audio(TypedDict):
    status: str
    url: NotRequired[str]
    type: NotRequired[str]
    seconds: NotRequired[float]
    expiresAt: NotRequired[str]


@dataclass(frozen=True)
class Narration:
    """`allow` permits a person to have a text spoken; `sign` gives a recording's temporary URL."""

    articles: Articles
    jobs: Jobs
    allow: Callable[[str, str], Permit]
    sign: Callable[[Job], dict[str, Any]]

    def of(self, slug: str) -> Audio:
        there = self._all(self.articles.id_of_published(slug))
        return self._shown(there[0]) if there else {"status": NONE}

    def record(self, slug: str) -> Audio:
        """Have it spoken, unless its text is there or on its way; what failed is tried again."""
        article = self.articles.found(slug)
        if not article:
            raise ArticleNotFoundError()
        job = self._recorded(article)
        return self._shown(self.jobs.retry(job["person"], job["id"]) if job["status"] == FAILED else job)

    def follow(self, id: str, slug: str) -> None:
        """The article came, changed or went. What may not be spoken now is left to the authors."""
        article = self.articles.found(slug)
        if not article or article["id"] != id:
            self.forget(id)
            return
        try:
            self._recorded(article)
        except (TooManyError, TooLongError, UnauthorizedError, ArticleNotFoundError):
            self.forget(id)  # better nothing than another text

    def forget(self, id: str) -> None:
        self.jobs.erase(_owner(id))

    def _recorded(self, article: Article) -> Job:
        """Looks at the article again: it may have changed or gone meanwhile, and the event about it be over."""
        for _ in tries(_TRIES, self.jobs.sleep, "This article is being changed too often right now."):
            text = spoken(article)
            if len(text) > MOST_CHARACTERS:
                raise TooLongError()
            job = self._only(article, text)
            now = self.articles.found(article["slug"])
            if not now or now["id"] != article["id"]:
                self.forget(article["id"])
                raise ArticleNotFoundError()
            if spoken(now) == text:
                break
            article = now
        return job

    def _only(self, article: Article, text: str) -> Job:
        """The job for this text; those for others go."""
        there = self._all(article["id"])
        job = next((job for job in there if job["text"] == text), None) or self._added(article, text)
        for other in there:
            if other["text"] != text:
                with suppress(JobNotFoundError):
                    self.jobs.remove(other["person"], other["id"])
        return job

    def _added(self, article: Article, text: str) -> Job:
        """Once for each version. It counts for its author, like any text of theirs."""
        asked: Asked = {"text": text, "voice": VOICE, "source": LANGUAGE, "clientId": str(article["version"])}
        return self.jobs.add(_owner(article["id"]), asked, self.allow(article["person"], text))

    def _all(self, id: str) -> list[Job]:
        """Newest first: one, or two for a moment."""
        return self.jobs.newest(_owner(id), Turn())["items"]

    def _shown(self, job: Job) -> Audio:
        if job["status"] != READY:
            return {"status": job["status"]}
        audio = self.sign(job)
        return {
            "status": READY,
            "url": audio["url"],
            "type": audio["type"],
            "seconds": audio["seconds"],
            "expiresAt": audio["expiresAt"],
        }


def spoken(article: Article) -> str:
    """What is read aloud: the title and the prose, without code and tables."""
    prose = _TAG.sub("", _BLOCK_END.sub("\n", _NOT_SAID.sub("\n", article["html"])))
    lines = [article["title"], *html.unescape(prose).splitlines()]
    return "\n\n".join(line.strip() for line in lines if line.strip())


def _owner(article_id: str) -> str:
    """Nobody's id, so that it is among nobody's texts."""
    return f"{OF_AN_ARTICLE}{article_id}"
