"""SES as on AWS, as far as our mails depend on it, and a mailbox of limited size that survives restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import ContextVar
from email.utils import parseaddr
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import now_iso
from ministack.services import ses, ses_v2

from laptop.embedded.patching import Function, patch

KEPT = 2000
_asked: ContextVar[tuple[str, list[str]]] = ContextVar("asked", default=("", []))  # a mail's sender and recipients


@patch(ses, "_sent_emails_list")
def bounded(original: Function) -> list[Any]:
    sent: list[Any] = original()
    del sent[:-KEPT]
    return sent


@patch(ses, "get_state")
def with_mails(original: Function) -> dict[str, Any]:
    mails = [(*place, list(sent)) for place, sent in ses._sent_emails.all_items()]
    return {**original(), "sent_emails": mails}


@patch(ses, "load_persisted_state")
def restore_mails(original: Function, data: Any) -> None:
    original(data)
    for account, region, key, sent in data.get("sent_emails", []):
        ses._sent_emails.set_scoped(account, region, key, sent)


@patch(app, "_handle_ses_messages_request")
async def with_headers(original: Function, *asked: Any) -> Any:
    """Our view of the mailbox includes a mail's headers."""
    answer = await original(*asked)
    if not answer or answer[0] != 200:
        return answer
    held = {mail["MessageId"]: mail.get("Headers", {}) for mail in ses._sent_emails_list()}
    shown = json.loads(answer[2])
    for mail in (mail for account in shown["messages"].values() for mail in account):
        mail["Headers"] = held.get(mail["MessageId"], {})
    return answer[0], answer[1], json.dumps(shown).encode()


@patch(iam_actions, "_ses_v2_resource_arn")
def of_its_sender(original: Function, method: str, path: str, body: bytes, region: str, account: str) -> str:
    """Policies must name the identity that a mail is sent from."""
    if not path.rstrip("/").endswith("/outbound-emails"):
        return str(original(method, path, body, region, account))
    asked = _read(body)
    sender = parseaddr(str(asked.get("FromEmailAddress")))[1]
    _asked.set((sender, [to for kind in (asked.get("Destination") or {}).values() for to in kind]))
    return f"arn:aws:ses:{region}:{account}:identity/{sender}"


@patch(iam_evaluator, "enforce")
def also_of_its_recipients(original: Function, key: str, action: str, *place: str, **options: Any) -> Any:
    """A policy may name the sender's address; while an account is in the sandbox, AWS asks for each recipient, too."""
    resource = str(options.get("resource_arn"))
    if action != "ses:SendEmail" or ":identity/" not in resource:
        return original(key, action, *place, **options)
    sender, recipients = _asked.get()
    identities = [resource]
    if not ses._production_access_enabled():
        identities += [f"{resource.partition('/')[0]}/{parseaddr(to)[1]}" for to in recipients]
    for identity in identities:
        told = {**(options.get("service_context") or {}), "ses:FromAddress": sender}
        refused = original(key, action, *place, resource_arn=identity, service_context=told)
        if refused:
            return refused
    return None


@patch(ses_v2, "handle_request")
async def told_whole(original: Function, method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
    """Mails keep their own headers, and events go where the configuration set says."""
    answer = await original(method, path, headers, body, query)
    if path.rstrip("/").endswith("/outbound-emails") and answer[0] == 200:
        _complete(json.loads(answer[2])["MessageId"], _read(body))
    return answer


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _complete(id: str, asked: dict[str, Any]) -> None:
    sent = next(mail for mail in reversed(ses._sent_emails_list()) if mail["MessageId"] == id)
    given = asked.get("Content", {}).get("Simple", {}).get("Headers", [])
    sent["Headers"] = {header["Name"]: header["Value"] for header in given}
    for topic, event in _events(asked.get("ConfigurationSetName", ""), sent):
        ses._publish_notification(topic, {**event, "mail": {"messageId": id, "destination": sent["To"]}})


def _events(configuration_set: str, sent: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """AWS's mailbox simulator has addresses that bounce and addresses that complain."""
    known = ses_v2._config_sets.get(configuration_set) or {}
    for address in sent["To"]:
        name, _, domain = address.lower().partition("@")
        outcomes = ses._SIMULATOR_OUTCOMES.get(name.partition("+")[0], ()) if domain == ses._SIMULATOR_DOMAIN else ()
        for kind, detail in outcomes:
            event = {"eventType": kind, **ses._notification_detail(kind, address, now_iso(), detail)}
            for destination in (known.get("EventDestinations") or {}).values():
                topic = (destination.get("SnsDestination") or {}).get("TopicArn")
                if topic and destination["Enabled"] and kind.upper() in destination["MatchingEventTypes"]:
                    yield topic, event
