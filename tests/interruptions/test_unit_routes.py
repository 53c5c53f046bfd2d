"""Requests that are interrupted at any call to AWS, and sent again."""

from __future__ import annotations

from benchmarks import calls, cuts


def test_every_interruption_ends_as_documented() -> None:
    outcomes = cuts.measure()
    differing = {one.route: one.differing for one in outcomes if one.differing}
    assert differing.keys() == cuts.KNOWN.keys(), differing
    assert cuts.rendered(outcomes) == calls.documented(cuts.DOCUMENT)
