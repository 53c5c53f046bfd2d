"""The mailbox page of a laptop, which shows its mails fifty at a time."""

from __future__ import annotations

import re

import pytest

from laptop.web import mailbox_page

MAILS = [
    {
        "to": f"reader{number}@example.com",
        "subject": f"Mail {number}",
        "at": "2026-11-21T10:00:00.000Z",
        "text": "Hello",
    }
    for number in range(120)
]


@pytest.mark.parametrize(
    ("newer", "first", "last", "older"),
    [(0, 0, 49, "/mailbox?newer=50"), (50, 50, 99, "/mailbox?newer=100"), (100, 100, 119, None)],
)
def test_a_page_of_mails(newer: int, first: int, last: int, older: str | None) -> None:
    page = mailbox_page(MAILS, newer)
    assert re.findall(r"<h2>(.*?)</h2>", page) == [f"Mail {number}" for number in range(first, last + 1)]
    assert re.findall(r'href="(/mailbox.*?)"', page) == [older] * bool(older)


def test_no_mail() -> None:
    assert "No mail has been sent yet." in mailbox_page([], 0)
