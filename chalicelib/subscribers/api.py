"""The routes of who wants new articles by mail, and the mails that go out."""

import json
from typing import Any

from chalice.app import DynamoDBEvent, SNSEvent

from chalicelib.core import aws, settings
from chalicelib.core.routes import Asked, Parameter, Routes
from chalicelib.core.streams import each_change
from chalicelib.core.who import ANYONE
from chalicelib.subscribers.letters import Letters
from chalicelib.subscribers.mailer import Mailer
from chalicelib.subscribers.mailings import Mailings
from chalicelib.subscribers.subscribers import Correspondence, LinkError, NoMailError, Subscribers, unwanted

routes = Routes()

TOKEN = Parameter("token", {"type": "string", "maxLength": 200}, "The one in the mail, where the body is a form.")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def subscribers() -> Subscribers:
    return Subscribers(aws.client("dynamodb"), settings.table("subscribers"), settings.table("counters"))


def letters() -> Letters:
    site = settings.required("SITE_ADDRESS")
    return Letters(site, f"{site}/api")


def mailer() -> Mailer:
    sender = settings.mail_sender()
    if not sender:
        raise NoMailError()
    return Mailer(aws.client("sesv2"), sender, settings.named("letters"))


def correspondence() -> Correspondence:
    return Correspondence(subscribers(), letters(), mailer())


def mailings() -> Mailings:
    table = settings.table("mailings")
    return Mailings(aws.client("dynamodb"), table, subscribers(), letters(), mailer())


@routes.route("/blog/subscribers", method="POST", who=ANYONE, takes="subscribers/new-subscriber", gives={202: None})
def subscribe(asked: Asked) -> None:
    """Ask for new articles by mail. The answer is the same for every address; the mail to it says how to go on."""
    if not settings.mail_sender():
        raise NoMailError()
    subscribers().ask(asked.body["email"])


@routes.route(
    "/blog/subscribers/confirm",
    method="POST",
    who=ANYONE,
    takes="subscribers/mailed-token",
    gives={204: None},
    fails=(404,),
)
def confirm_subscription(asked: Asked) -> None:
    """Confirm with the token that was mailed."""
    subscribers().confirm(asked.body["token"])


@routes.route(
    "/blog/subscribers/unsubscribe",
    method="POST",
    who=ANYONE,
    takes="subscribers/mailed-token",
    takes_media=("application/json", *FORMS),
    query=(TOKEN,),
    gives={204: None},
    fails=(404,),
)
def unsubscribe(asked: Asked) -> None:
    """End the subscription, with the token of any of its mails; also by the one click of a mail program (RFC 8058)."""
    subscribers().end(_token(asked))


@routes.on_dynamodb_record(stream_arn=settings.stream("subscribers"), batch_size=100, name="mail_subscribers")
def mail_subscribers(event: DynamoDBEvent) -> Any:
    """Who wants it is asked whether it was he; who has confirmed is welcomed."""
    if not settings.mail_sender():
        return None
    return each_change(event, correspondence().follow)


@routes.on_dynamodb_record(stream_arn=settings.stream("articles"), batch_size=10, name="announce_articles")
def announce_articles(event: DynamoDBEvent) -> Any:
    """An article that appears is a mailing, where mail can be sent at all."""
    if settings.mail_sender():
        return each_change(event, mailings().announce)


@routes.on_dynamodb_record(stream_arn=settings.stream("mailings"), batch_size=100, name="mail_article")
def mail_article(event: DynamoDBEvent) -> Any:
    """The next batch of a mailing; its row then sets off the one after it."""
    if not settings.mail_sender():
        return None
    return each_change(event, mailings().follow)


@routes.on_sns_message(topic=settings.topic("mail-events"), name="stop_mail")
def stop_mail(event: SNSEvent) -> None:
    """A mail came back, or was not wanted."""
    for address in unwanted(_notice(event.message)):
        subscribers().stop(address)


def _token(asked: Asked) -> str:
    """A form's own fields say nothing that the address didn't."""
    token = asked.body["token"] if isinstance(asked.body, dict) else asked.query["token"]
    if not token:
        raise LinkError()
    return str(token)


def _notice(message: str) -> dict[str, Any]:
    """SES first says in plain words that it may write to the topic."""
    return json.loads(message) if message.startswith("{") else {}
