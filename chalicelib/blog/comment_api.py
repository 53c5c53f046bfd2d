"""The routes of the comments below an article."""

import time
from typing import Any

from chalicelib.blog.article_api import articles
from chalicelib.blog.comments import Comments
from chalicelib.core import aws, settings
from chalicelib.core.directory import directory
from chalicelib.core.erasure import eraser
from chalicelib.core.routes import ANYONE, OWNER_OR_AUTHOR, PAGED, SIGNED_IN, Answer, Asked, Routes

routes = Routes()

# What somebody says is there within seconds; the edge is not told of each, only spared the rush.
KEPT_FOR_SECONDS = "public, max-age=0, s-maxage=5"


def comments() -> Comments:
    return Comments(aws.client("dynamodb"), settings.table("comments"), directory())


@eraser
def erase_comments(person_id: str) -> None:
    comments().erase(person_id)


@routes.route(
    "/blog/articles/{slug}/comments",
    who=ANYONE,
    query=PAGED,
    gives={200: "blog/comment-page"},
    caching=KEPT_FOR_SECONDS,
)
def list_comments(asked: Asked, slug: str) -> Any:
    """What was said about an article, oldest first."""
    return comments().page(articles().id_of_published(slug), asked.turn)


@routes.route(
    "/blog/articles/{slug}/comments",
    method="POST",
    who=SIGNED_IN,
    takes="blog/new-comment",
    gives={201: "blog/comment", 200: "blog/comment"},
    fails=(409,),
)
def add_comment(asked: Asked, slug: str) -> Answer:
    """Say something about an article; what has the same client id is said once."""
    text, client_id = asked.body["text"], asked.body["clientId"]
    article = articles().id_of_published(slug)
    comment, is_new = comments().add(article, asked.person.id, text, client_id, time.time())
    return Answer(comment, 201 if is_new else 200)


@routes.route(
    "/blog/articles/{slug}/comments/{id}", method="DELETE", who=OWNER_OR_AUTHOR, gives={204: None}, fails=(403,)
)
def remove_comment(asked: Asked, slug: str, id: str) -> None:
    """Delete a comment: one's own, or as an author of the blog any."""
    comments().remove(articles().id_of_published(slug), id, asked.person)
