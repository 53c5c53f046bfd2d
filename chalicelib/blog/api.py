"""The blog for programs, search engines and shared links, and what follows from a change of it."""

from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.blog import documents
from chalicelib.blog.article_api import KEPT_BY_THE_EDGE, articles
from chalicelib.blog.comment_api import comments
from chalicelib.blog.edge import Edge, Outbox, batched
from chalicelib.core import aws, settings
from chalicelib.core.routes import ANYONE, Asked, Routes
from chalicelib.core.streams import one_by_one

routes = Routes()

_IN_FEED = 20
_IN_SITEMAP = 5_000


@routes.route(
    "/blog/feed",
    who=ANYONE,
    gives={200: "blog/document"},
    gives_media=("application/atom+xml; charset=utf-8",),
    caching=KEPT_BY_THE_EDGE,
)
def get_feed(asked: Asked) -> Any:
    """The newest articles, as an Atom feed."""
    return documents.feed(settings.required("SITE_ADDRESS"), articles().newest(_IN_FEED))


@routes.route(
    "/blog/sitemap.xml",
    who=ANYONE,
    gives={200: "blog/document"},
    gives_media=("application/xml; charset=utf-8",),
    caching=KEPT_BY_THE_EDGE,
)
def get_sitemap(asked: Asked) -> Any:
    """The addresses of all articles, for search engines."""
    return documents.sitemap(settings.required("SITE_ADDRESS"), articles().all_published(_IN_SITEMAP))


@routes.route(
    "/blog/read/{slug}",
    who=ANYONE,
    gives={200: "blog/document"},
    gives_media=("text/html; charset=utf-8",),
    caching=KEPT_BY_THE_EDGE,
)
def read_article(asked: Asked, slug: str) -> Any:
    """An article as a page that needs no script, for shared links."""
    return documents.page(settings.required("SITE_ADDRESS"), articles().read(slug))


@routes.on_dynamodb_record(
    stream_arn=settings.stream("ARTICLES_STREAM"),
    batch_size=100,
    maximum_batching_window_in_seconds=1,
    name="follow_articles",
)
def follow_articles(event: DynamoDBEvent) -> Any:
    """The edge forgets what has changed; what was said about an article goes with it."""
    edge = Edge(aws.client("cloudfront"), settings.required("DISTRIBUTION_ID"))
    return one_by_one(batched(event.to_dict()["Records"]), Outbox(articles(), comments(), edge).follow)
