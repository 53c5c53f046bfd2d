"""The wall's routes, its socket action, and what its stream triggers."""

from collections.abc import Iterator
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.core import aws, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.directory import Written, directory
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import exported
from chalicelib.core.finding import finds, follows
from chalicelib.core.notices import notices
from chalicelib.core.pages import Page, Turn
from chalicelib.core.routes import PAGED, Asked, Parameter, Routes
from chalicelib.core.streams import Change, Failures, each_change
from chalicelib.core.things import EVERYONE
from chalicelib.core.today import Day, first_step, part
from chalicelib.core.who import ANYONE, owner
from chalicelib.live.actions import action
from chalicelib.live.api import push
from chalicelib.wall.wall import OwnPosts, Post, Wall, found, mention_in, news, text_of

routes = Routes()

POSTS = Bound("posts", 300, MINUTE, "posts sent or deleted")

_ON_TODAY = 5

SINCE = Parameter("since", {"type": "string", "maxLength": 26}, "Everything after this post, oldest first.")


@erased_with_accounts
def wall() -> Wall:
    return Wall(aws.client("dynamodb"), settings.table("posts"), directory())


@exported("posts")
def posts_of(person_id: str) -> Iterator[Post]:
    return wall().posts.whole_of_person(person_id)


def own_posts(person_id: str) -> OwnPosts:
    return OwnPosts(wall(), person_id)


POST = finds("post", rows=lambda: wall().posts, thing=found, seen_by=EVERYONE, address=lambda post: "/wall")
follows(routes, "posts", POST)


@action("sendpost", takes="wall/new-post", bound=POSTS)
def send_post(person: str, body: dict[str, Any], permit: Permit) -> dict[str, Any]:
    """Answers the sender; everyone gets the post by the stream."""
    post = wall().add(person, body["text"], body["clientId"], permit)
    return {"type": "posted", "clientId": body["clientId"], "post": post}


@routes.get("/posts", who=ANYONE, query=(*PAGED, SINCE), gives={200: "wall/post-page"})
def list_posts(asked: Asked) -> Page[Written]:
    """List posts, newest first; with `since`, those after that post, oldest first."""
    since = asked.query["since"]
    return wall().since(since, asked.turn) if since else wall().newest(asked.turn)


@routes.delete("/posts/{id}", who=owner(own_posts), gives={204: None}, bound=POSTS)
def remove_post(asked: Asked, mine: OwnPosts, id: str) -> None:
    """Delete your own post."""
    mine.remove(id)


@part("posts", each="wall/post")
def newest_posts(day: Day) -> list[Written]:
    return wall().newest(Turn(_ON_TODAY))["items"]


@first_step("post", place=2)
def has_a_post(person_id: str) -> bool:
    return wall().has_any(person_id)


@routes.on_dynamodb_record(stream_arn=settings.stream("posts"), batch_size=10, name="push_posts")
def push_posts(event: DynamoDBEvent) -> Failures:
    """Push every change of the wall to every open page, and tell those whom a post mentions."""
    return each_change(event, _follow)


def _follow(change: Change[Post]) -> None:
    kind, id = news(change) or ("", "")
    there = wall().find(id) if kind else None
    if kind == "post.deleted":
        push().to_everyone({"type": kind, "id": id})
    elif there:
        push().to_everyone({"type": kind, "post": directory().written([there])[0]})
    if kind and (post := change.before or there):
        notices().mentions(text_of(change.before), text_of(there), mention_in(post))
