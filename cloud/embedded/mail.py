"""A mailbox that survives a restart and doesn't grow for ever."""

from __future__ import annotations

from typing import Any

from ministack.services import ses

from cloud.embedded.patching import Function, patch

KEPT = 2000


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
