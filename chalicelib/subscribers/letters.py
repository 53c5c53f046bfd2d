"""The mails to subscribers, as plain text and HTML, each with a way to unsubscribe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core.letters import Letter, letter

_NAME = "Commonplace"


@dataclass(frozen=True)
class Letters:
    """`site` is the URL of the pages, `api` that of the routes."""

    site: str
    api: str

    def question(self, token: str) -> Letter:
        """Asks whether the subscriber meant it: opening the link alone confirms nothing."""
        link = (f"{self.site}/#/subscription/confirm?token={token}", "Confirm the subscription")
        return letter(
            f"Confirm your subscription to {_NAME}",
            [f"Somebody, probably you, asked {_NAME} to send its new articles to this address."],
            link,
            ["The link is valid for three days. If it was not you, ignore this mail."],
        )

    def welcome(self, farewell: str) -> Letter:
        return self._with_way_out(
            f"You are subscribed to {_NAME}",
            ["Welcome! From now on you get each new article by mail."],
            (f"{self.site}/", f"Read {_NAME}"),
            farewell,
        )

    def article(self, article: dict[str, Any], farewell: str) -> Letter:
        return self._with_way_out(
            article["title"],
            [line for line in (article["title"], article.get("summary", "")) if line],
            (article["url"], "Read the article"),
            farewell,
        )

    def _with_way_out(self, subject: str, lines: Sequence[str], link: tuple[str, str], farewell: str) -> Letter:
        """A link to a page that asks again, and the one click that mail programs offer (RFC 8058)."""
        end = (f"{self.site}/#/subscription/end?token={farewell}", "Unsubscribe")
        one_click = f"<{self.api}/blog/subscribers/unsubscribe?token={farewell}>"
        headers = {"List-Unsubscribe": one_click, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return letter(subject, lines, link, ["You get this because you subscribed."], end, headers)
