"""The embedded cloud's limits on passwords and codes, by the clock."""

from __future__ import annotations

import pytest

from laptop.embedded import attempts

NOON = 1_800_000_000.0


def wrong(kept: attempts.Kept, now: float, times: int = 1) -> float:
    """That many wrong passwords, each as soon as it counts; returns the time of the last."""
    for _ in range(times):
        now = max(now, kept.get("until", 0.0))
        attempts.count_wrong(kept, now)
    return now


@pytest.mark.parametrize(
    ("times", "pause"), [(1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (500, 900)]
)
def test_the_pause_doubles(times: int, pause: float) -> None:
    kept: attempts.Kept = {}
    last = wrong(kept, NOON, times)
    assert kept["until"] - last == pause
    assert attempts.is_closed(kept, last) is bool(pause)
    assert not attempts.is_closed(kept, last + pause)


def test_a_quarter_of_an_hour_without_any_forgets_all() -> None:
    kept: attempts.Kept = {}
    last = wrong(kept, NOON, 8)
    wrong(kept, kept["until"] + attempts.IDLE)
    assert kept["wrong"] == 9
    wrong(kept, kept["until"] + attempts.IDLE + 1)
    assert kept["wrong"] == 1 and last < kept["last"]


def test_five_codes_an_hour() -> None:
    times: list[float] = []
    for minute in range(5):
        assert not attempts.is_spent(times, NOON + 60 * minute)
        times.append(NOON + 60 * minute)
    assert attempts.is_spent(times, NOON + 300)
    assert attempts.is_spent(times, NOON + 3599)
    assert not attempts.is_spent(times, NOON + 3600)
    assert len(times) == 4


@pytest.mark.parametrize(("kind", "hours"), [("email", 24), ("password", 1), ("address", 24)])
def test_codes_expire(kind: str, hours: int) -> None:
    assert not attempts.has_expired(kind, NOON, NOON + hours * 3600 - 1)
    assert attempts.has_expired(kind, NOON, NOON + hours * 3600)
