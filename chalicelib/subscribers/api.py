"""Routes for subscribing to new articles by mail, and the mails themselves."""

import json
from typing import Any

from chalice.app import DynamoDBEvent, SNSEvent

from chalicelib.articles.api import articles
from chalicelib.core import aws, settings
from chalicelib.core.mailer import Mailer
from chalicelib.core.routes import Asked, Parameter, Routes
from chalicelib.core.streams import Failures, each_change
from chalicelib.core.who import ANYONE
from chalicelib.subscribers.letters import Letters
from chalicelib.subscribers.mailings import Mailings
from chalicelib.subscribers.subscribers import Correspondence, LinkError, NoMailError, Subscribers, unwanted

routes = Routes()

TOKEN = Parameter("token", {"type": "string", "maxLength": 200}, "The token from the mail, if the body is a form.")
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
    return Mailings(aws.client("dynamodb"), table, subscribers(), letters(), mailer(), articles().found)


@routes.post("/blog/subscribers", who=ANYONE, takes="subscribers/new-subscriber", gives={202: None})
def subscribe(asked: Asked) -> None:
    """Subscribe to new articles by mail. The answer is the same for every address; the mail explains the rest."""
    if not settings.mail_sender():
        raise NoMailError()
    subscribers().ask(asked.body["email"])


@routes.post("/blog/subscribers/confirm", who=ANYONE, takes="subscribers/mailed-token", gives={204: None}, fails=(404,))
def confirm_subscription(asked: Asked) -> None:
    """Confirm a subscription with the token from the mail."""
    subscribers().confirm(asked.body["token"])


@routes.post(
    "/blog/subscribers/unsubscribe",
    who=ANYONE,
    takes="subscribers/mailed-token",
    takes_media=("application/json", *FORMS),
    query=(TOKEN,),
    gives={204: None},
    fails=(404,),
)
def unsubscribe(asked: Asked) -> None:
    """Unsubscribe with the token from any mail; also by a mail program's one click (RFC 8058)."""
    subscribers().end(_token(asked))


@routes.on_dynamodb_record(stream_arn=settings.stream("subscribers"), batch_size=100, name="mail_subscribers")
def mail_subscribers(event: DynamoDBEvent) -> Failures | None:
    """Ask new subscribers to confirm, and welcome confirmed ones."""
    if not settings.mail_sender():
        return None
    return each_change(event, correspondence().follow)


@routes.on_sns_message(topic=settings.topic("new-articles"), name="announce_articles")
def announce_articles(event: SNSEvent) -> None:
    """Start a mailing for a newly published article, if this stage can send mail."""
    if settings.mail_sender():
        news = json.loads(event.message)
        mailings().begin(news["id"], news["slug"])


@routes.on_dynamodb_record(stream_arn=settings.stream("mailings"), batch_size=100, name="mail_article")
def mail_article(event: DynamoDBEvent) -> Failures | None:
    """Send the next batch of a mailing; its row then triggers the one after."""
    if not settings.mail_sender():
        return None
    return each_change(event, mailings().follow)


@routes.on_sns_message(topic=settings.topic("mail-events"), name="stop_mail")
def stop_mail(event: SNSEvent) -> None:
    """Stop mails to an address that bounced or complained."""
    for address in unwanted(_notice(event.message)):
        subscribers().stop(address)


def _token(asked: Asked) -> str:
    """A form's own fields say nothing beyond the address."""
    token = asked.body["token"] if isinstance(asked.body, dict) else asked.query["token"]
    if not token:
        raise LinkError()
    return str(token)


def _notice(message: str) -> dict[str, Any]:
    """SES first sends a plain-text notice that it may publish to the topic."""
    return json.loads(message) if message.startswith("{") else {}
