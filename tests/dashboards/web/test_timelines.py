"""Verdicts of long ago are found as those of now are."""

from __future__ import annotations

from dashboards.web.timelines import Asked, Timelines
from readings.times import DAY, parse_time


def test_kept_and_read_anew_are_the_same(plant):
    """What is kept up to date says what all records from the beginning say."""
    ledger = plant.store.ledger(read_only=True)
    try:
        timelines = Timelines()
        start = parse_time("2026-11-30T00:00:00Z")
        kept = timelines.spans(ledger, Asked(start=start))
        anew = timelines.spans(ledger, Asked(start=start - 30 * DAY))
        assert [span.seq for _, span in kept] == [span.seq for _, span in anew]
        assert len(kept) > 3
    finally:
        ledger.close()
