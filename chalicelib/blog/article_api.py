"""The routes of the blog's articles: for everybody to read, and for authors to write."""

import hashlib
import json
import time
from typing import Any

from chalice.app import CloudWatchEvent, Rate

from chalicelib.blog.articles import Articles, Rendered
from chalicelib.blog.photo_api import photos
from chalicelib.core import aws, log, settings
from chalicelib.core.directory import directory
from chalicelib.core.erasure import eraser
from chalicelib.core.routes import ANYONE, AUTHOR, PAGED, Answer, Asked, Parameter, Routes, Tagged

routes = Routes()

TAG = Parameter("tag", {"type": "string", "maxLength": 200}, "Only with this tag.")
# A browser asks each time, which costs it a 304; the edge keeps it until it is told to forget, or for this long.
KEPT_BY_THE_EDGE = "public, max-age=0, s-maxage=300"
_MOST_BYTES = 220_000


def articles() -> Articles:
    return Articles(aws.client("dynamodb"), settings.table("articles"), directory(), photos(), _rendered)


def _rendered(text: str) -> Rendered:
    from chalicelib.blog import markdown  # only who writes waits for the libraries

    asked = markdown.photos_in(text)
    return markdown.rendered(text, photos().ready(asked) if asked else {})


@eraser
def erase_articles(person_id: str) -> None:
    articles().erase(person_id)


@routes.route(
    "/blog/articles",
    who=ANYONE,
    query=(*PAGED, TAG),
    gives={200: "blog/article-page"},
    caching=KEPT_BY_THE_EDGE,
)
def list_articles(asked: Asked) -> Any:
    """Published articles, newest first."""
    return articles().published(asked.query["tag"], asked.turn)


@routes.route("/blog/articles/{slug}", who=ANYONE, gives={200: "blog/read-article"}, caching=KEPT_BY_THE_EDGE)
def get_article(asked: Asked, slug: str) -> Any:
    """One published article, as a page and as it was written."""
    article = articles().read(slug)
    digest = hashlib.sha256(json.dumps(article).encode()).hexdigest()[:16]
    return Tagged(f"{article['version']}-{digest}", lambda: article)


@routes.route(
    "/blog/articles",
    method="POST",
    who=AUTHOR,
    takes="blog/new-article",
    max_bytes=_MOST_BYTES,
    gives={201: "blog/stored-article", 200: "blog/stored-article"},
    versioned=True,
    fails=(409,),
)
def add_article(asked: Asked) -> Any:
    """Write an article; its address is made from its title, and stays."""
    article, is_new = articles().add(asked.body, asked.person.id, time.time())
    return Answer(article, 201 if is_new else 200)


@routes.route(
    "/blog/articles/{slug}",
    method="PUT",
    who=AUTHOR,
    takes="blog/article",
    max_bytes=_MOST_BYTES,
    if_match="required",
    gives={200: "blog/stored-article"},
    versioned=True,
    fails=(409,),
)
def change_article(asked: Asked, slug: str) -> Any:
    """Change an article as it was at the version of If-Match; publish it, or take it back."""
    return articles().change(slug, asked.body, asked.version, time.time())


@routes.route(
    "/blog/articles/{slug}", method="DELETE", who=AUTHOR, if_match="optional", gives={204: None}, fails=(409,)
)
def remove_article(asked: Asked, slug: str) -> None:
    """Delete an article, with what was said about it."""
    articles().remove(slug, asked.version)


@routes.route("/blog/drafts", who=AUTHOR, query=PAGED, gives={200: "blog/article-page"})
def list_drafts(asked: Asked) -> Any:
    """Drafts and what waits for its time, latest change first."""
    return articles().drafts(asked.turn)


@routes.route("/blog/drafts/{slug}", who=AUTHOR, gives={200: "blog/stored-article"}, versioned=True)
def get_draft(asked: Asked, slug: str) -> Any:
    """An article to write on, whatever its status."""
    return articles().draft(slug)


@routes.route(
    "/blog/preview",
    method="POST",
    who=AUTHOR,
    takes="blog/text-to-preview",
    max_bytes=_MOST_BYTES,
    gives={200: "blog/preview"},
)
def preview_article(asked: Asked) -> Any:
    """A text as a page will show it."""
    return _rendered(asked.body["body"])._asdict()


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="publish_articles")
def publish_articles(event: CloudWatchEvent) -> None:
    """What was to appear by now appears."""
    log.note(published=articles().publish_due(time.time()))
