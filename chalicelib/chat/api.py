"""The routes of the chat, its socket action, and the handlers of its streams."""

from collections.abc import Iterator
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.chat.conversations import Conversations, Place, ShownConversation
from chalicelib.chat.messages import Message, Messages, OwnMessages, ShownMessage, found
from chalicelib.chat.news import Reporter
from chalicelib.chat.outbox import Outbox
from chalicelib.core import aws, settings
from chalicelib.core.bounds import MINUTE, SECOND, Bound, Permit
from chalicelib.core.directory import directory
from chalicelib.core.erasure import erased_with_accounts
from chalicelib.core.export import exported
from chalicelib.core.finding import finds, finds_circles, follows
from chalicelib.core.notices import notices
from chalicelib.core.pages import Page
from chalicelib.core.routes import LIMIT, PAGED, Added, Asked, Parameter, Routes
from chalicelib.core.streams import Change, Failures, each_change
from chalicelib.core.things import CIRCLE, Circles
from chalicelib.core.today import Day, first_step, part
from chalicelib.core.who import SIGNED_IN, member, owner
from chalicelib.live.actions import action
from chalicelib.live.api import push

routes = Routes()

CONVERSATIONS = Bound("conversations", 60, MINUTE, "new conversations")
MEMBERS = Bound("members", 120, MINUTE, "new or leaving members, and titles of conversations")
READING = Bound("messages-read", 300, MINUTE, "marks of how far messages are read")
MESSAGES = Bound("messages", 300, MINUTE, "messages sent, edited or deleted")
TYPING = Bound("typing", 4, SECOND, "signs of typing")

BEFORE = Parameter("before", {"type": "string", "maxLength": 1000}, "The `next` of a page, for the messages before it.")
SINCE = Parameter("since", {"type": "string", "maxLength": 12}, "Everything after this message, oldest first.")
AFTER = Parameter("after", {"type": "string", "maxLength": 1000}, "With `since`: the `next` of the page before.")


@erased_with_accounts
def messages() -> Messages:
    return Messages(aws.client("dynamodb"), settings.table("messages"), conversations(), directory())


@erased_with_accounts
def conversations() -> Conversations:
    tables = settings.table("conversations"), settings.table("members")
    return Conversations(aws.client("dynamodb"), *tables, directory())


def conversations_found(person_id: str, after: str | None) -> Circles:
    return conversations().found(person_id, after)


finds_circles("conversation", of=conversations_found, address=lambda one: f"/chat/{one['of']}")
MESSAGE = finds(
    "message",
    rows=lambda: messages().rows,
    thing=found,
    seen_by=CIRCLE,
    address=lambda message: f"/chat/{message['of']}",
)
follows(routes, "messages", MESSAGE)


@exported("messages")
def messages_of(person_id: str) -> Iterator[Message]:
    return messages().rows.whole_of_person(person_id)


@exported("conversations")
def conversations_of(person_id: str) -> Iterator[dict[str, str | None]]:
    return conversations().titles(person_id)


def place(person_id: str, id: str) -> Place:
    return conversations().place(id, person_id)


def own_messages(person_id: str, id: str) -> OwnMessages:
    return OwnMessages(messages(), place(person_id, id))


def outbox() -> Outbox:
    return Outbox(conversations(), messages(), push())


def reporter() -> Reporter:
    return Reporter(conversations(), messages(), notices())


@routes.get("/conversations", who=SIGNED_IN, query=PAGED, gives={200: "chat/conversation-page"})
def list_conversations(asked: Asked) -> Page[ShownConversation]:
    """List your conversations, latest activity first."""
    return conversations().mine(asked.person.id, asked.turn)


@routes.post(
    "/conversations",
    who=SIGNED_IN,
    takes="chat/new-conversation",
    gives={201: "chat/conversation", 200: "chat/conversation"},
    fails=(409,),
    bound=CONVERSATIONS,
)
def start_conversation(asked: Asked, permit: Permit) -> Added:
    """Start a conversation with others; with one other and without a title, it is the one that you two have."""
    return Added(*conversations().start(asked.person.id, asked.body["members"], asked.body.get("title"), permit))


@routes.get("/conversations/{id}", who=member(place), gives={200: "chat/conversation"})
def get_conversation(asked: Asked, place: Place) -> ShownConversation:
    """Get a conversation."""
    return conversations().get(place)


