"""What a stage costs in a month, from docs/COSTS.md and benchmarks/prices.json; `--write` puts it into docs/AWS.md."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks import calls

PAGE = Path(__file__).resolve().parent.parent / "docs" / "AWS.md"
PRICES = Path(__file__).resolve().parent / "prices.json"
FIRST, LAST = "<!-- month -->", "<!-- /month -->"
PEOPLE = (0, 100, 100_000)

# What one person does in a month of twenty visits: a route, its situation in docs/COSTS.md, and how often.
MONTH = (
    ("GET /me", "later", 20),
    ("POST /live/tickets", "", 20),
    ("GET /albums", "a page, the first", 10),
    ("GET /albums/{id}", "", 5),
    ("GET /posts", "10 posts of one person", 10),
    ("GET /conversations", "one conversation of three people", 20),
    ("GET /conversations/{id}/messages", "one message", 30),
    ("POST /conversations/{id}/messages", "a new one", 40),
    ("PUT /conversations/{id}/read", "further than before", 30),
    ("GET /todos", "two to-dos", 20),
    ("POST /todos", "with a client id", 10),
    ("PATCH /todos/{id}", "", 10),
    ("GET /folder", "later", 5),
    ("GET /speech", "one short text", 2),
    ("POST /speech", "a new one", 2),
    ("GET /blog/articles/{slug}", "", 10),
)
VISITS, MINUTES = 20, 10  # with an open socket
PUSHED = 200  # messages that reach a person's sockets
EVENTS = 150  # functions that streams, topics and queues call
MILLISECONDS, MEGABYTES = 60, 256  # of a function's call
SPOKEN = 2 * 200  # characters, translated and spoken
STORED, FILES, LOADED = 0.002, 0.05, 0.02  # GB in tables, in the folder, out of the folder
PAGES, PAGE_REQUESTS = 0.002, 10 + 20 * 8  # GB at the edge (pages stay in the browser), and requests there
LOGGED = 400  # bytes of a call


def month(people: int) -> dict[str, float]:
    """How much of everything that has a price."""
    items = _of_each()
    requests = sum(times for _, _, times in MONTH)
    read = sum(items[route, situation][0] * times for route, situation, times in MONTH)
    written = sum(items[route, situation][1] * times for route, situation, times in MONTH)
    called = people * (requests + EVENTS + 2 * VISITS)
    million = people / 1_000_000
    return {
        "Cognito, an active person": people,
        "Lambda, a million calls": called / 1_000_000,
        "Lambda, a GB-second": called * MILLISECONDS / 1000 * MEGABYTES / 1024,
        "API Gateway, a million requests": million * requests,
        "API Gateway, a million messages on sockets": million * (PUSHED + VISITS),
        "API Gateway, a million minutes of sockets": million * VISITS * MINUTES,
        "DynamoDB, a million reads": million * read,
        # A transaction counts twice, and so does each of an item's indexes once more.
        "DynamoDB, a million writes": million * written * 3,
        "DynamoDB, a GB with its backup": people * STORED,
        "S3, a GB": people * FILES,
        "S3, a thousand writes": people * 10 / 1000,
        "CloudFront, a million requests": million * PAGE_REQUESTS,
        "CloudFront, a GB": people * PAGES,
        "Out of AWS, a GB": people * LOADED,
        "SNS, a million messages": million * 10,
        "SQS, a million calls": (10 * 60 * 24 * 30 + people * 20) / 1_000_000,
        "SES, a thousand mails": people * 2 / 1000,
        "Polly, a million characters": million * SPOKEN,
        "Translate, a million characters": million * SPOKEN,
        "CloudWatch, a GB of logs": called * LOGGED / 1_000_000_000,
        "CloudWatch, an alarm": 1,
    }


def _of_each() -> dict[tuple[str, str], tuple[int, int]]:
    """Items read and written by each row of docs/COSTS.md, with the small catalogue."""
    rows = (line.strip("|").split("|") for line in calls.documented().splitlines() if line.startswith("| `"))
    cells = ([cell.strip() for cell in row] for row in rows)
    return {
        (route.strip("`"), situation): (int(read), int(written)) for route, situation, _, read, written, *_ in cells
    }


def dollars(used: Mapping[str, float]) -> dict[str, float]:
    prices = json.loads(PRICES.read_text("utf-8"))["prices"]
    return {name: max(0.0, used[name] - one["free"]) * one["dollars"] for name, one in prices.items()}


def rendered() -> str:
    costs = [_of_services(dollars(month(people))) for people in PEOPLE]
    known = json.loads(PRICES.read_text("utf-8"))
    head = " | ".join("idle" if not people else f"{people:,} people" for people in PEOPLE)
    lines = [
        f"Dollars a month in {known['region']}, at the prices of {known['as of']}, beyond what is always free:",
        "",
    ]
    lines += [f"| | {head} |", f"| --- |{' ---: |' * len(PEOPLE)}"]
    lines += [f"| {name} | {' | '.join(f'{one[name]:,.2f}' for one in costs)} |" for name in sorted(costs[-1])]
    return "\n".join([*lines, f"| **Together** | {' | '.join(f'**{sum(one.values()):,.2f}**' for one in costs)} |"])


def _of_services(costs: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for name, value in costs.items():
        found[name.partition(",")[0]] += value
    return found


def documented() -> str:
    return PAGE.read_text("utf-8").partition(FIRST)[2].partition(LAST)[0].strip()


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        between = re.compile(f"(?<={FIRST}\n).*(?={LAST})", re.DOTALL)
        PAGE.write_text(between.sub(lambda _: f"{rendered()}\n", PAGE.read_text("utf-8")), "utf-8")
    else:
        print(rendered())
    return 0
