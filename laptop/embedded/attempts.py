"""Cognito's limits on attempts with passwords and codes, kept as plain values that fit into a file."""

from __future__ import annotations

from typing import Any

FREE = 5  # wrong passwords before the first pause
LONGEST_PAUSE = 900.0
IDLE = 900.0  # after which all is forgotten
MOST_AN_HOUR = 5  # wrong codes, and codes sent; AWS says "from 5 to 20", depending on its view of the risk
HOUR = 3600.0
LIFETIMES = {"email": 24 * HOUR, "password": HOUR, "address": 24 * HOUR}
Kept = dict[str, Any]


# Passwords: the n-th wrong one locks the account for 2^(n-5) seconds, even for the right one.


def is_closed(kept: Kept, now: float) -> bool:
    return bool(now < kept.get("until", 0.0))


def count_wrong(kept: Kept, now: float) -> None:
    if now > max(kept.get("last", 0.0), kept.get("until", 0.0)) + IDLE:
        kept.clear()
    wrong = kept.get("wrong", 0) + 1
    pause = min(2.0 ** min(wrong - FREE, 20), LONGEST_PAUSE) if wrong >= FREE else 0.0
    kept.update(wrong=wrong, last=now, until=now + pause)


# Codes


def is_spent(times: list[float], now: float) -> bool:
    """Whether the hour's attempts are used up; older ones are forgotten."""
    times[:] = [time for time in times if now - HOUR < time <= now]
    return len(times) >= MOST_AN_HOUR


def has_expired(kind: str, sent: float, now: float) -> bool:
    return now >= sent + LIFETIMES[kind]
