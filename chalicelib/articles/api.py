"""Routes of the blog's articles, for readers, authors, feeds and search engines."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, Rate

from chalicelib.articles import documents
from chalicelib.articles.articles import ARTICLE, Article, Articles, Rendered, found
from chalicelib.articles.outbox import Outbox
from chalicelib.core import aws, log, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.directory import directory
from chalicelib.core.edge import Edge
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import exported
from chalicelib.core.finding import finds, index
from chalicelib.core.pages import Page, Turn
from chalicelib.core.person import AUTHORS
from chalicelib.core.routes import PAGED, Added, Asked, Parameter, Routes, Tagged
from chalicelib.core.streams import changes
from chalicelib.core.things import EVERYONE
from chalicelib.core.today import Day, part
from chalicelib.core.who import ANYONE, AUTHOR
from chalicelib.photos.api import photos

routes = Routes()

ARTICLES = Bound("articles", 600, MINUTE, "articles added, changed or deleted")

TAG = Parameter("tag", {"type": "string", "maxLength": 200}, "Only articles with this tag.")
# Browsers ask each time and get a 304; the edge keeps it until told to forget it, or for this long.
KEPT_BY_THE_EDGE = "public, max-age=0, s-maxage=300"
_MOST_BYTES = 220_000
_ON_TODAY = 3
_IN_FEED = 20
_IN_SITEMAP = 5_000

Farewell = Callable[[str], None]
_farewells: list[Farewell] = []


def when_an_article_goes(farewell: Farewell) -> Farewell:
    """Called with the id of a deleted article, possibly twice."""
    _farewells.append(farewell)
    return farewell


Listener = Callable[[str, str], None]
_listeners: list[Listener] = []


def when_an_article_changes(listener: Listener) -> Listener:
    """Called with its id and slug when what everyone reads comes, changes or goes; possibly twice."""
    _listeners.append(listener)
    return listener


@erased_with_accounts
def articles() -> Articles:
    return Articles(aws.client("dynamodb"), settings.table("articles"), directory(), photos(), _rendered)


ARTICLES_FOUND = finds(
    "article",
    rows=lambda: articles().rows,
    thing=found,
    seen_by=EVERYONE,
    address=lambda article: f"/blog/{article['id']}",
)


@exported("articles")
def articles_of(person_id: str) -> Iterator[Article]:
    return (row for row in articles().rows.whole_of_person(person_id) if row["part"] == ARTICLE)


def _rendered(text: str) -> Rendered:
    from chalicelib.articles import markdown  # only writing needs the libraries

    asked = markdown.photos_in(text)
    return markdown.rendered(text, photos().ready(asked) if asked else {})


@routes.get(
    "/blog/articles",
    who=ANYONE,
    query=(*PAGED, TAG),
    gives={200: "articles/listed-article-page"},
    caching=KEPT_BY_THE_EDGE,
)
def list_articles(asked: Asked) -> Page[Article]:
    """List published articles, newest first."""
    return articles().published(asked.query["tag"], asked.turn)


@routes.get("/blog/articles/{slug}", who=ANYONE, gives={200: "articles/read-article"}, caching=KEPT_BY_THE_EDGE)
def get_article(asked: Asked, slug: str) -> Tagged:
    """Get a published article, as HTML and as it was written."""
    article = articles().read(slug)
    digest = hashlib.sha256(json.dumps(article).encode()).hexdigest()[:16]
    return Tagged(f"{article['version']}-{digest}", lambda: article)


@routes.post(
    "/blog/articles",
    who=AUTHOR,
    takes="articles/new-article",
    max_bytes=_MOST_BYTES,
    gives={201: "articles/stored-article", 200: "articles/stored-article"},
    versioned=True,
    fails=(409,),
    bound=ARTICLES,
)
def add_article(asked: Asked, permit: Permit) -> Added:
    """Add an article. Its address is made from the title and never changes."""
    return Added(*articles().add(asked.body, asked.person.id, permit))


@routes.put(
    "/blog/articles/{slug}",
    who=AUTHOR,
    takes="articles/article",
    max_bytes=_MOST_BYTES,
    if_match="required",
    gives={200: "articles/stored-article"},
    versioned=True,
    fails=(409,),
    bound=ARTICLES,
)
def change_article(asked: Asked, slug: str, permit: Permit) -> Article:
    """Change an article, if it is still at the version in If-Match; publish it or take it back."""
    return articles().change(slug, asked.body, asked.version, permit)


@routes.delete(
    "/blog/articles/{slug}",
    who=AUTHOR,
    if_match="optional",
    gives={204: None},
    fails=(409,),
    bound=ARTICLES,
)
def remove_article(asked: Asked, slug: str, permit: Permit) -> None:
    """Delete an article and its comments."""
    articles().remove(slug, asked.version, permit)


@routes.get("/blog/drafts", who=AUTHOR, query=PAGED, gives={200: "articles/listed-article-page"})
def list_drafts(asked: Asked) -> Page[Article]:
    """List drafts and scheduled articles, latest change first."""
    return articles().drafts(asked.turn)


@routes.get("/blog/drafts/{slug}", who=AUTHOR, gives={200: "articles/stored-article"}, versioned=True)
def get_draft(asked: Asked, slug: str) -> Article:
    """Get an article to edit, whatever its status."""
    return articles().draft(slug)


@routes.post(
    "/blog/preview",
    who=AUTHOR,
    takes="articles/text-to-preview",
    max_bytes=_MOST_BYTES,
    gives={200: "articles/preview"},
)
def preview_article(asked: Asked) -> dict[str, Any]:
    """Preview a text as a page will show it."""
    return _rendered(asked.body["body"])._asdict()


@routes.get(
    "/blog/feed",
    who=ANYONE,
    gives={200: "articles/document"},
    gives_media=("application/atom+xml; charset=utf-8",),
    caching=KEPT_BY_THE_EDGE,
)
def get_feed(asked: Asked) -> str:
    """Get the newest articles as an Atom feed."""
    return documents.feed(settings.required("SITE_ADDRESS"), articles().newest(_IN_FEED))


@routes.get(
    "/blog/sitemap.xml",
    who=ANYONE,
    gives={200: "articles/document"},
    gives_media=("application/xml; charset=utf-8",),
    caching=KEPT_BY_THE_EDGE,
)
def get_sitemap(asked: Asked) -> str:
    """Get the addresses of all articles, for search engines."""
    return documents.sitemap(settings.required("SITE_ADDRESS"), articles().all_published(_IN_SITEMAP))


@routes.get(
    "/blog/read/{slug}",
    who=ANYONE,
    gives={200: "articles/document"},
    gives_media=("text/html; charset=utf-8",),
    caching=KEPT_BY_THE_EDGE,
)
def read_article(asked: Asked, slug: str) -> str:
    """Get an article as a page without scripts, for shared links."""
    return documents.page(settings.required("SITE_ADDRESS"), articles().read(slug))


@part("articles", each="articles/listed-article")
def newest_articles(day: Day) -> list[Article]:
    return articles().published(None, Turn(_ON_TODAY))["items"]


@part("drafts", each="articles/listed-article")
def drafts_to_go_on_with(day: Day) -> list[Article]:
    return articles().drafts_of(day.person.id, _ON_TODAY) if AUTHORS in day.person.groups else []


@routes.on_dynamodb_record(
    stream_arn=settings.stream("articles"),
    batch_size=100,
    maximum_batching_window_in_seconds=1,
    name="follow_articles",
)
def follow_articles(event: DynamoDBEvent) -> None:
    """Make the edge forget what changed, announce new articles, and tell the features that follow them."""
    edge = Edge(aws.client("cloudfront"), settings.required("DISTRIBUTION_ID"))
    # Fails as a whole: Lambda halves the batch until the record at fault is alone.
    Outbox(articles(), _farewells, edge, _announce, _index, _listeners).follow(changes(event))


def _index(slug: str) -> None:
    """The stream has no room for another reader."""
    index().keep(ARTICLES_FOUND, (slug, ARTICLE))


def _announce(news: dict[str, str]) -> None:
    aws.client("sns").publish(TopicArn=settings.topic("new-articles"), Message=json.dumps(news))


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="publish_articles")
def publish_articles(event: CloudWatchEvent) -> None:
    """Publish the articles that are due."""
    log.note(published=articles().publish_due())
