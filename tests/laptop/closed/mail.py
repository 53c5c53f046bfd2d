"""SES: who may send, what a mail keeps, where bounces are reported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.laptop.closed import closes
from tests.laptop.embedded_support import Bed, refused, unique


def a_mail(sender: str, to: str, **more: Any) -> dict[str, Any]:
    body = {"Text": {"Data": "Hello"}}
    content = {"Subject": {"Data": "x"}, "Body": body, "Headers": [{"Name": "List-Unsubscribe", "Value": "<x:y>"}]}
    sent = {"FromEmailAddress": f"Some Body <{sender}>", "Destination": {"ToAddresses": [to]}, **more}
    return {**sent, "Content": {"Simple": content}}


def a_sender(bed: Bed) -> str:
    sender = f"{unique('sender')}@example.org"
    bed.client("sesv2").create_email_identity(EmailIdentity=sender)
    return sender


@closes("mail")
def mail_goes_out_as_the_named_identity_only(bed: Bed) -> None:
    mine, other = a_sender(bed), a_sender(bed)
    identity = f"arn:aws:ses:{bed.cloud.region}:{bed.cloud.account}:identity/{mine}"
    one = mailer(bed, {"Action": "ses:SendEmail", "Resource": identity})
    to = f"{unique('reader')}@example.org"
    one.send_email(**a_mail(mine, to))
    assert refused(one.send_email, **a_mail(other, to))


@closes("mail")
def in_the_sandbox_each_recipient_counts(bed: Bed) -> None:
    """Both for the policy and as an identity; a policy may name the sender and leave open the rest."""
    mine, known = a_sender(bed), a_sender(bed)
    identities = f"arn:aws:ses:{bed.cloud.region}:{bed.cloud.account}:identity"
    only = mailer(bed, {"Action": "ses:SendEmail", "Resource": f"{identities}/{mine}"})
    where = {"StringEquals": {"ses:FromAddress": mine}}
    open_to_all = mailer(bed, {"Action": "ses:SendEmail", "Resource": f"{identities}/*", "Condition": where})
    account = bed.client("sesv2").put_account_details
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.org"}
    account(ProductionAccessEnabled=False, **details)
    try:
        with pytest.raises(ClientError, match="AccessDenied"):
            only.send_email(**a_mail(mine, known))
        open_to_all.send_email(**a_mail(mine, known))
        with pytest.raises(ClientError, match="MessageRejected"):
            open_to_all.send_email(**a_mail(mine, f"{unique('reader')}@example.org"))
        with pytest.raises(ClientError, match="AccessDenied"):
            open_to_all.send_email(**a_mail(known, mine))
    finally:
        account(ProductionAccessEnabled=True, **details)


def mailer(bed: Bed, statement: dict[str, Any]) -> Any:
    session = bed.client("sts").assume_role(RoleArn=bed.role(statement), RoleSessionName="mailer")["Credentials"]
    return bed.client(
        "sesv2",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


@closes("mail")
def a_mail_keeps_its_headers(bed: Bed) -> None:
    to = f"{unique('reader')}@example.org"
    bed.client("sesv2").send_email(**a_mail(a_sender(bed), to))
    [mail] = [mail for mail in bed.cloud.mailbox() if mail["to"] == to]
    assert mail["headers"] == {"List-Unsubscribe": "<x:y>"}


@closes("mail")
def bounces_are_told_where_the_configuration_set_says(bed: Bed) -> None:
    mails, sns, name = bed.client("sesv2"), bed.client("sns"), unique("set")
    topic, (queue, arn) = sns.create_topic(Name=unique("topic"))["TopicArn"], bed.queue()
    from_topics = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [from_topics]})
    bed.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    mails.create_configuration_set(ConfigurationSetName=name)
    destination = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
    mails.create_configuration_set_event_destination(
        ConfigurationSetName=name, EventDestinationName="unwanted", EventDestination=destination
    )
    sender = a_sender(bed)
    for to in ("success@simulator.amazonses.com", "complaint@simulator.amazonses.com", "reader@example.org"):
        mails.send_email(**a_mail(sender, to, ConfigurationSetName=name))
    mails.send_email(**a_mail(sender, "bounce+7@simulator.amazonses.com"))
    mails.send_email(**a_mail(sender, "bounce+8@simulator.amazonses.com", ConfigurationSetName=name))
    [message] = bed.eventually(lambda: bed.messages(queue))
    told = json.loads(message["Message"])
    assert (told["eventType"], told["bounce"]["bounceType"]) == ("Bounce", "Permanent")
    assert told["bounce"]["bouncedRecipients"][0]["emailAddress"] == "bounce+8@simulator.amazonses.com"