@routes.patch(
    "/conversations/{id}",
    who=member(place),
    takes="chat/new-title",
    gives={200: "chat/conversation"},
    bound=MEMBERS,
)
def rename_conversation(asked: Asked, place: Place) -> ShownConversation:
    """Change its title."""
    return conversations().rename(place, asked.body["title"])


@routes.delete("/conversations/{id}", who=member(place), gives={204: None}, fails=(409,), bound=MEMBERS)
def leave_conversation(asked: Asked, place: Place) -> None:
    """Leave it; your messages stay."""
    conversations().leave(place)


@routes.post(
    "/conversations/{id}/members",
    who=member(place),
    takes="chat/new-member",
    gives={201: "chat/conversation"},
    fails=(409,),
    bound=MEMBERS,
)
def add_member(asked: Asked, place: Place, permit: Permit) -> ShownConversation:
    """Add a person."""
    return conversations().add_member(place, asked.body["id"], permit)


@routes.get(
    "/conversations/{id}/messages",
    who=member(place),
    query=(LIMIT, BEFORE, SINCE, AFTER),
    gives={200: "chat/message-page"},
)
def list_messages(asked: Asked, place: Place) -> Page[ShownMessage]:
    """List messages, newest first; `before` gives older ones, `since` later ones, oldest first."""
    since, before, after = (asked.query[name] for name in ("since", "before", "after"))
    if since or after:
        return messages().since(place, since or "", asked.turn)
    return messages().page(place, before, asked.turn)


@routes.post(
    "/conversations/{id}/messages",
    who=member(place),
    takes="chat/new-message",
    gives={201: "chat/message", 200: "chat/message"},
    fails=(409,),
    bound=MESSAGES,
)
def send_message(asked: Asked, place: Place, permit: Permit) -> Added:
    """Send a message; the same client id sends it once."""
    text, client_id = asked.body["text"], asked.body["clientId"]
    return Added(*messages().send(place, text, client_id, permit))


@routes.patch(
    "/conversations/{id}/messages/{message_id}",
    who=owner(own_messages),
    takes="chat/new-text",
    gives={200: "chat/message"},
    bound=MESSAGES,
)
def edit_message(asked: Asked, mine: OwnMessages, message_id: str) -> ShownMessage:
    """Edit your message; it is shown as edited."""
    return mine.edit(message_id, asked.body["text"])


@routes.delete("/conversations/{id}/messages/{message_id}", who=owner(own_messages), gives={204: None}, bound=MESSAGES)
def delete_message(asked: Asked, mine: OwnMessages, message_id: str) -> None:
    """Delete your message; others see that it was deleted."""
    mine.delete(message_id)


@routes.put("/conversations/{id}/read", who=member(place), takes="chat/read", gives={204: None}, bound=READING)
def mark_read(asked: Asked, place: Place) -> None:
    """Mark everything up to this message as read."""
    messages().read(place, asked.body["messageId"])


@part("conversations", each="chat/conversation")
def unread_conversations(day: Day) -> list[ShownConversation]:
    return conversations().unread(day.person.id)


@first_step("conversation", place=3)
def has_a_conversation(person_id: str) -> bool:
    return conversations().has_any(person_id)


@action("typing", takes="chat/typing", bound=TYPING)
def tell_typing(person: str, body: dict[str, Any]) -> None:
    outbox().typing(body["conversationId"], person)


@routes.on_dynamodb_record(stream_arn=settings.stream("messages"), batch_size=10, name="push_messages")
def push_messages(event: DynamoDBEvent) -> Failures:
    """Push new, edited and deleted messages to the members, and tell those who are mentioned."""
    return each_change(event, _follow_message)


@routes.on_dynamodb_record(stream_arn=settings.stream("members"), batch_size=10, name="push_members")
def push_members(event: DynamoDBEvent) -> Failures:
    """Push how far each member has read."""
    return each_change(event, outbox().member)


@routes.on_dynamodb_record(stream_arn=settings.stream("conversations"), batch_size=10, name="push_conversations")
def push_conversations(event: DynamoDBEvent) -> Failures:
    """Push new conversations and titles, and members who join or leave, to the members; tell those who were added."""
    return each_change(event, _follow_conversation)


def _follow_message(change: Change[Any]) -> None:
    outbox().message(change)
    reporter().message(change)


def _follow_conversation(change: Change[Any]) -> None:
    outbox().conversation(change)
    reporter().conversation(change)
