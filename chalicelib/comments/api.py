"""Routes of an article's comments."""

from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter

from chalice.app import DynamoDBEvent

from chalicelib.articles.api import articles, when_an_article_goes
from chalicelib.comments.comments import Comment, CommentNotFoundError, Comments
from chalicelib.comments.news import Reporter
from chalicelib.core import aws, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.directory import Written, directory
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import exported
from chalicelib.core.notices import notices
from chalicelib.core.pages import Page
from chalicelib.core.routes import PAGED, Added, Asked, Routes
from chalicelib.core.streams import Change, Failures, each_change
from chalicelib.core.who import ANYONE, AUTHOR, SHARED, owner
from chalicelib.live.api import push

routes = Routes()

COMMENTS = Bound("comments", 20, MINUTE, "comments")
DELETIONS = Bound("comments-deleted", 300, MINUTE, "comments deleted")

# A new comment shows within seconds: the edge is not told of it, it only absorbs rushes.
KEPT_FOR_SECONDS = "public, max-age=0, s-maxage=5"


@erased_with_accounts
def comments() -> Comments:
    return Comments(aws.client("dynamodb"), settings.table("comments"), directory())


@exported("comments")
def comments_of(person_id: str) -> Iterator[Comment]:
    return comments().comments.whole_of_person(person_id)


def comment(slug: str, id: str) -> Comment:
    return comments().get(articles().id_of_published(slug), id)


WRITER_OR_AUTHOR = owner(
    comment,
    or_a=AUTHOR,
    whose=itemgetter("person"),
    refusal="Only the person who wrote the comment, or an author of the blog, may delete it.",
)


@when_an_article_goes
def remove_comments(article_id: str) -> None:
    comments().remove_all(article_id)


@routes.get(
    "/blog/articles/{slug}/comments",
    who=ANYONE,
    query=PAGED,
    gives={200: "comments/comment-page"},
    caching=KEPT_FOR_SECONDS,
)
def list_comments(asked: Asked, slug: str) -> Page[Written]:
    """List an article's comments, oldest first."""
    return comments().page(articles().id_of_published(slug), asked.turn)


@routes.post(
    "/blog/articles/{slug}/comments",
    who=SHARED,
    takes="comments/new-comment",
    gives={201: "comments/comment", 200: "comments/comment"},
    fails=(409,),
    bound=COMMENTS,
)
def add_comment(asked: Asked, slug: str, permit: Permit) -> Added:
    """Comment on an article; the same client id posts once."""
    text, client_id = asked.body["text"], asked.body["clientId"]
    article = articles().id_of_published(slug)
    return Added(*comments().add(article, asked.person.id, text, client_id, permit, slug))


@routes.delete("/blog/articles/{slug}/comments/{id}", who=WRITER_OR_AUTHOR, gives={204: None}, bound=DELETIONS)
def remove_comment(asked: Asked, comment: Comment) -> None:
    """Delete your comment, or any comment as an author of the blog."""
    comments().remove(comment)


@routes.on_dynamodb_record(stream_arn=settings.stream("comments"), batch_size=10, name="push_comments")
def push_comments(event: DynamoDBEvent) -> Failures:
    """Push each new comment to every open page."""
    return each_change(event, _push)


def _push(change: Change[Comment]) -> None:
    """Only new ones: an article that goes takes many with it. Read again, as it may be gone by now."""
    row = change.after
    if change.kind != "INSERT" or not row or "text" not in row:
        return
    with suppress(CommentNotFoundError):
        there = comments().get(row["article"], row["id"])
        shown = directory().written([there])[0]
        push().to_everyone({"type": "comment", "articleId": row["article"], "comment": shown})


@routes.on_dynamodb_record(stream_arn=settings.stream("comments"), batch_size=10, name="tell_comments")
def tell_comments(event: DynamoDBEvent) -> Failures:
    """Tell an article's author of a new comment, and those whom it mentions."""
    reporter = Reporter(comments(), articles().found, notices())
    return each_change(event, reporter.comment)
