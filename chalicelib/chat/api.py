"""The routes of the chat, its action on the socket, and what its streams set off."""

import time
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.chat.conversations import Conversations
from chalicelib.chat.messages import Messages
from chalicelib.chat.outbox import Outbox
from chalicelib.core import aws, settings
from chalicelib.core.directory import directory
from chalicelib.core.erasure import eraser
from chalicelib.core.routes import LIMIT, MEMBER, OWNER, PAGED, SIGNED_IN, Answer, Asked, Parameter, Routes
from chalicelib.core.streams import numbered, one_by_one
from chalicelib.live.actions import action
from chalicelib.live.api import push

routes = Routes()

BEFORE = Parameter("before", {"type": "string", "maxLength": 1000}, "The `next` of a page: what is older than it.")
SINCE = Parameter("since", {"type": "string", "maxLength": 12}, "Everything after this message, oldest first.")
AFTER = Parameter("after", {"type": "string", "maxLength": 1000}, "With `since`: the `next` of the page before.")


def conversations() -> Conversations:
    tables = settings.table("conversations"), settings.table("members")
    return Conversations(aws.client("dynamodb"), *tables, directory())


def messages() -> Messages:
    return Messages(aws.client("dynamodb"), settings.table("messages"), conversations(), directory())


def outbox() -> Outbox:
    return Outbox(conversations(), messages(), push())


@eraser
def erase_chat(person_id: str) -> None:
    messages().erase(person_id)
    conversations().erase(person_id)


@routes.route("/conversations", who=SIGNED_IN, query=PAGED, gives={200: "chat/conversation-page"})
def list_conversations(asked: Asked) -> Any:
    """One's own conversations, latest activity first."""
    return conversations().mine(asked.person.id, asked.turn)


@routes.route(
    "/conversations",
    method="POST",
    who=SIGNED_IN,
    takes="chat/new-conversation",
    gives={201: "chat/conversation"},
    fails=(409,),
)
def start_conversation(asked: Asked) -> Any:
    """Start a conversation with others."""
    return conversations().start(asked.person.id, asked.body["members"], asked.body.get("title"))


@routes.route("/conversations/{id}", who=MEMBER, gives={200: "chat/conversation"})
def get_conversation(asked: Asked, id: str) -> Any:
    """One conversation."""
    return conversations().get(id, asked.person.id)


@routes.route(
    "/conversations/{id}", method="PATCH", who=MEMBER, takes="chat/new-title", gives={200: "chat/conversation"}
)
def rename_conversation(asked: Asked, id: str) -> Any:
    """Give it another title."""
    return conversations().rename(id, asked.person.id, asked.body["title"])


@routes.route("/conversations/{id}", method="DELETE", who=MEMBER, gives={204: None}, fails=(409,))
def leave_conversation(asked: Asked, id: str) -> None:
    """Leave it; what one said stays."""
    conversations().leave(id, asked.person.id)


@routes.route(
    "/conversations/{id}/members",
    method="POST",
    who=MEMBER,
    takes="chat/new-member",
    gives={201: "chat/conversation"},
    fails=(409,),
)
def add_member(asked: Asked, id: str) -> Any:
    """Add a person."""
    return conversations().add_member(id, asked.person.id, asked.body["id"])


@routes.route(
    "/conversations/{id}/messages", who=MEMBER, query=(LIMIT, BEFORE, SINCE, AFTER), gives={200: "chat/message-page"}
)
def list_messages(asked: Asked, id: str) -> Any:
    """Newest first, and older ones `before`; with `since` what came after, oldest first."""
    since, before, after = (asked.query[name] for name in ("since", "before", "after"))
    if since or after:
        return messages().since(id, asked.person.id, since or "", asked.turn)
    return messages().page(id, asked.person.id, before, asked.turn)


@routes.route(
    "/conversations/{id}/messages",
    method="POST",
    who=MEMBER,
    takes="chat/new-message",
    gives={201: "chat/message", 200: "chat/message"},
    fails=(409,),
)
def send_message(asked: Asked, id: str) -> Answer:
    """Say something; what has the same client id is said once."""
    text, client_id = asked.body["text"], asked.body["clientId"]
    message, is_new = messages().send(id, asked.person.id, text, client_id, time.time())
    return Answer(message, 201 if is_new else 200)


@routes.route(
    "/conversations/{id}/messages/{message_id}",
    method="PATCH",
    who=OWNER,
    takes="chat/new-text",
    gives={200: "chat/message"},
)
def edit_message(asked: Asked, id: str, message_id: str) -> Any:
    """Change what one said; it is shown as edited."""
    return messages().edit(id, message_id, asked.person.id, asked.body["text"])


@routes.route("/conversations/{id}/messages/{message_id}", method="DELETE", who=OWNER, gives={204: None})
def delete_message(asked: Asked, id: str, message_id: str) -> None:
    """Take back what one said; a mark stays."""
    messages().delete(id, message_id, asked.person.id)


@routes.route("/conversations/{id}/read", method="PUT", who=MEMBER, takes="chat/read", gives={204: None})
def mark_read(asked: Asked, id: str) -> None:
    """All is read up to this message."""
    messages().read(id, asked.person.id, asked.body["messageId"])


@action("typing", takes="chat/typing")
def tell_typing(person: str, body: dict[str, Any]) -> None:
    outbox().typing(body["conversationId"], person)


@routes.on_dynamodb_record(stream_arn=settings.stream("MESSAGES_STREAM"), batch_size=10, name="push_messages")
def push_messages(event: DynamoDBEvent) -> Any:
    """New, edited and deleted messages, to the members."""
    return one_by_one(numbered(event.to_dict()["Records"]), outbox().message)


@routes.on_dynamodb_record(stream_arn=settings.stream("MEMBERS_STREAM"), batch_size=10, name="push_members")
def push_members(event: DynamoDBEvent) -> Any:
    """Who joined, who left, who has read how far."""
    return one_by_one(numbered(event.to_dict()["Records"]), outbox().member)


@routes.on_dynamodb_record(stream_arn=settings.stream("CONVERSATIONS_STREAM"), batch_size=10, name="push_conversations")
def push_conversations(event: DynamoDBEvent) -> Any:
    """A new title."""
    return one_by_one(numbered(event.to_dict()["Records"]), outbox().conversation)
