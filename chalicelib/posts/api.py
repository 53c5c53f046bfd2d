"""The wall's routes, its action on the socket, and what its stream sets off."""

import time
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.core import aws, settings
from chalicelib.core.directory import directory
from chalicelib.core.erasure import eraser
from chalicelib.core.routes import ANYONE, OWNER, PAGED, Asked, Parameter, Routes
from chalicelib.core.streams import one_by_one
from chalicelib.live.actions import action
from chalicelib.live.api import push
from chalicelib.posts.wall import Post, Wall, changes

routes = Routes()

SINCE = Parameter("since", {"type": "string", "maxLength": 26}, "Everything after this post, oldest first.")


def wall() -> Wall:
    return Wall(aws.client("dynamodb"), settings.table("posts"), directory())


@eraser
def erase_posts(person_id: str) -> None:
    wall().erase(person_id)


@action("sendpost", takes="posts/sent-post")
def send_post(person: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answered to who sends; everybody gets it by the stream."""
    post = wall().add(person, body["text"], body["clientId"], time.time())
    return {"type": "posted", "clientId": body["clientId"], "post": post}


@routes.route("/posts", who=ANYONE, query=(*PAGED, SINCE), gives={200: "posts/post-page"})
def list_posts(asked: Asked) -> Any:
    """The wall, newest first; with `since` what came after, oldest first."""
    since = asked.query["since"]
    return wall().since(since, asked.turn) if since else wall().newest(asked.turn)


@routes.route("/posts/{id}", method="DELETE", who=OWNER, gives={204: None})
def remove_post(asked: Asked, id: str) -> None:
    """Delete one's own post."""
    wall().remove(id, asked.person.id)


@routes.on_dynamodb_record(stream_arn=settings.stream("POSTS_STREAM"), batch_size=10, name="push_posts")
def push_posts(event: DynamoDBEvent) -> Any:
    """Every change of the wall, to every open page."""
    return one_by_one(changes(event.to_dict()["Records"]), _push)


def _push(change: tuple[str, Post]) -> None:
    kind, post = change
    if kind == "post.deleted":
        push().to_everyone({"type": kind, "id": post["id"]})
    elif there := wall().as_it_is(post):
        push().to_everyone({"type": kind, "post": wall().shown([there])[0]})
